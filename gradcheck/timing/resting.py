"""Waiting until the threads that a call left behind are asleep."""

import time

STEP = 0.01
"""Seconds between two looks at the process's CPU time. Linux adds a running thread's time to it once a tick, which is
at most this long."""

BUSY = 0.1
"""Threads that compute for less than this part of a step count as asleep."""

LIMIT = 1.0
"""Seconds to wait at most: OpenBLAS's threads spin for a tenth of a second, Intel's OpenMP for two tenths."""


def at_rest(limit: float = LIMIT) -> bool:
    """Wait until no thread of this process computes.

    Parameters
    ----------
    limit : float
        Seconds after which to give up.

    Returns
    -------
    bool
        Whether all threads came to rest.

    Notes
    -----
    After a call, threads of OpenMP and BLAS spin: they keep a core busy while they wait for more work. What is timed
    next would share the cores with them. ``OMP_WAIT_POLICY=PASSIVE`` is no substitute: it puts the threads to sleep at
    once, and then each call has to wake them, which makes short calls up to four times as long.
    """
    started = time.perf_counter()
    while True:
        before = time.process_time()
        time.sleep(STEP)
        if time.process_time() - before < BUSY * STEP:
            return True
        if time.perf_counter() - started >= limit:
            return False
