"""Judging a kernel against a reference: problems of varied sizes, each with several kinds of numbers."""

import io
import shlex
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gradcheck.contract import SubjectError
from gradcheck.isolation.levels import UNISOLATED, Level, has_workers
from gradcheck.kernels.engine import KernelPlan, report_of
from gradcheck.kernels.kernel import Ended, KernelError
from gradcheck.kernels.references import forbidden
from gradcheck.kernels.references.findings import finding, with_said
from gradcheck.kernels.references.inside.candidate import UNREADABLE
from gradcheck.kernels.references.judge import Judge
from gradcheck.kernels.references.oracle import one_thread, quiet, seeded
from gradcheck.kernels.references.session import opened_candidate
from gradcheck.kernels.references.setting import Setting
from gradcheck.kernels.references.source import Source
from gradcheck.kernels.report import KernelOutcome, KernelReport, ProblemReport
from gradcheck.report import Verdict

LOOKED_FOR = (
    "results kept by address (again)",
    "results kept by a few of the numbers (edited)",
    "memory that is never written (filled with NaN)",
    "one size or seed only (other sizes and numbers)",
    "work done only where a gradient is required (calls as in inference)",
    "arithmetic of fewer bits (computed bounds)",
    "changed inputs (unchanged)",
    "clocks and comparisons replaced (forbidden)",
)
ELSEWHERE = (
    "the reference's file opened (forbidden)",
    "a result seen in the judge's memory, or its functions replaced (a process of its own)",
)

NO_GRADIENTS = "it gives no gradients, and the reference does: only forward was judged"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Against what a kernel is judged, and how.

    Attributes
    ----------
    path : Path
        The reference's file.
    forbidden : tuple of str
        What the kernel must not call.
    device : str
        Where its tensors are made.
    line : str, optional
        One problem, as a report printed it.
    kept : tuple of str
        The sizes that stay as the reference has them.
    seconds : float
        The longest that one problem may take.
    is_apart : bool
        Whether the kernel gets a process of its own, where the platform has them.
    """

    path: Path
    forbidden: tuple[str, ...] = ()
    device: str = "cpu"
    line: str | None = None
    kept: tuple[str, ...] = ()
    seconds: float = 600.0
    is_apart: bool = True

    @property
    def options(self) -> tuple[str, ...]:
        """What a replay line repeats."""
        words = [f"--reference {shlex.quote(str(self.path))}"]
        words += [f"--forbid {shlex.quote(name)}" for name in self.forbidden]
        return (*words, *([f"--device {self.device}"] if self.device != "cpu" else []))


READS = "opens the file of the reference when it is imported, and is not imported without"


def judge_against(
    target: str, reference: Reference, plan: KernelPlan, notify: Callable[[str], None] = lambda text: None
) -> KernelReport:
    """Judge a kernel against a reference. Raises KernelError, and ProblemError for a line that means nothing."""
    started = time.perf_counter()
    try:
        return _judged_against(target, reference, plan, notify, started)
    except KernelError as problem:
        if UNREADABLE not in str(problem):
            raise
        return _of_reading(target, reference, plan, started)


def _of_reading(target: str, reference: Reference, plan: KernelPlan, started: float) -> KernelReport:
    """Return the report on a kernel that cannot be imported, because it opens the reference's file there."""
    name = Source.read(reference.path).name
    outcome = KernelOutcome.of("forbidden", [finding("forbidden", f"{name} own", READS)])
    seconds = time.perf_counter() - started
    found = ProblemReport(
        problem=f"{name} own", verdict=outcome.verdict, outcomes=(outcome,), seconds=seconds
    )
    report = report_of(target, "not imported", name, plan, [found], started, isolation=Level.RLIMITS)
    return msgspec.structs.replace(report, options=(*reference.options, *report.options))


def _judged_against(
    target: str, reference: Reference, plan: KernelPlan, notify: Callable[[str], None], started: float
) -> KernelReport:
    source = Source.read(reference.path)
    strange = set(reference.kept) - {site.name for site in source.sites}
    if strange:
        raise KernelError(f"{source.path} has no size {min(strange)!r}; it has {_listed(source)}")
    if plan.dtype.is_integer:
        raise KernelError("--reference judges floating numbers: float64, float32, float16 or bfloat16")
    file, name = _split(target)
    is_apart = reference.is_apart and has_workers()
    is_same = Path(file).is_file() and Path(file).samefile(reference.path)
    with opened_candidate(
        file,
        name,
        "" if is_same else str(reference.path.resolve()),
        reference.device,
        is_watched=bool(reference.forbidden),
        seconds=reference.seconds,
        is_apart=is_apart,
    ) as candidate:
        setting = Setting(candidate, plan)
        judge = Judge(source, name, setting)
        with quiet(), one_thread(source.text), seeded(plan.seed), redirect_stdout(io.StringIO()):
            reports = list(judge.reports(reference.line, reference.kept, notify))
            reports = _with_forbidden(reports, judge, reference, forbidden.text_of(file))
            if setting.lacks_backward:
                reports = with_said(reports, "gradients", [NO_GRADIENTS], Verdict.MISSING)
    if not reports:
        raise KernelError(f"{source.path} does not run at any size: {judge.last}")
    if judge.left_out:
        setting.notes.append(f"{judge.left_out} sizes were left out: the reference takes long there")
    notes = list(setting.notes)
    if not is_apart and reference.is_apart:
        notes.insert(0, UNISOLATED)
    report = report_of(
        target,
        judge.title,
        source.name,
        plan,
        reports,
        started,
        tuple(notes),
        Level.RLIMITS if is_apart else Level.PROCESS,
        (*LOOKED_FOR, *(ELSEWHERE if is_apart else ())),
    )
    return msgspec.structs.replace(report, options=(*reference.options, *report.options))


def _listed(source: Source) -> str:
    return ", ".join(site.name for site in source.sites) or "none"


def _split(target: str) -> tuple[str, str]:
    """Return a target's file or module, and the name in it; none for the class that has its usual name."""
    place, colon, name = target.rpartition(":")
    if not colon or name.startswith(("\\", "/")) or target.endswith(".py"):
        return target, ""
    return place, name


def _with_forbidden(
    reports: list[ProblemReport], judge: Judge, reference: Reference, text: str
) -> list[ProblemReport]:
    """Return the reports, the last one with what the kernel has called or opened that it must not."""
    if not reports:
        return reports
    try:
        noticed = [str(each) for each in judge.setting.candidate.ask("noticed")]
    except (SubjectError, Ended):
        noticed = []
    tried = [each for each in noticed if each.startswith(("opened ", "replaced "))]
    found = forbidden.found_by(reference.forbidden, text, noticed, judge.learned(reference.forbidden))
    said = [*tried, *found]
    return with_said(reports, "forbidden", said) if said or reference.forbidden else reports
