"""How the command ends when somebody ends it: everything is put away, and one line says so."""

import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

import click

from gradcheck import interruption, starting
from gradcheck.interruption import Ended

NOT_JUDGED = 2
"""What the command exits with where something could not be judged."""


def said(problem: KeyboardInterrupt) -> tuple[str, int]:
    """Return what is said of an ending, and the exit code."""
    number = problem.number if isinstance(problem, Ended) else int(signal.SIGINT)
    what = "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"
    return what, 128 + number


def say(text: str) -> None:
    """Write a line to stderr, if anyone reads it."""
    with suppress(OSError, ValueError):
        click.echo(text, err=True)


@contextmanager
def written() -> Iterator[None]:
    """See to it that what was said has arrived, for the length of a ``with`` block; Python does so too late to mend it.

    Raises OSError if it cannot be written, unless it is that nobody reads it any more.
    """
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                if stream is not None and not stream.closed:
                    stream.flush()
            except OSError as problem:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
                if stream is sys.stdout and problem.errno not in (errno.EPIPE, errno.EINVAL):
                    raise


def endings() -> AbstractContextManager[None]:
    """Return what turns each signal that ends a process into `Ended`, for the length of a ``with`` block.

    Afterwards the command ignores them: what is left to do is to put away what it has made.
    """
    if threading.current_thread() is not threading.main_thread():
        return nullcontext()
    return interruption.endings(ignored=starting.IS_COMMAND)
