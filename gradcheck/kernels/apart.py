"""Judging a kernel in a process of its own: one that crashes or hangs fails where it does, and the run goes on.

The judge stays here, with the inputs, the truth and the verdict. Where the platform has no workers, kernel and judge
share a process of their own (`gradcheck.kernels.unwalled`), and the report says so.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import msgspec

from gradcheck.isolation.levels import UNISOLATED, Level, has_workers
from gradcheck.kernels import library, unwalled
from gradcheck.kernels.choosing import Asked
from gradcheck.kernels.engine import KernelPlan, judge_problem, report_of
from gradcheck.kernels.kernel import Ended, Kernel
from gradcheck.kernels.problems import Problem
from gradcheck.kernels.report import KernelReport, ProblemReport
from gradcheck.kernels.resolving import opened_kernel


def is_library(target: str) -> bool:
    """Return whether a target is a function of a shared library, which is only ever called in a worker."""
    return target.rpartition(":")[0].endswith(library.SUFFIXES)


def opened_apart(
    target: str, framework: str | None, adapter: str | None, seconds: float, layer: str = "conv2d"
) -> AbstractContextManager[Kernel]:
    """Give a kernel in a process of its own, for the length of a ``with`` block. Raises KernelError."""
    if is_library(target) and adapter is None:
        return opened_kernel(target, framework)
    from gradcheck.kernels.hosted import hosted_kernel  # it needs what only Linux has

    return hosted_kernel(target, framework, adapter, seconds, layer)


@dataclass(frozen=True)
class Apart:
    """A kernel by its name, which runs in another process; no check may take longer than `seconds`."""

    target: str
    framework: str | None
    seconds: float = 600.0

    def judge(
        self, asked: Asked, plan: KernelPlan, notify: Callable[[str], None] = lambda text: None
    ) -> KernelReport:
        """Judge the kernel on problems of one layer. Raises KernelError."""
        if not has_workers():
            report = unwalled.Unwalled(self.target, self.framework, self.seconds).judge(asked, plan, notify)
            return msgspec.structs.replace(report, notes=(UNISOLATED, *report.notes))
        started, reports = time.perf_counter(), list[ProblemReport]()
        with opened_apart(self.target, self.framework, plan.adapter, self.seconds, asked.layer) as kernel:
            problems = asked.problems(kernel, plan.dtype, plan.seed)
            for number, problem in enumerate(problems, 1):
                reports.append(_judged_on(kernel, problem, plan))
                notify(f"{problem}  ({number} of {len(problems)})")
            title, notes = kernel.title, kernel.traits.notes
        return report_of(self.target, title, asked.layer, plan, reports, started, notes, Level.RLIMITS)


def _judged_on(kernel: Kernel, problem: Problem, plan: KernelPlan) -> ProblemReport:
    """Judge a kernel on one problem; if its process ends, the report says so, and in which check."""
    check, started = "", time.perf_counter()

    def begin(name: str) -> None:
        nonlocal check
        check = name
        session = getattr(kernel, "session", None)
        if session is not None:
            session.began = time.monotonic()

    try:
        return judge_problem(kernel, problem, plan, begin)
    except Ended as end:
        return unwalled.ended(str(problem), check, end.verdict, str(end), time.perf_counter() - started)
