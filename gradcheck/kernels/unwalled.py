"""Judging in the same process as the kernel, apart from the command's, where the platform has no workers.

A crash or a hang fails where it is, and the run goes on. But the kernel is in the judge's process.
"""

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from gradcheck.kernels.choosing import Asked, Line
from gradcheck.kernels.engine import KernelPlan, judge_problem, report_of
from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.report import KernelOutcome, KernelReport, ProblemReport
from gradcheck.kernels.resolving import opened_kernel
from gradcheck.report import Finding, Severity, Verdict

OPENED, NOTED, REFUSED, CHOSE, BEGUN, JUDGED = "opened", "noted", "refused", "chose", "begun", "judged"
"""What the process says: the title, a note, why there is no kernel, the problems, the check that it begins, a report.

The problems and the report are JSON."""

SHAPES: dict[str, Any] = {CHOSE: list[Line], JUDGED: ProblemReport}

OPENING = 120.0
"""The least seconds for it to start: some frameworks take their time."""

MOST = 2**26
"""Bytes of a message."""

CLOSING = 10.0
"""Seconds for the process to end what it has started itself."""


@dataclass(frozen=True)
class Unwalled:
    """A kernel by its name, judged in another process; nothing may take longer than `seconds` there."""

    target: str
    framework: str | None
    seconds: float = 600.0
    _titles: list[str] = field(default_factory=list)
    _notes: dict[str, None] = field(default_factory=dict)

    def judge(
        self, asked: Asked, plan: KernelPlan, notify: Callable[[str], None] = lambda text: None
    ) -> KernelReport:
        """Judge the kernel on problems of one layer. Raises KernelError."""
        started, reports = time.perf_counter(), list[ProblemReport]()
        lines: list[Line] = []
        while not lines or len(reports) < len(lines):
            left = replace(asked, lines=tuple(lines[len(reports) :]), covers=False) if lines else asked
            for report in self._judged(left, plan, lines):
                reports.append(report)
                notify(f"{report.problem}  ({len(reports)} of {len(lines)})")
        title, notes = self._titles[0], tuple(self._notes)
        return report_of(self.target, title, asked.layer, plan, reports, started, notes)

    def _judged(self, asked: Asked, plan: KernelPlan, lines: list[Line]) -> Iterator[ProblemReport]:
        """Yield the reports of one process; if it dies, the last report says so.

        The first process of a kernel chooses the problems, whose `lines` are noted.
        """
        check, started = "", time.perf_counter()
        first = len(lines) - len(asked.lines) if lines else 0
        done = first
        with _process(self.target, self.framework, asked, plan) as talk:
            while not lines or done < len(lines):
                kind, said = talk.heard(self.seconds if check else max(self.seconds, OPENING))
                if kind == REFUSED:
                    raise KernelError(said)
                if kind == OPENED:
                    self._titles.append(said)
                elif kind == NOTED:
                    self._notes[said] = None  # a process that replaces another one repeats it
                elif kind == CHOSE:
                    lines[first:] = msgspec.json.decode(said, type=list[Line])
                elif kind == BEGUN:
                    check = said
                elif kind == JUDGED:
                    yield msgspec.json.decode(said, type=ProblemReport)
                    done, started = done + 1, time.perf_counter()
                elif not check:
                    raise KernelError(f"{self.target} cannot be opened: {said}")
                else:
                    yield ended(lines[done][0], check, kind, said, time.perf_counter() - started)
                    return


@dataclass(frozen=True)
class Talk:
    """A process, and the end of the pipe that it talks into."""

    process: Any
    pipe: Connection

    def heard(self, seconds: float) -> tuple[str, str]:
        """Return its next message; where there is none, the verdict on that, and why."""
        if not self.pipe.poll(seconds):
            self.process.kill()
            return Verdict.TIMEOUT, f"nothing for {seconds:g} s: it was ended"
        with suppress(EOFError, ConnectionError):
            return self._read(self.pipe.recv_bytes(MOST))
        self.process.join()
        return Verdict.ERROR, f"its process died: {_cause(self.process.exitcode)}"

    def _read(self, message: bytes) -> tuple[str, str]:
        """Read a message, which is text: whatever the kernel does to its process, nothing is unpickled here."""
        try:
            kind, said = msgspec.json.decode(message, type=tuple[str, str])
            if kind in SHAPES:
                msgspec.json.decode(said, type=SHAPES[kind])
            return kind, said
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            self.process.kill()
            return Verdict.ERROR, f"its process sent a message that cannot be read: {problem}"


@contextmanager
def _process(name: str, framework: str | None, asked: Asked, plan: KernelPlan) -> Iterator[Talk]:
    """Give a process that judges, for the length of a ``with`` block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_judge, args=(theirs, name, framework, asked, plan), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Talk(process, ours)
        process.join(CLOSING)
    finally:
        process.kill()
        process.join()
        ours.close()


def _judge(pipe: Connection, name: str, framework: str | None, asked: Asked, plan: KernelPlan) -> None:
    """Judge all problems, in the other process."""
    try:
        with opened_kernel(name, framework, plan.adapter, asked.layer) as kernel:
            _say(pipe, OPENED, kernel.title)
            for note in kernel.traits.notes:
                _say(pipe, NOTED, note)
            problems = asked.problems(kernel, plan.dtype, plan.seed)
            _say(pipe, CHOSE, msgspec.json.encode(Asked.of(problems, asked.layer).lines).decode())
            for problem in problems:
                report = judge_problem(kernel, problem, plan, lambda check: _say(pipe, BEGUN, check))
                _say(pipe, JUDGED, msgspec.json.encode(report).decode())
    except KernelError as why:
        _say(pipe, REFUSED, str(why))
    except BrokenPipeError:
        return  # the judge has gone


def _say(pipe: Connection, kind: str, text: str) -> None:
    pipe.send_bytes(msgspec.json.encode((kind, text)))


def _cause(code: int) -> str:
    return (signal.strsignal(-code) or f"signal {-code}") if code < 0 else f"it left with {code}"


def ended(line: str, check: str, verdict: str, why: str, seconds: float) -> ProblemReport:
    """Return what is said of a problem on which a kernel's process came to its end."""
    found = Finding(
        check=check,
        severity=Severity.FAULT,
        verdict=Verdict(verdict),
        message=why,
        case=line,
    )
    outcome = KernelOutcome(check=check, verdict=found.verdict, findings=(found,))
    return ProblemReport(problem=line, verdict=found.verdict, outcomes=(outcome,), seconds=seconds)
