"""The only loop: targets x subjects x cases x checks -> Report."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import msgspec

from gradcheck import checks
from gradcheck.contract import Subject
from gradcheck.isolation.opening import level_for, opened
from gradcheck.judging.plan import JUDGED, Plan
from gradcheck.judging.target import Progress, judge_target
from gradcheck.report import Report, TargetReport, Verdict, worst
from gradcheck.subjects import dialects
from gradcheck.subjects.loading import Loaded, LoadError, Namespace


def verify(targets: Sequence[str], plan: Plan | None = None, progress: Progress | None = None) -> Report:
    """Verify files, modules or packages.

    Parameters
    ----------
    targets : sequence of str
        Dotted modules, paths of ``.py`` files, of notebooks, of package folders.
    plan : Plan, optional
        What to verify; everything by default.
    progress : callable, optional
        Told the target and each layer before it is judged.

    Returns
    -------
    Report
        A target that cannot be judged is in it, with the reason in its `error`.

    Raises
    ------
    ValueError
        If the plan names a layer, check or dialect that does not exist.
    """
    plan, tell = plan or Plan(), progress or _silent
    return _reported(plan, (_verify_target(target, plan, tell) for target in targets))


def _silent(target: str, layer: str, subject: Subject | None) -> None:
    """Tell nobody."""


def verify_functions(functions: Mapping[str, object], plan: Plan | None = None) -> Report:
    """Verify functions or classes at hand, by the names that a dialect knows.

    Parameters
    ----------
    functions : mapping
        What a file would define: ``{"conv2d_forward": ..., "conv2d_backward": ...}``.
    plan : Plan, optional
        What to verify; everything by default.

    Returns
    -------
    Report
        Of one target, which is called after what it has.

    Raises
    ------
    ValueError
        If the plan names a layer, check or dialect that does not exist.
    """
    plan, name = plan or Plan(), ", ".join(functions)
    loaded = Loaded(name, (Namespace(name, None, dict(functions)),), ())
    return _reported(plan, (judge_target(each, plan, _silent) for each in [loaded]))


def _reported(plan: Plan, targets: Iterable[TargetReport]) -> Report:
    """Return the report of targets, which are verified here, one after the other."""
    _known("layer", plan.layers, JUDGED)
    _known("check", plan.checks, checks.BY_NAME)
    _known("dialect", (plan.dialect,) if plan.dialect else (), dialects.BY_NAME)
    started = time.perf_counter()
    reports = tuple(targets)
    verdict = worst(report.verdict for report in reports)
    return Report(
        verdict=verdict, seconds=round(time.perf_counter() - started, 3), seed=plan.seed, targets=reports
    )


def _known(what: str, names: Sequence[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"there is no {what} {name!r}; there are {', '.join(known)}")


def _verify_target(target: str, plan: Plan, progress: Progress) -> TargetReport:
    level = None
    try:
        level = level_for(target, plan.isolation)
        limits = replace(plan.limits, memory=plan.limits.memory // plan.processes)
        with opened(target, level, limits) as loaded:
            report = judge_target(loaded, plan, progress)
    except LoadError as problem:
        report = TargetReport(
            target=target, dialect=None, verdict=Verdict.ERROR, parts=(), error=str(problem)
        )
    return msgspec.structs.replace(report, isolation=level)
