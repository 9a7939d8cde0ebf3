"""Time limits for a subject's calls in this process, where the platform has no workers.

A thread raises `Overdue` in the middle of a call that takes too long. It stops Python code only: Python raises between
two of its own instructions, and a call into C, or a long sleep, has none.
"""

import contextlib
import contextvars
import ctypes
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from gradcheck.calling.raising import Relayed, Trouble
from gradcheck.text import one_line

TICK = 0.05
"""Seconds between two looks at the clock."""

AGAIN = 1.0
"""Seconds after which `Overdue` is raised again: an ``except:`` or a destructor may have swallowed it."""

UNSTOPPABLE = 5
"""Attempts after which the user is notified that the call cannot be stopped."""


class Overdue(BaseException):
    """Raised in a subject's call that takes too long. Not an Exception, so that ``except Exception`` lets it pass."""


@dataclass(eq=False)
class Turn:
    """One call of the subject: by which thread, until when, and how often it was asked to stop."""

    name: str
    thread: int
    seconds: float
    deadline: float
    attempts: int = 0


class Watchdog:
    """Time limits on calls, each and together. A function that has exceeded them `losses` times is not called again."""

    def __init__(self, call: float, total: float, losses: int) -> None:
        self._call, self._total, self._losses = call, total, losses
        self._spent = 0.0
        self._late: Counter[str] = Counter()
        self._last: dict[str, Trouble] = {}
        self._turns: set[Turn] = set()
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="gradcheck-watchdog", daemon=True)

    def start(self) -> None:
        """Start to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._is_over.set()
        self._thread.join()

    def run(self, name: str, action: Callable[[], Any], seconds: float | None = None) -> Any:
        """Return what an action returns. Raises Relayed if it takes more than `seconds`, by default those of a call."""
        if self._late[name] >= self._losses:
            raise Relayed(self._last[name])
        seconds = min(self._call if seconds is None else seconds, self._total - self._spent)
        if seconds <= 0:
            raise self._timed_out(name, seconds)
        started = time.monotonic()
        turn = Turn(name, threading.get_ident(), seconds, started + seconds)
        try:
            returned = self._in_turn(turn, action)
        finally:
            self._spent += time.monotonic() - started
        # What a call that was interrupted returned, or raised, is the interruption's doing.
        if turn.attempts:
            raise self._timed_out(name, seconds)
        return returned

    def _in_turn(self, turn: Turn, action: Callable[[], Any]) -> Any:
        try:
            try:
                with self._lock:
                    self._turns.add(turn)
                return action()
            finally:
                self._end(turn)
        except KeyboardInterrupt:
            raise
        except BaseException:
            # Once more: Overdue may have arrived within the first `_end`.
            self._end(turn)
            if not turn.attempts:
                raise
            return None

    def _end(self, turn: Turn) -> None:
        """End a turn. From then on nothing is raised on its account, not even what is under way."""
        with self._lock:
            self._turns.discard(turn)
        if turn.attempts:
            # Received here, not taken back: CPython would go on to look for it, and be slow, from then on.
            with contextlib.suppress(Overdue):
                _raise_in(turn.thread, Overdue)
                while True:
                    pass

    def _timed_out(self, name: str, seconds: float) -> Relayed:
        why = f"did not return within {seconds:.3g} s"
        if seconds <= 0 or self._spent >= self._total:
            why = f"was stopped: all calls together may take {self._total:.3g} s"
        self._late[name] += 1
        self._last[name] = trouble = Trouble("timed out", why)
        return Relayed(trouble)

    def _watch(self) -> None:
        """Run in the watchdog's own thread."""
        while not self._is_over.wait(TICK):
            with self._lock:
                now = time.monotonic()
                late = [turn for turn in self._turns if now >= turn.deadline]
                for turn in late:
                    turn.attempts, turn.deadline = turn.attempts + 1, now + AGAIN
                    _raise_in(turn.thread, Overdue)
            for turn in late:
                if turn.attempts == UNSTOPPABLE:
                    _complain(turn)


def _raise_in(thread: int, what: type[BaseException]) -> None:
    """Have a thread raise an exception at its next instruction, in place of one that it has not raised yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(what))


def _complain(turn: Turn) -> None:
    """Notify the user of a call that goes on: the run hangs, and only the user can end it."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # there may be no stderr
        sys.__stderr__.write(  # type: ignore[union-attr]
            f"gradcheck: {one_line(turn.name)} did not return within {turn.seconds:.3g} s, and Python cannot stop it. "
            "If it never returns, end this process.\n"
        )
        sys.__stderr__.flush()  # type: ignore[union-attr]


HERE: contextvars.ContextVar[Watchdog | None] = contextvars.ContextVar("watchdog", default=None)
"""The watchdog over the calls that are made here."""


@contextlib.contextmanager
def watched(call: float, total: float, losses: int) -> Iterator[Watchdog]:
    """Limit the seconds of each call of a subject, and of all together, for the length of a ``with`` block."""
    watchdog = Watchdog(call, total, losses)
    watchdog.start()
    token = HERE.set(watchdog)
    try:
        yield watchdog
    finally:
        HERE.reset(token)
        watchdog.stop()
