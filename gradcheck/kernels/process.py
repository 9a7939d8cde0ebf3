"""The processes that a kernel lives in, one after the other, and how the judge asks them."""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, ClassVar

from gradcheck import contract
from gradcheck.calling.raising import Trouble, cause_called
from gradcheck.contract import Array, Crashed, SubjectError
from gradcheck.isolation import runtime
from gradcheck.isolation.foreign import Failed
from gradcheck.isolation.levels import MEGABYTE, Level, Limits
from gradcheck.isolation.packing import Packer
from gradcheck.isolation.process import Process
from gradcheck.isolation.session import Session, Worker
from gradcheck.kernels.description import checked_description
from gradcheck.kernels.kernel import Ended, KernelError
from gradcheck.report import Verdict
from gradcheck.subjects.loading import LoadError
from gradcheck.text import one_line

MAIN = Path(__file__).parent / "inside" / "main.py"
PINGS = 20

OPENING = 120.0
"""The least seconds for it to start: some frameworks take their time."""

LIMITS = Limits(call=600, load=OPENING, total=1e9, memory=2**32, result=2**36, scratch=2**50, losses=2**31)
"""What a kernel may use: it is its author's own, and may be large. Only time is limited."""

FAILURES: dict[str, type[SubjectError]] = {
    name: getattr(contract, name)
    for name in ("Missing", "Refused", "Crashed", "Uncalled", "Unadapted", "LeftOut", "Malformed")
}


LIVE: "list[KernelSession]" = []
"""The kernels that this judge has opened."""


class KernelProcess(Process):
    """A kernel's process that has been started, with everything that the judge's process may import."""

    is_forkable = False
    main: ClassVar[Path] = MAIN

    def _command(self, limits: Limits, folders: Sequence[str], ends: tuple[int, int]) -> list[str]:
        settings = {
            "scratch": str(self.scratch),
            "most_scratch": limits.scratch,
            "seconds": 2**31,
            "processes": 2**15,
            "memory": limits.memory,
            "file": 16 * MEGABYTE,
            "result": limits.result,
            "runtime": str(runtime.runtime()),
            "path": [entry or os.getcwd() for entry in sys.path],
            "spared": [os.getpid(), -os.getpgid(0)],
        }
        return [sys.executable, "-P", str(self.main), *map(str, ends), json.dumps(settings)]

    def _surroundings(self) -> dict[str, Any]:
        return {"env": None, "cwd": None}

    def _ended(self, code: int, last: str) -> str:
        return (signal.strsignal(-code) or f"signal {-code}") if code < 0 else f"it left with {code}"


