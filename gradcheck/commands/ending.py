"""How the command ends when somebody ends it: everything is put away, and one line says so."""

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import click

from gradcheck import starting

NOT_JUDGED = 2
"""What the command exits with where something could not be judged."""

ENDINGS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Ended(KeyboardInterrupt):
    """A signal has come that ends the command.

    It is a KeyboardInterrupt, because that is the one exception that `calling.guarded` does not take for a subject's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


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


@contextmanager
def endings() -> Iterator[None]:
    """Turn each signal that ends a process into `Ended`, for the length of a ``with`` block.

    Afterwards, the command ignores them: what is left to do is to put away what it has made.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in ENDINGS}
    hook = sys.unraisablehook
    sys.unraisablehook = _again(hook)
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # as `nohup` sets it
            signal.signal(number, _raise)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if starting.IS_COMMAND else handler)
        sys.unraisablehook = hook


def _raise(number: int, frame: FrameType | None) -> None:
    raise Ended(number)


def _again(hook: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a hook that sends a signal again which came in a ``__del__``, where Python loses what is raised."""

    def found(problem: Any) -> None:
        if isinstance(problem.exc_value, Ended):
            os.kill(os.getpid(), problem.exc_value.number)
        else:
            hook(problem)

    return found
