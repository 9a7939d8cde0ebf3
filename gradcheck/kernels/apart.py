"""Judging a kernel in a process of its own: one that crashes or hangs fails where it does, and the run goes on.

This is not `gradcheck.isolation`, and is not to be merged with it. There, code may be hostile: its process has NumPy
and nothing else, and is walled in. Here, a kernel is its author's own and may crash: its process needs the frameworks
that the kernel is written with, and the whole suite, and is not walled in.
"""

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from gradcheck.kernels.engine import KernelPlan, judge_problem, report_of
from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.problems import Problem, of_line
from gradcheck.kernels.report import KernelOutcome, KernelReport, ProblemReport
from gradcheck.kernels.resolving import opened_kernel
from gradcheck.report import Finding, Severity, Verdict

OPENED, NOTED, REFUSED, BEGUN, JUDGED = "opened", "noted", "refused", "begun", "judged"
"""What the process says: the title, a note, why there is no kernel, the check that it begins, a report as JSON."""

OPENING = 120.0
"""The least seconds for it to start: some frameworks take their time."""

MOST = 2**26
"""Bytes of a message."""

CLOSING = 10.0
"""Seconds for the process to end what it has started itself."""


@dataclass(frozen=True)
class Apart:
    """A kernel by its name, judged in another process; nothing may take longer than `seconds` there."""

    target: str
    framework: str | None
    seconds: float = 600.0
    _titles: list[str] = field(default_factory=list)
    _notes: dict[str, None] = field(default_factory=dict)

    def judge(
        self, problems: Sequence[Problem], plan: KernelPlan, notify: Callable[[str], None] = lambda text: None
    ) -> KernelReport:
        """Judge the kernel on problems of one layer. Raises KernelError."""
        started, reports = time.perf_counter(), list[ProblemReport]()
        while len(reports) < len(problems):
            for report in self._judged(problems[len(reports) :], plan):
                reports.append(report)
                notify(f"{report.problem}  ({len(reports)} of {len(problems)})")
        title, notes = self._titles[0], tuple(self._notes)
        return report_of(self.target, title, problems, plan, reports, started, notes)

    def _judged(self, problems: Sequence[Problem], plan: KernelPlan) -> Iterator[ProblemReport]:
        """Yield the reports of one process; if it dies, the last report says so."""
        check, done, started = "", 0, time.perf_counter()
        with _process(self.target, self.framework, [str(problem) for problem in problems], plan) as talk:
            while done < len(problems):
                kind, said = talk.heard(self.seconds if check else max(self.seconds, OPENING))
                if kind == REFUSED:
                    raise KernelError(said)
                if kind == OPENED:
                    self._titles.append(said)
                elif kind == NOTED:
                    self._notes[said] = None  # a process that replaces another one repeats it
                elif kind == BEGUN:
                    check = said
                elif kind == JUDGED:
                    yield msgspec.json.decode(said, type=ProblemReport)
                    done, started = done + 1, time.perf_counter()
                elif not check:
                    raise KernelError(f"{self.target} cannot be opened: {said}")
                else:
                    yield _ended(problems[done], check, kind, said, time.perf_counter() - started)
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
            if kind == JUDGED:
                msgspec.json.decode(said, type=ProblemReport)
            return kind, said
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            self.process.kill()
            return Verdict.ERROR, f"its process sent a message that cannot be read: {problem}"


@contextmanager
def _process(name: str, framework: str | None, lines: Sequence[str], plan: KernelPlan) -> Iterator[Talk]:
    """Give a process that judges, for the length of a ``with`` block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_judge, args=(theirs, name, framework, lines, plan), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Talk(process, ours)
        process.join(CLOSING)
    finally:
        process.kill()
        process.join()
        ours.close()


def _judge(
    pipe: Connection, name: str, framework: str | None, lines: Sequence[str], plan: KernelPlan
) -> None:
    """Judge all problems, in the other process."""
    try:
        with opened_kernel(name, framework, plan.adapter) as kernel:
            _say(pipe, OPENED, kernel.title)
            for note in kernel.traits.notes:
                _say(pipe, NOTED, note)
            for line in lines:
                report = judge_problem(kernel, of_line(line), plan, lambda check: _say(pipe, BEGUN, check))
                _say(pipe, JUDGED, msgspec.json.encode(report).decode())
    except KernelError as problem:
        _say(pipe, REFUSED, str(problem))
    except BrokenPipeError:
        return  # the judge has gone


def _say(pipe: Connection, kind: str, text: str) -> None:
    pipe.send_bytes(msgspec.json.encode((kind, text)))


def _cause(code: int) -> str:
    return (signal.strsignal(-code) or f"signal {-code}") if code < 0 else f"it left with {code}"


def _ended(problem: Problem, check: str, verdict: str, why: str, seconds: float) -> ProblemReport:
    """Return what is said of a problem on which the process came to its end."""
    found = Finding(
        check=check,
        severity=Severity.FAULT,
        verdict=Verdict(verdict),
        message=why,
        case=str(problem),
    )
    outcome = KernelOutcome(check=check, verdict=found.verdict, findings=(found,))
    return ProblemReport(problem=str(problem), verdict=found.verdict, outcomes=(outcome,), seconds=seconds)