class KernelSession(Session):
    """A kernel and the processes that it lives in, one after the other: a fresh one where one was lost."""

    process_kind: ClassVar[type[KernelProcess]] = KernelProcess

    def __init__(
        self, target: str, framework: str | None, adapter: Any, seconds: float, layer: str = "conv2d"
    ) -> None:
        limits = replace(LIMITS, call=seconds, load=max(seconds, OPENING))
        super().__init__(target, target, [], Level.RLIMITS, limits)
        self._asked_for = target, framework, adapter, layer
        self.began = time.monotonic()
        self.overhead = 0.0
        self.process = 0
        self.unseen: dict[tuple[str, str, int], float] = {}
        self._is_paused = False
        LIVE.append(self)

    def opened(self) -> dict[str, Any]:
        """Start a process, open the kernel in it, and return how it describes itself. Raises KernelError."""
        try:
            return self._opened()
        except LoadError as problem:
            raise KernelError(problem.message) from None

    def left(self) -> float:
        """Return how many seconds of the check that has begun are left."""
        return max(self.limits.call - (time.monotonic() - self.began), 0.01)

    def pause(self, *, is_paused: bool = True) -> None:
        """Stop the process with all that it has started, or let it go on: threads may wait for work by spinning."""
        if self._worker is not None and self.process and is_paused is not self._is_paused:
            with contextlib.suppress(OSError):
                os.killpg(self.process, signal.SIGSTOP if is_paused else signal.SIGCONT)
            self._is_paused = is_paused

    def alone(self) -> None:
        """Stop the processes of all other kernels of this judge."""
        for session in LIVE:
            session.pause(is_paused=session is not self)

    def close(self) -> None:
        """End the process."""
        self.pause(is_paused=False)
        super().close()

    def asked(self, what: str, label: str, *arguments: Any) -> Any:
        """Return what the process answers. Raises Ended if there is no process any more, and SubjectError."""
        self.pause(is_paused=False)
        life = self.life
        limits, self.limits = self.limits, replace(self.limits, call=self.left())
        try:
            found = self.request(what, label, *arguments)
        except Failed as problem:
            if self.life == life:
                raise Crashed(f"{label} {problem.trouble.said}") from None
            timed_out = problem.trouble.kind == "timed out"
            why = f"nothing for {limits.call:g} s: it was ended" if timed_out else problem.trouble.said
            raise Ended(Verdict.TIMEOUT if timed_out else Verdict.ERROR, why) from None
        finally:
            self.limits = limits
        if isinstance(found, tuple) and found[:1] == ("failed",):
            raise _failure(found)
        return found

    def was_written(self, array: Array) -> bool:
        """Return whether the process has written into an array that was lent."""
        return self._worker is not None and self._worker.packer.arena.was_written(array)

    def _start(self) -> tuple[list[Any], list[Any], int]:
        try:
            self._opened()
        except KernelError as problem:
            raise LoadError(str(problem), "import") from None
        return [], [], 0

    def _opened(self) -> dict[str, Any]:
        target = self.shown
        try:
            process = self.process_kind(self.level, self.limits, ())
        except OSError as problem:
            raise LoadError(
                f"no process can be started: {problem.strerror or problem}", "unsupported"
            ) from None
        self._worker = Worker(process, Packer(self, self.life, self.limits.result))
        try:
            self.process = self._wait_until_ready(process).get("process", 0)
            # The kernel is not there yet. The longest of them would leave it room to work unseen: 10 ms and more.
            self.overhead = median(self._pinged() for _ in range(PINGS))
            answer = self._asked("open", self.limits.load, *self._asked_for)
            if answer[0] == "refused":
                raise KernelError(one_line(answer[1]))
            return self._described(answer[1])
        except Failed as problem:
            raise KernelError(f"{target} cannot be opened: {problem.trouble.said}") from None
        except (LookupError, TypeError, ValueError, AttributeError) as problem:
            if isinstance(problem, KernelError):
                raise
            raise KernelError(f"{target} cannot be opened: it does not describe itself") from None
        finally:
            if sys.exception() is not None:
                self.close()

    def _described(self, found: Any) -> dict[str, Any]:
        """Return what the process says of the kernel, if it is a description. Raises ValueError."""
        return checked_description(found, self._asked_for[-1])

    def _pinged(self) -> float:
        """Return how long a request takes in which nothing is done."""
        started = time.perf_counter()
        self._asked("ping", self.limits.load, [0.0])
        return time.perf_counter() - started

    def _lost(self, label: str, trouble: Trouble) -> Failed:
        said = trouble.said
        if said.startswith("gave "):
            said = f"its process sent a message that cannot be read: {said.removeprefix('gave ')}"
        elif trouble.kind != "timed out":
            said = f"its process died: {said}"
        return super()._lost(label, Trouble(trouble.kind, said, trouble.cause))


def _failure(found: Sequence[Any]) -> SubjectError:
    """Return the failure that a process reports."""
    if len(found) != 4 or not all(isinstance(each, str) for each in found):
        return Crashed("gave something that is no result")
    return FAILURES.get(found[1], Crashed)(one_line(found[2]), cause_called(found[3]))
