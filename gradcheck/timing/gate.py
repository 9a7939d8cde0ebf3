"""Is a kernel as fast as another one, or as before? Only what is slower beyond the noise is held against it."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from gradcheck.contract import SubjectError
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.fills import random_tensors
from gradcheck.kernels.kernel import Kernel, Work
from gradcheck.kernels.problems import Problem
from gradcheck.kernels.verify import unheard
from gradcheck.report import Verdict, worst
from gradcheck.text import one_line
from gradcheck.timing.history import Known
from gradcheck.timing.race import Race, Times, Timing, TimingReport, compared, drift

QUIET = 0.25
"""A race goes on until the noise is below this part of what is allowed."""

CURIOUS = 0.05
"""What counts as quiet where nothing is allowed or forbidden, times four."""


@dataclass(frozen=True, kw_only=True)
class Contest:
    """How to time a kernel.

    Attributes
    ----------
    dtype : Dtype
        The number format.
    against : Kernel, optional
        The kernel to compare with, in the same run.
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
    """

    dtype: Dtype
    against: Kernel | None = None
    baseline: Mapping[str, Known] | None = None
    allowed: float | None = None
    backward: bool = False
    budget: float = 5.0
    clock: str = "wall"
    threads: int | None = None

    def is_quiet(self, found: float) -> bool:
        """Tell whether noise is small enough to judge by."""
        return found <= QUIET * (CURIOUS * 4 if self.allowed is None else self.allowed)

    def is_settled(self, found: float, seen: float) -> bool:
        """Tell whether more rounds would say nothing else of a ratio: it is quiet, and not near the limit."""
        is_near = self.allowed is not None and abs(found - 1 - self.allowed) <= seen
        return self.is_quiet(seen) and not is_near


def timed(
    kernel: Kernel,
    problems: Sequence[Problem],
    contest: Contest,
    tell: Callable[[str], None] = lambda text: None,
) -> TimingReport:
    """Time a kernel on problems of one layer, at least one."""
    started = time.perf_counter()
    timings = []
    for number, problem in enumerate(problems, 1):
        tell(f"{problem}  ({number} of {len(problems)})")
        timings.append(_timed(kernel, problem, contest))
    return TimingReport(
        verdict=worst(timing.verdict for timing in timings),
        target=kernel.target,
        title=kernel.title,
        against=contest.against.target if contest.against else None,
        layer=problems[0].case.layer.name,
        dtype=contest.dtype.name,
        allowed=contest.allowed,
        seconds=time.perf_counter() - started,
        timings=tuple(timings),
    )


def _timed(kernel: Kernel, problem: Problem, contest: Contest) -> Timing:
    why = next((why for each in _kernels(kernel, contest) if (why := _skips(each, problem, contest))), None)
    if why is not None:
        return Timing(problem=str(problem), times=None, verdict=Verdict.SKIP, reason=why)
    try:
        with unheard(), _limited(kernel, contest), _limited(contest.against or kernel, contest):
            return _raced(kernel, problem, contest)
    except SubjectError as trouble:
        return Timing(problem=str(problem), times=None, verdict=Verdict.ERROR, reason=one_line(trouble))


def _kernels(kernel: Kernel, contest: Contest) -> list[Kernel]:
    return [kernel, contest.against] if contest.against else [kernel]


def _limited(kernel: Kernel, contest: Contest) -> AbstractContextManager[object]:
    limit = None if contest.threads is None else kernel.threads(contest.threads)
    return nullcontext() if limit is None else limit


def _skips(kernel: Kernel, problem: Problem, contest: Contest) -> str | None:
    if contest.backward and not kernel.has_backward:
        return "; ".join([f"{kernel.target} has no gradients", *kernel.notes])
    return kernel.skips(kernel.express(problem.case), contest.dtype)


def _raced(kernel: Kernel, problem: Problem, contest: Contest) -> Timing:
    """Race the kernel against the other one, or against itself and what is known from before."""
    own = _work(kernel, problem, contest)
    if contest.against is not None:
        other = _work(contest.against, problem, contest)
        return _against(Race([own, other, other]), problem, contest)
    found = Race([own, own]).run(contest.budget, lambda times: contest.is_quiet(drift(*times)))
    times, seen = _together(found), drift(*found)
    known = (contest.baseline or {}).get(str(problem))
    if known is None:
        why = None if contest.baseline is None else "the baseline has no such problem"
        return Timing(problem=str(problem), times=times, noise=seen, reason=why)
    return judged(problem, contest, times, known.times, times.typical / known.typical, seen + known.noise)


def _against(race: Race, problem: Problem, contest: Contest) -> Timing:
    """Race it against another one, which runs twice."""
    own, *others = race.run(contest.budget, lambda times: contest.is_settled(*compared(*times)))
    return judged(problem, contest, own, _together(others), *compared(own, *others))


def _together(times: Sequence[Times]) -> Times:
    return Times(samples=tuple(sample for each in times for sample in each.samples))


def judged(
    problem: Problem, contest: Contest, times: Times, other: Times | None, found: float, seen: float
) -> Timing:
    """Return what a ratio means: slower than allowed by more than the noise, or nothing where there is more noise."""
    verdict, reason = Verdict.PASS, None
    if contest.allowed is not None and found - 1 > contest.allowed + seen:
        verdict, reason = Verdict.FAIL, f"{found - 1:.0%} slower"
    elif contest.allowed is not None and seen > contest.allowed:
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


def _work(kernel: Kernel, problem: Problem, contest: Contest) -> Work:
    case = kernel.express(problem.case)
    tensors, dout = random_tensors(case, contest.dtype, contest.backward)
    return kernel.work(case, contest.dtype, tensors, dout, contest.clock)
