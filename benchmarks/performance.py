"""How fast `fast` is next to PyTorch, a textbook's im2col, naive, and what the machine can do at best.

    python benchmarks/performance.py --json performance.json

Every distinct convolution of real networks, and other layers of the same networks, forward and backward apart, in both
precisions, on one thread and on all. An interrupted run goes on where it stopped: what is in the file is not measured
again.
"""

import argparse
import contextlib
import os
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from gradcheck.fast.engine import threads

import gradcheck.fast as fast
from gradcheck.calling import arrays_in
from gradcheck.kernels.problems import Problem, read
from gradcheck.timing.contender import operations, traffic
from gradcheck.timing.machine import at_rest, limited
from gradcheck.timing.race import in_turn, seconds
from gradcheck.timing.times import Quartiles, Times
from measuring import book, contenders
from measuring.book import Growth, Job, Rates, Row, jobs
from measuring.goals import PROBE

BUDGET = 0.5
"""Seconds for the rounds of one row, beyond the least that there must be."""

REPEATS = 25
AT_LEAST = 3
FEW = 1 + AT_LEAST
"""Turns of an implementation that takes long and need not be timed precisely: one to warm up, and the least."""

TURN = 0.02
"""Seconds. A shorter call is repeated within its turn, and the first call, which wakes the threads, does not count."""
MOST = 10
"""Calls in a turn that count."""

BATCHES = (1, 8, 64)

SIDES = (512, 768, 1024, 1536)

COPIED = 2**27
"""Bytes that each thread copies: more than any cache holds."""


def main() -> None:
    """Run from the command line."""
    options = _options()
    with contextlib.suppress(ImportError):
        import torch  # noqa: F401 - now, so that its threads are limited, and its version reported
    found = book.opened(options.json)
    print(found.machine)
    started = time.perf_counter()
    for job in jobs(options.threads):
        wanted = {
            part: key for part, key in job.parts.items() if options.only in key and key not in found.keys
        }
        if wanted:
            with limited(job.threads):
                _measure(job, wanted, found, options.budget)
            book.saved(found, options.json)
    if not options.only and not found.growth:
        found.growth = growths()
        book.saved(found, options.json)
    print(f"{len(found.rows)} rows, {time.perf_counter() - started:.0f} s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, help="where to keep the rows")
    parser.add_argument(
        "--only", default="", help="rows with this in their name: a layer, a geometry, float32"
    )
    parser.add_argument("--budget", type=float, default=BUDGET, help=f"seconds for a row ({BUDGET})")
    parser.add_argument("--threads", type=_counts, default=_counts(f"1,{os.cpu_count() or 1}"), help="1,2")
    return parser.parse_args()


def _counts(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(word) for word in text.split(",")}))


def _measure(job: Job, wanted: dict[str, str], found: book.Book, budget: float) -> None:
    dtype = job.problem.case.dtype
    if found.rate(dtype, job.threads) is None:
        found.rates.append(measured_rates(dtype, job.threads))
        print(found.rates[-1], flush=True)
    # Loops have one thread: once is enough.
    with_loops = "course" in job.sets and job.threads == 1
    for row in rows(job, wanted, budget, with_loops=with_loops):
        found.rows.append(row)
        times = "  ".join(f"{name} {1000 * each.best:.3g}" for name, each in row.times.items())
        print(f"{row.key}: ms {times}", flush=True)


def rows(job: Job, parts: Iterable[str], budget: float, *, with_loops: bool = False) -> Iterator[Row]:
    """Measure parts of a job.

    Parameters
    ----------
    job : Job
        What.
    parts : iterable of str
        Forward, backward or both.
    budget : float
        After so many seconds there is no other round of a part.
    with_loops : bool
        Whether `naive` takes part: on one sample, once, and its time is multiplied.
    """
    case = job.problem.case
    everyone = contenders.of_layer(case) if job.kind == "layer" else contenders.of_convolution(case)
    for part in parts:
        calls = {name: of[part] for name, of in everyone.items() if part in of}
        if job.kind == "dense":
            calls["matmul"] = product(PROBE, case.dtype)
        times = _timed(calls, budget)
        if with_loops:
            one = seconds(contenders.loops(job.problem)[part])
            times["naive"] = Times((one * case.params["n"],)).quartiles
        yield Row(
            problem=str(job.problem),
            sets=job.sets,
            kind=job.kind,
            part=part,
            dtype=case.dtype,
            threads=job.threads,
            operations=operations(case, part),
            traffic=traffic(case, part),
            times=times,
            extra=beyond(calls["fast"], part == "forward"),
        )


