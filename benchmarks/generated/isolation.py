"""A child process for each verdict."""

import contextlib
import json
import os
import resource
import select
import signal
from collections.abc import Callable
from typing import NamedTuple

SECONDS = 300
"""A mutant that has not been judged by then runs without end."""
GRACE = 60
"""Seconds more for one that is told so; it may be where Python does not listen, or wait for a thread."""
MEMORY = 8 * 2**30


class Killed(NamedTuple):
    """What noticed a mutant, and on which layer."""

    by: str
    layer: str = ""


class Endless(KeyboardInterrupt):
    """Time is up. Not an Exception, for the suite takes what a subject raises as a finding."""


def isolated(work: Callable[[], Killed | None]) -> Killed | None:
    """Return what a child process finds: a mutant may read memory that is not its own, or run without end."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            signal.signal(signal.SIGALRM, _time_is_up)
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            os.write(writer, json.dumps(work()).encode())
        except Endless:
            os.write(writer, json.dumps(Killed("time")).encode())
        finally:
            os._exit(0)
    os.close(writer)
    try:
        in_time = _ends(child)
    finally:
        # With all that it has started: that would keep the pipe open, and perhaps wait for ever.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    with os.fdopen(reader) as answer:
        text = answer.read()
    found = json.loads(text) if text else Killed("crash" if in_time else "time")
    return None if found is None else Killed(*found)


def _ends(child: int) -> bool:
    """Tell whether a child process ends in time."""
    process = os.pidfd_open(child)
    try:
        return bool(select.select([process], [], [], SECONDS + GRACE)[0])
    finally:
        os.close(process)


def _time_is_up(signal_number: int, frame: object) -> None:
    raise Endless
