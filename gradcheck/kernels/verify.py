"""The loop: a kernel x problems x checks -> a report."""

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from gradcheck.contract import SubjectError
from gradcheck.kernels import blame, dtypes
from gradcheck.kernels.checks import BY_NAME, CHECKS, KernelCheck
from gradcheck.kernels.checks.check import outcome
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.kernel import Kernel
from gradcheck.kernels.problems import Problem
from gradcheck.kernels.report import KernelReport, Outcome, ProblemReport
from gradcheck.kernels.trial import Trial
from gradcheck.report import Verdict, worst


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to judge a kernel.

    Attributes
    ----------
    dtype : Dtype
        The number format.
    checks : tuple of str
        Names of checks; none for all that do not have to be asked for.
    seed : int
        Where the numbers start from.
    inexact : str, optional
        The kind of arithmetic that it is declared to use instead of sums of products.
    sums_in : str, optional
        The dtype in which it has to sum.
    declared : tuple of str
        The checks that it is declared not to pass.
    """

    dtype: Dtype
    checks: tuple[str, ...] = ()
    seed: int = 0
    inexact: str | None = None
    sums_in: str | None = None
    declared: tuple[str, ...] = ()

    @property
    def format(self) -> Dtype:
        """The number format, with the sums that the kernel has to have."""
        return self.dtype if self.sums_in is None else self.dtype.summed_in(dtypes.BY_NAME[self.sums_in])

    def excused(self, kernel: Kernel) -> frozenset[str]:
        """Return the checks that a kernel need not pass; one that is named runs, whatever its framework says."""
        return frozenset(self.declared) | (frozenset(kernel.declared) - frozenset(self.checks))

    @property
    def options(self) -> tuple[str, ...]:
        """What a replay line repeats."""
        inexact = (f"--inexact {self.inexact}",) if self.inexact else ()
        sums = (f"--sums-in {self.sums_in}",) if self.sums_in else ()
        return (*inexact, *sums, *(f"--declare {name}" for name in self.declared))

    @property
    def chosen(self) -> tuple[KernelCheck, ...]:
        """The checks to run."""
        if self.checks:
            return tuple(BY_NAME[name] for name in self.checks)
        return tuple(check for check in CHECKS if not check.on_request)


def verify(
    kernel: Kernel, problems: Sequence[Problem], plan: Plan, tell: Callable[[str], None] = lambda text: None
) -> KernelReport:
    """Judge a kernel on problems of one layer.

    Parameters
    ----------
    kernel : Kernel
        What to judge.
    problems : sequence of Problem
        All of the same layer, at least one.
    plan : Plan
        How.
    tell : callable
        Told what is being judged.
    """
    started = time.perf_counter()
    reports = []
    for number, problem in enumerate(problems, 1):
        tell(f"{problem}  ({number} of {len(problems)})")
        reports.append(judged(kernel, problem, plan))
    return report_of(kernel.target, kernel.title, problems, plan, reports, started, kernel.notes)


def report_of(
    target: str,
    title: str,
    problems: Sequence[Problem],
    plan: Plan,
    reports: Sequence[ProblemReport],
    started: float,
    notes: tuple[str, ...] = (),
) -> KernelReport:
    """Return the whole answer, from that on each problem."""
    return KernelReport(
        verdict=worst(report.verdict for report in reports),
        target=target,
        title=title,
        layer=problems[0].case.layer.name,
        dtype=plan.dtype.name,
        seed=plan.seed,
        seconds=time.perf_counter() - started,
        problems=tuple(reports),
        options=plan.options,
        notes=notes,
    )


def judged(
    kernel: Kernel, problem: Problem, plan: Plan, begin: Callable[[str], None] = lambda check: None
) -> ProblemReport:
    """Judge a kernel on one problem; `begin` is told the name of every check before it runs."""
    started = time.perf_counter()
    case = kernel.express(problem.case.but(seed=plan.seed))
    why = kernel.skips(case, plan.dtype)
    trial = Trial(kernel, case, plan.format, plan.inexact, plan.excused(kernel))
    if why is not None:
        outcomes = [Outcome(check=check.name, verdict=Verdict.SKIP, reason=why) for check in plan.chosen]
    else:
        names = [check.name for check in plan.chosen]
        outcomes = blame.outcomes(names, lambda name: _run(BY_NAME[name], trial, begin), bool(plan.inexact))
    return ProblemReport(
        problem=str(problem),
        verdict=verdict_of(outcomes),
        outcomes=tuple(outcomes),
        seconds=time.perf_counter() - started,
    )


def verdict_of(outcomes: Sequence[Outcome]) -> Verdict:
    """Return the worst verdict; a check that does not apply is none."""
    return worst(outcome.verdict for outcome in outcomes)


@contextmanager
def unheard() -> Iterator[None]:
    """Let a kernel warn to nobody: what it returns is judged, not what it says."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _run(check: KernelCheck, trial: Trial, begin: Callable[[str], None]) -> Outcome:
    begin(check.name)
    try:
        with unheard():
            return check.judge(trial)
    except SubjectError as problem:
        return outcome(check.name, [trial.failed(check.name, problem)])
    except MemoryError:  # what it was to be given did not fit: its own lack of memory is a SubjectError
        return Outcome(check=check.name, verdict=Verdict.INCONCLUSIVE, reason="too large for the memory here")
