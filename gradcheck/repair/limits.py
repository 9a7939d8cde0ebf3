"""A limit on the work of one candidate: most raise at once, some never end."""

import _weakrefset
import gc
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, TypeVar

Value = TypeVar("Value")

STEPS_A_SECOND = 2_000_000
"""Lines that Python runs in a second, about: where there is no signal, lines are counted."""

SOON = 0.001
"""After how many seconds of work to try again where nothing can be raised."""
MOST_DELAYS = 20
"""How often to try again: what cleans up may be the candidate's, and be endless itself."""

CLEANERS = {weakref.__file__, _weakrefset.__file__}
"""Whose functions Python calls when an object dies that somebody watches."""


class Endless(BaseException):
    """Raised in a candidate that takes too long. Not an Exception, so that ``except Exception`` lets it pass."""


class Limiter:
    """Ends what takes too long: by a timer of the process's own work, or by counting lines where there is none."""

    def __init__(self) -> None:
        self._is_on = False
        self._delays = 0
        self._seconds = 0.0
        self._has_timer = (
            hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        )
        self._before: Any = None

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Take the timer, and give it back."""
        if not self._has_timer:
            yield
            return
        before = signal.signal(signal.SIGVTALRM, self._ring)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if not self._is_on:
            return
        if self._delays < MOST_DELAYS and _cleans_up(frame):
            # Python would print what is raised there, and go on.
            self._delays += 1
            signal.setitimer(signal.ITIMER_VIRTUAL, SOON, self._seconds)
            return
        raise Endless

    def run(self, action: Callable[[], Value], seconds: float) -> Value:
        """Return what an action returns. Raises Endless where it takes longer."""
        return self._timed(action, seconds) if self._has_timer else self._counted(action, seconds)

    def _timed(self, action: Callable[[], Value], seconds: float) -> Value:
        started = time.process_time()
        self._delays, self._seconds = 0, seconds
        self._is_on = True
        try:
            # Again and again: a bare ``except:`` may have swallowed the first.
            signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
            found = action()
        finally:
            self._is_on = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if time.process_time() - started > 4 * seconds:
            raise Endless
        return found

    def _counted(self, action: Callable[[], Value], seconds: float) -> Value:
        left = int(seconds * STEPS_A_SECOND)

        def step(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Endless
            return step

        before = sys.gettrace()
        sys.settrace(step)
        try:
            return action()
        finally:
            sys.settrace(before)


def _cleans_up(frame: FrameType | None) -> bool:
    """Return whether a frame belongs to what Python calls by itself: a destructor or a callback."""
    callbacks = {_code(each) for each in gc.callbacks}
    while frame is not None and frame.f_code is not Limiter._timed.__code__:
        code = frame.f_code
        if code in callbacks or code.co_name == "__del__" or code.co_filename in CLEANERS:
            return True
        frame = frame.f_back
    return False


def _code(callback: Any) -> CodeType | None:
    found = getattr(callback, "__code__", None) or getattr(type(callback).__call__, "__code__", None)
    return found if isinstance(found, CodeType) else None