def _timed(calls: dict[str, Callable[[], object]], budget: float) -> dict[str, Quartiles]:
    """Time several calls in turn.

    Raises
    ------
    RuntimeError
        If threads of a call never sleep: the times of the others would be too long.
    """
    runs = [_run(call, FEW if name == "textbook" else None) for name, call in calls.items()]
    turns = in_turn(runs, REPEATS, budget, AT_LEAST)
    if not at_rest():
        raise RuntimeError("some threads keep computing while they wait for work: unset OMP_WAIT_POLICY")
    return {name: Times(tuple(chain(*taken))).quartiles for name, taken in zip(calls, turns, strict=True)}


def _run(call: Callable[[], object], most: int | None) -> Callable[[], list[float]]:
    """Return a run of one turn of a call, which is empty after `most` of them."""
    left = iter(range(most)) if most is not None else None

    def run() -> list[float]:
        return [] if left is not None and next(left, None) is None else _turn(call)

    return run


def _turn(call: Callable[[], object]) -> list[float]:
    taken = [seconds(call)]
    while sum(taken) < TURN and len(taken) <= MOST:
        taken.append(seconds(call))
    return taken[1:] or taken


def beyond(call: Callable[[], object], is_forward: bool) -> int:
    """Return the bytes at the peak of a call that are neither its arguments nor its results.

    A forward returns its output and a cache: what the cache holds of its own counts. So does what a thread keeps for
    the next call, which is why all threads are new ones. The call is made once before, for what is made only once.
    """
    call()
    threads._pool.cache_clear()
    results: list[object] = []
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        caller = threading.Thread(target=lambda: results.append(call()))
        caller.start()
        caller.join()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    (result,) = results
    kept = result[0] if is_forward and isinstance(result, tuple) else result
    return max(0, peak - before - sum(array.nbytes for array in arrays_in(kept)))


def growing() -> list[Problem]:
    """Return the stem of a network, a 3x3 in the middle, and a depthwise one."""
    resnet, mobile = read("resnet50"), read("mobilenet_v1")
    middle = next(problem for problem in resnet if problem.case.params["kh"] == 3)
    return [resnet[0], middle, mobile[0]]


def growths(batches: tuple[int, ...] = BATCHES) -> list[Growth]:
    """Return the memory of both parts of each problem at each size, in single precision."""
    return [_growth(problem, part, batches) for problem in growing() for part in ("forward", "backward")]


def _growth(problem: Problem, part: str, batches: tuple[int, ...]) -> Growth:
    found = {}
    for size in batches:
        call = contenders.own(fast, problem.at_batch(size).case.but(dtype="float32"))[part]
        found[size] = beyond(call, part == "forward")
    return Growth(problem=str(problem), part=part, extra=found)


def measured_rates(dtype: str, threads: int, repeats: int = 5) -> Rates:
    """Return the machine's rates: the best over several sizes, and over the repeats."""
    at_rest()
    products = [2 * side**3 / min(_times(product(side, dtype), repeats)) for side in SIDES]
    at_rest()
    moved = 2 * COPIED * threads / min(_copies(threads, repeats))
    return Rates(dtype=dtype, threads=threads, matmul=max(products) / 1e9, copy=moved / 1e9)


def product(side: int, dtype: str):
    """Return a call that multiplies two square matrices."""
    rng = np.random.default_rng(0)
    a, b = (rng.integers(-5, 6, size=(side, side)).astype(dtype) for _ in range(2))
    return partial(np.matmul, a, b)


def _times(call, repeats: int) -> list[float]:
    call()
    return [seconds(call) for _ in range(repeats)]


def _copies(threads: int, repeats: int) -> list[float]:
    """Return how long it takes to copy a block on each thread, into memory that has been written to before."""
    blocks = [(np.ones(COPIED, np.uint8), np.ones(COPIED, np.uint8)) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:

        def copy() -> None:
            list(pool.map(lambda pair: np.copyto(*pair), blocks))

        return _times(copy, repeats)


if __name__ == "__main__":
    sys.exit(main())
