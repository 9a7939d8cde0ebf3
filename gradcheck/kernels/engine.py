"""The kernel engine: a kernel x problems x checks -> a report, in which one mistake is reported once."""

import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gradcheck.contract import Case, SubjectError, Unadapted, Uncalled
from gradcheck.isolation.levels import Level
from gradcheck.kernels import dtypes, operations
from gradcheck.kernels.checks import BY_NAME, CHECKS, KernelCheck
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.kernel import Kernel, unheard
from gradcheck.kernels.problems import Problem
from gradcheck.kernels.report import UNJUDGED, KernelOutcome, KernelReport, ProblemReport
from gradcheck.kernels.trial import KernelTrial
from gradcheck.report import Verdict, worst


@dataclass(frozen=True, kw_only=True)
class KernelPlan:
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
        The checks that its author declares not to hold.
    adapter : str, optional
        The path of the adapter that defines the kernel (docs/adapters.md).
    """

    dtype: Dtype
    checks: tuple[str, ...] = ()
    seed: int = 0
    inexact: str | None = None
    sums_in: str | None = None
    declared: tuple[str, ...] = ()
    adapter: str | None = None

    @property
    def format(self) -> Dtype:
        """The number format, with the sums that the kernel has to have."""
        return self.dtype if self.sums_in is None else self.dtype.summed_in(dtypes.BY_NAME[self.sums_in])

    def excused(self, kernel: Kernel) -> frozenset[str]:
        """Return the checks that a kernel need not pass; one that is named runs, whatever its framework says."""
        return frozenset(self.declared) | (frozenset(kernel.traits.declared) - frozenset(self.checks))

    @property
    def options(self) -> tuple[str, ...]:
        """What a replay line repeats."""
        inexact = (f"--inexact {self.inexact}",) if self.inexact else ()
        sums = (f"--sums-in {self.sums_in}",) if self.sums_in else ()
        adapter = (f"--adapter {shlex.quote(self.adapter)}",) if self.adapter else ()
        return (*inexact, *sums, *(f"--declare {name}" for name in self.declared), *adapter)

    @property
    def chosen(self) -> tuple[KernelCheck, ...]:
        """The checks to run."""
        if self.checks:
            return tuple(BY_NAME[name] for name in self.checks)
        return tuple(check for check in CHECKS if not check.on_request)

    def chosen_for(self, problem: Problem) -> list[KernelCheck]:
        """Return the checks to run on a problem; one that is named runs on all."""
        return [each for each in self.chosen if each.of_results or self.checks or not problem.is_brief]


def judge_kernel(
    kernel: Kernel,
    problems: Sequence[Problem],
    plan: KernelPlan,
    notify: Callable[[str], None] = lambda text: None,
) -> KernelReport:
    """Judge a kernel on problems of one layer.

    Parameters
    ----------
    kernel : Kernel
        What to judge.
    problems : sequence of Problem
        All of the same layer, at least one.
    plan : KernelPlan
        How.
    notify : callable
        Called with the name of each problem before it is judged.
    """
    started = time.perf_counter()
    reports = []
    for number, problem in enumerate(problems, 1):
        notify(f"{problem}  ({number} of {len(problems)})")
        reports.append(judge_problem(kernel, problem, plan))
    layer = problems[0].case.layer.name
    return report_of(kernel.target, kernel.title, layer, plan, reports, started, kernel.traits.notes)


def report_of(
    target: str,
    title: str,
    layer: str,
    plan: KernelPlan,
    reports: Sequence[ProblemReport],
    started: float,
    notes: tuple[str, ...] = (),
    isolation: str = Level.PROCESS,
    looked_for: tuple[str, ...] = (),
) -> KernelReport:
    """Return the whole answer, from that on each problem."""
    return KernelReport(
        verdict=worst(report.verdict for report in reports),
        target=target,
        title=title,
        layer=layer,
        dtype=plan.dtype.name,
        seed=plan.seed,
        seconds=time.perf_counter() - started,
        problems=tuple(reports),
        options=plan.options,
        notes=notes,
        looked_for=looked_for or _looked_for(reports),
        isolation=isolation,
    )


CHEATS = {
    "reentrant": "results kept by address",
    "operands": "operands of fewer bits",
    "reals": "arithmetic of fewer bits",
    "unchanged": "changed inputs",
}
"""What the checks of layers find besides mistakes."""


def _looked_for(reports: Sequence[ProblemReport]) -> tuple[str, ...]:
    """Return the cheats that the checks which were asked would have found."""
    outcomes = [outcome for report in reports for outcome in report.outcomes]
    asked = {outcome.check for outcome in outcomes if outcome.verdict is not Verdict.SKIP}
    return tuple(f"{cheat} ({check})" for check, cheat in CHEATS.items() if check in asked)


def judge_problem(
    kernel: Kernel, problem: Problem, plan: KernelPlan, begin: Callable[[str], None] = lambda check: None
) -> ProblemReport:
    """Judge a kernel on one problem; `begin` is called with the name of every check before it runs."""
    started = time.perf_counter()
    case = kernel.express(problem.case.but(seed=plan.seed))
    why = kernel.skips(case, plan.dtype) or _lacks(case, plan.dtype)
    trial = KernelTrial(kernel, case, plan.format, plan.inexact, plan.excused(kernel))
    if why is not None:
        outcomes = [KernelOutcome.skipped(check.name, why) for check in plan.chosen]
    else:
        names = [check.name for check in plan.chosen_for(problem)]
        outcomes = _each_mistake_once(names, lambda name: _run(BY_NAME[name], trial, begin), trial.is_rounded)
    return ProblemReport(
        problem=str(problem),
        verdict=worst(outcome.verdict for outcome in outcomes),
        outcomes=tuple(outcomes),
        seconds=time.perf_counter() - started,
    )


def _lacks(case: Case, dtype: Dtype) -> str | None:
    """Say why a layer has no meaning in a number format, or None."""
    if dtype.is_narrow and not operations.of(case.layer.name).is_narrow:
        return f"{dtype.name} is judged where products are summed"
    return None


def _run(check: KernelCheck, trial: KernelTrial, begin: Callable[[str], None]) -> KernelOutcome:
    begin(check.name)
    try:
        with unheard():
            return check.judge(trial)
    except Unadapted as problem:
        return KernelOutcome(check=check.name, verdict=Verdict.INCONCLUSIVE, reason=f"{UNJUDGED}: {problem}")
    except Uncalled as problem:
        return KernelOutcome.skipped(check.name, f"{UNJUDGED}: {problem}")
    except SubjectError as problem:
        return KernelOutcome.of(check.name, [trial.failed(check.name, problem)])
    except MemoryError:  # what it was to be given did not fit: its own lack of memory is a SubjectError
        return KernelOutcome(
            check=check.name, verdict=Verdict.INCONCLUSIVE, reason="too large for the memory here"
        )


def _each_mistake_once(
    names: Sequence[str], run: Callable[[str], KernelOutcome], is_rounded: bool
) -> list[KernelOutcome]:
    """Return how the checks fare, in their order, without what is wrong on plain numbers already.

    A result that is wrong on plain numbers (integers, or reals where these are rounded) is wrong in nearly every other
    check, too. Where a plain call gives nothing that could be judged, the other checks do not run.
    """
    plain = "reals" if is_rounded else "exact"
    first = run(plain) if plain in names else None
    return [first if first and name == plain else _after(first, name, run) for name in names]


def _after(first: KernelOutcome | None, name: str, run: Callable[[str], KernelOutcome]) -> KernelOutcome:
    """Return how a check fares, without what the first one has found."""
    known = {finding.tensor for finding in first.findings if _is_blamed(finding.verdict)} if first else set()
    if first is None or not known:
        return run(name)
    explained = f"not after {first.check}: {first.verdict}"
    if None in known:  # no result at all: every other call would give none, too
        return KernelOutcome.skipped(name, explained)
    found = run(name)
    kept = tuple(finding for finding in found.findings if finding.tensor not in known)
    if len(kept) == len(found.findings):
        return found
    return KernelOutcome(
        check=name,
        verdict=worst(finding.verdict for finding in kept),
        reason=None if kept else explained,
        findings=kept,
        roundings=tuple(rounding for rounding in found.roundings if rounding.tensor not in known),
    )


def _is_blamed(verdict: Verdict) -> bool:
    return verdict.is_wrong or verdict is Verdict.MISSING
