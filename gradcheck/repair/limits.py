"""A limit on the work of one candidate: most raise at once, some never end."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

Value = TypeVar("Value")

STEPS_A_SECOND = 2_000_000
"""Lines that Python runs in a second, about: where there is no signal, lines are counted."""


class Endless(BaseException):
    """Raised in a candidate that takes too long. Not an Exception, so that ``except Exception`` lets it pass."""


class Limiter:
    """Ends what takes too long: by a timer of the process's own work, or by counting lines where there is none."""

    def __init__(self) -> None:
        self._is_on = False
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
        if self._is_on:
            raise Endless

    def run(self, action: Callable[[], Value], seconds: float) -> Value:
        """Return what an action returns. Raises Endless where it takes longer."""
        return self._timed(action, seconds) if self._has_timer else self._counted(action, seconds)

    def _timed(self, action: Callable[[], Value], seconds: float) -> Value:
        started = time.process_time()
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
