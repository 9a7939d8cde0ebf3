"""A child process for each verdict."""

import json
import os
import resource
import signal
from collections.abc import Callable
from typing import NamedTuple

SECONDS = 300
"""A mutant that has not been judged by then runs without end."""
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
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            signal.signal(signal.SIGALRM, _time_is_up)
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            os.write(writer, json.dumps(work()).encode())
        except Endless:
            os.write(writer, json.dumps(Killed("time")).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    found = json.loads(text) if text else Killed("crash")
    return None if found is None else Killed(*found)


def _time_is_up(signal_number: int, frame: object) -> None:
    raise Endless
