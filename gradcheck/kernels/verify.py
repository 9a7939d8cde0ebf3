"""The loop: a kernel x problems x checks -> a report."""

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from gradcheck.contract import SubjectError
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

    `inexact` is the kind of arithmetic that it is declared to use; `checks` are names, none for all that do not have
    to be asked for.
    """

    dtype: Dtype
    checks: tuple[str, ...] = ()
    seed: int = 0
    inexact: str | None = None

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
        reports.append(_judged(kernel, problem, plan))
    return KernelReport(
        verdict=worst(report.verdict for report in reports),
        target=kernel.target,
        title=kernel.title,
        layer=problems[0].case.layer.name,
        dtype=plan.dtype.name,
        seed=plan.seed,
        seconds=time.perf_counter() - started,
        problems=tuple(reports),
        options=(f"--inexact {plan.inexact}",) if plan.inexact else (),
    )


def _judged(kernel: Kernel, problem: Problem, plan: Plan) -> ProblemReport:
    started = time.perf_counter()
    case = kernel.express(problem.case.but(seed=plan.seed))
    why = kernel.skips(case, plan.dtype)
    trial = Trial(kernel, case, plan.dtype, plan.inexact)
    if why is not None:
        outcomes = [Outcome(check=check.name, verdict=Verdict.SKIP, reason=why) for check in plan.chosen]
    else:
        outcomes = [_run(check, trial) for check in plan.chosen]
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


def _run(check: KernelCheck, trial: Trial) -> Outcome:
    try:
        with unheard():
            return check.judge(trial)
    except SubjectError as problem:
        return outcome(check.name, [trial.failed(check.name, problem)])
