"""A signal that ends this process: raised in what runs, and again where that has lost it.

Python raises what a handler raises wherever it is at that moment. In a destructor, in the callback of a weak reference
and in some C code it is lost, and everything goes on. So it is raised again until something handles it.
"""

import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

ENDINGS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

AGAIN = 0.2
"""Seconds after which a signal is raised again that nothing handles."""


_is_due = False


class Ended(KeyboardInterrupt):
    """A signal has come that ends this process.

    It is a KeyboardInterrupt, because that is the one exception that `calling.guarded` does not take for a subject's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def raised(number: int, frame: FrameType | None) -> None:
    """Raise `Ended`, as the handler of a signal; `forget` ends the repetition.

    Raises
    ------
    Ended
        Always.
    """
    global _is_due
    _is_due = True
    if hasattr(signal, "setitimer"):  # on Windows what is lost is lost
        signal.signal(signal.SIGALRM, lambda _, __: _again(number))
        signal.setitimer(signal.ITIMER_REAL, AGAIN, AGAIN)
    raise Ended(number)


def is_due() -> bool:
    """Return whether it has been raised, and nobody has called `forget` since."""
    return _is_due


def forget() -> None:
    """Raise it no more: it has been handled."""
    global _is_due
    _is_due = False
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def endings(numbers: Iterable[int] = ENDINGS, *, ignored: bool = False) -> Iterator[None]:
    """Turn signals into `Ended` for the length of a ``with`` block of the main thread.

    Parameters
    ----------
    numbers : iterable of int
        The signals; one that is ignored already, as under ``nohup``, stays so.
    ignored : bool, optional
        Whether they are ignored afterwards: what is left to do is then to put things away.
    """
    numbers = tuple(numbers)
    before = {number: signal.getsignal(number) for number in numbers}
    hook, sys.unraisablehook = sys.unraisablehook, silent(sys.unraisablehook)
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, raised)
    try:
        yield
    finally:
        forget()
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if ignored else handler)
        sys.unraisablehook = hook


def _again(number: int) -> None:
    """Raise it again, unless it is being handled: what is put away then must not be interrupted."""
    found = sys.exc_info()[1]
    while found is not None:
        if isinstance(found, Ended):
            return
        found = found.__context__
    raise Ended(number)


def silent(hook: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a hook that says nothing of an `Ended` that was lost, because it comes again."""

    def found(problem: Any) -> None:
        if not isinstance(problem.exc_value, Ended):
            hook(problem)

    return found
