"""Is a kernel as fast as another one, or as before? It fails only where it is slower by more than the noise."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass

import msgspec

from gradcheck.contract import SubjectError
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.fills import random_tensors
from gradcheck.kernels.kernel import Ended, Kernel, Work, unheard
from gradcheck.kernels.problems import Problem
from gradcheck.report import Verdict, worst
from gradcheck.text import one_line
from gradcheck.timing.fresh import FreshWork, Timeable, Wrong
from gradcheck.timing.history import Remembered
from gradcheck.timing.machine import least_seconds, limited
from gradcheck.timing.race import REST, compared, drift, race
from gradcheck.timing.times import Times, Timing, TimingReport

QUIET = 0.25
"""A race goes on until the noise is below this part of what is allowed."""

CURIOUS = 0.05
"""What counts as quiet where nothing is allowed or forbidden, times four."""


@dataclass(frozen=True, kw_only=True)
class TimingPlan:
    """How to time a kernel.

    Attributes
    ----------
    dtype : Dtype
        The number format.
    against : Kernel, optional
        The kernel to compare with, in the same run.
    same : Kernel, optional
        That one in another process, in which it runs for the second time.
    baseline : mapping
        What is known from before, by problem, where there is no other kernel.
    allowed : float, optional
        By which part it may be slower.
    backward : bool
        Whether gradients are computed too.
    budget : float
        Seconds for each problem.
    clock : str
        Whose time counts: ``wall`` or ``cpu``.
    threads : int, optional
        How many threads a kernel may use; as many as it likes by default.
    inexact : str, optional
        The kind of arithmetic that the kernels are declared to use instead of sums of products.
    """

    dtype: Dtype
    against: Kernel | None = None
    same: Kernel | None = None
    baseline: Mapping[str, Remembered] | None = None
    allowed: float | None = None
    backward: bool = False
    budget: float = 5.0
    clock: str = "wall"
    threads: int | None = None
    inexact: str | None = None

    def is_quiet(self, found: float) -> bool:
        """Return whether noise is small enough to judge by."""
        return found <= QUIET * (CURIOUS * 4 if self.allowed is None else self.allowed)

    def is_settled(self, found: float, seen: float) -> bool:
        """Return whether more rounds would change no verdict: the noise is small, and the ratio not near the limit."""
        is_near = self.allowed is not None and abs(found - 1 - self.allowed) <= seen
        return self.is_quiet(seen) and not is_near


def time_kernel(
    kernel: Kernel,
    problems: Sequence[Problem],
    plan: TimingPlan,
    notify: Callable[[str], None] = lambda text: None,
) -> TimingReport:
    """Time a kernel on problems of one layer, at least one."""
    started = time.perf_counter()
    timings = []
    for number, problem in enumerate(problems, 1):
        notify(f"{problem}  ({number} of {len(problems)})")
        timings.append(_timed(kernel, problem, plan))
    return TimingReport(
        verdict=worst(timing.verdict for timing in timings),
        target=kernel.target,
        title=kernel.title,
        against=plan.against.target if plan.against else None,
        layer=problems[0].case.layer.name,
        dtype=plan.dtype.name,
        allowed=plan.allowed,
        seconds=time.perf_counter() - started,
        timings=tuple(timings),
    )


def _timed(kernel: Kernel, problem: Problem, plan: TimingPlan) -> Timing:
    why = next((why for each in _kernels(kernel, plan) if (why := _skips(each, problem, plan))), None)
    if why is not None:
        return Timing(problem=str(problem), times=None, verdict=Verdict.SKIP, reason=why)
    try:
        # One thread for the judge's own products: others would spin while a kernel is timed.
        own = limited(1) if isinstance(kernel, Timeable) else nullcontext()
        others = [each for each in (plan.against, plan.same) if each is not None]
        with ExitStack() as stack:
            for each in (unheard(), own, *(_limited(each, plan) for each in (kernel, *others))):
                stack.enter_context(each)
            return _refused(kernel, problem, plan, _raced(kernel, problem, plan))
    except SubjectError as trouble:
        return Timing(problem=str(problem), times=None, verdict=Verdict.ERROR, reason=one_line(trouble))
    except Wrong as trouble:
        return Timing(problem=str(problem), times=None, verdict=Verdict.FAIL, reason=one_line(trouble))
    except Ended as end:
        return Timing(problem=str(problem), times=None, verdict=end.verdict, reason=one_line(end))


def _kernels(kernel: Kernel, plan: TimingPlan) -> list[Kernel]:
    return [kernel, plan.against] if plan.against else [kernel]


def _limited(kernel: Kernel, plan: TimingPlan) -> AbstractContextManager[object]:
    limit = None if plan.threads is None else kernel.threads(plan.threads)
    return nullcontext() if limit is None else limit


def _skips(kernel: Kernel, problem: Problem, plan: TimingPlan) -> str | None:
    if plan.backward and not kernel.traits.has_backward:
        return "; ".join([f"{kernel.target} has no gradients", *kernel.traits.notes])
    return kernel.skips(kernel.express(problem.case), plan.dtype)


def _raced(kernel: Kernel, problem: Problem, plan: TimingPlan) -> Timing:
    """Race the kernel against the other one, or against itself and what is known from before."""
    own = _work(kernel, problem, plan)
    if plan.against is not None:
        other = _work(plan.against, problem, plan)
        # The other one runs twice: how far its two times differ is the noise.
        # Kernels of one framework share its threads, which then disturb neither: a wait would only cost rounds.
        # Processes of their own are stopped while another one is timed.
        rest = 0 if isinstance(own, FreshWork) or kernel.title == plan.against.title else REST
        again = other if plan.same is None else _work(plan.same, problem, plan)
        return _against([own, other, again], problem, plan, rest)
    found = race([own, own], plan.budget, lambda times: plan.is_quiet(drift(*times)))
    times, seen = _together(found), drift(*found)
    known = (plan.baseline or {}).get(str(problem))
    if known is None:
        why = None if plan.baseline is None else "the baseline has no such problem"
        return Timing(problem=str(problem), times=times, noise=seen, reason=why)
    return weighed(problem, plan, times, known.times, times.typical / known.typical, seen + known.noise)


def _refused(kernel: Kernel, problem: Problem, plan: TimingPlan, timing: Timing) -> Timing:
    """Return a timing; as a failure, if this machine cannot even move the numbers in that time."""
    if timing.times is None or not isinstance(kernel, Timeable):
        return timing
    least = least_seconds(kernel.express(problem.case), plan.dtype, plan.backward)
    if timing.times.typical >= least:
        return timing
    why = f"{timing.times.typical:.2g} s is less than this machine needs to read and write the numbers"
    return msgspec.structs.replace(timing, verdict=Verdict.FAIL, reason=f"{why}: {least:.2g} s")


def _against(works: Sequence[Work], problem: Problem, plan: TimingPlan, rest: float) -> Timing:
    """Race it against another one, which runs twice."""
    own, *others = race(works, plan.budget, lambda times: plan.is_settled(*compared(*times)), rest)
    return weighed(problem, plan, own, _together(others), *compared(own, *others))


def _together(times: Sequence[Times]) -> Times:
    return Times(tuple(sample for each in times for sample in each.samples))


def weighed(
    problem: Problem, plan: TimingPlan, times: Times, other: Times | None, found: float, seen: float
) -> Timing:
    """Return what a ratio means: slower than allowed by more than the noise, or nothing where there is more noise."""
    verdict, reason = Verdict.PASS, None
    if plan.allowed is not None and found - 1 > plan.allowed + seen:
        verdict, reason = Verdict.FAIL, f"{found - 1:.0%} slower"
    elif plan.allowed is not None and seen > plan.allowed:
        verdict, reason = Verdict.INCONCLUSIVE, "the noise is larger than what is allowed"
    return Timing(
        problem=str(problem),
        times=times,
        other=other,
        ratio=found,
        noise=seen,
        verdict=verdict,
        reason=reason,
    )


def _work(kernel: Kernel, problem: Problem, plan: TimingPlan) -> Work:
    case = kernel.express(problem.case)
    if isinstance(kernel, Timeable):
        return FreshWork(kernel, case, plan.dtype, plan.backward, plan.clock, plan.inexact)
    tensors, dout = random_tensors(case, plan.dtype, plan.backward)
    return kernel.work(case, plan.dtype, tensors, dout, plan.clock)
