"""From targets to a report: each target is opened, judged and closed."""

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import msgspec

from gradcheck.isolation.levels import Level
from gradcheck.isolation.opening import level_for, opened
from gradcheck.judging.hinting import hinted
from gradcheck.judging.plan import Plan
from gradcheck.judging.target import Found, Progress, find, judge_target
from gradcheck.layers.outside.registry import discover
from gradcheck.report import Report, TargetReport, Verdict, worst
from gradcheck.subjects.loading import Loaded, LoadError, Namespace
from gradcheck.subjects.loading.errors import Unavailable
from gradcheck.subjects.submissions import submissions

Answer = TypeVar("Answer")


def verify(targets: Sequence[str], plan: Plan | None = None, progress: Progress | None = None) -> Report:
    """Verify files, modules or packages.

    Parameters
    ----------
    targets : sequence of str
        Names of modules, and paths of ``.py`` files, notebooks, archives and folders.
    plan : Plan, optional
        What to verify; everything by default.
    progress : callable, optional
        Called with the target and the name of each layer before it is judged.

    Returns
    -------
    Report
        It includes targets that cannot be judged, with the reason in their `error`.

    Raises
    ------
    ValueError
        If the plan names a layer, check, dialect, package or adapter that does not exist.
    """
    plan, progress, started = plan or Plan(), progress or _silent, time.perf_counter()
    _discover()
    plan.refuse_unknown()
    several = [one for target in targets for one in _submissions(target, plan)]
    return _reported([_verify_target(target, plan, progress) for target in several], plan, started)


def verify_whole(
    target: str, plan: Plan, then: Callable[[Loaded, TargetReport], None] | None = None
) -> TargetReport:
    """Verify one target as one submission, also where it is a folder that holds several.

    Parameters
    ----------
    target : str
        The file or folder.
    plan : Plan
        What to verify.
    then : callable, optional
        Called with the target while it is still open, and with its report.

    Raises
    ------
    Unavailable
        If this machine cannot run it: that is not a verdict on it.
    ValueError
        If the plan names a layer, check, dialect, package or adapter that does not exist.
    """
    _discover()
    plan.refuse_unknown()
    return _verify_target(target, plan, _silent, relays=Unavailable, then=then)


def verify_functions(functions: Mapping[str, object], plan: Plan | None = None) -> Report:
    """Verify functions or classes of this process, under names that a dialect knows.

    Parameters
    ----------
    functions : mapping
        The names that a file would define: ``{"conv2d_forward": ..., "conv2d_backward": ...}``.
    plan : Plan, optional
        What to verify; everything by default.

    Returns
    -------
    Report
        The report has one target, named after the functions.

    Raises
    ------
    ValueError
        If the plan names a layer, check, dialect, package or adapter that does not exist.
    """
    plan, name, started = plan or Plan(), ", ".join(functions), time.perf_counter()
    _discover()
    plan.refuse_unknown()
    if plan.adapter is not None:
        raise ValueError("an adapter stands for what a file or a module defines: functions need none")
    loaded = Loaded(name, (Namespace(name, None, dict(functions)),), ())
    judged = hinted(judge_target(loaded, plan, _silent), loaded, plan)
    found = msgspec.structs.replace(judged, isolation=Level.PROCESS)
    return _reported([found], plan, started)


def _submissions(target: str, plan: Plan) -> tuple[str, ...]:
    """Return what is judged for a target, each by itself; where nothing keeps them apart only if that is asked for."""
    is_one = plan.root is not None or plan.isolation == Level.PROCESS
    return (target,) if is_one and not plan.each else submissions(target, each=plan.each)


def _discover() -> None:
    """Add the layers of installed packages; warn of those that cannot be imported."""
    for complaint in discover():
        warnings.warn(complaint, stacklevel=3)


def look(target: str, plan: Plan) -> Found | TargetReport:
    """Return what `verify` would judge in a target, or the report that says why there is nothing to judge."""
    return in_opened(target, plan, lambda loaded: find(loaded, plan))


def _silent(target: str, layer: str) -> None:
    """Report no progress."""


def _verify_target(
    target: str,
    plan: Plan,
    progress: Progress,
    relays: type[LoadError] | tuple[()] = (),
    then: Callable[[Loaded, TargetReport], None] | None = None,
) -> TargetReport:
    def judged(loaded: Loaded) -> TargetReport:
        report = hinted(judge_target(loaded, plan, progress), loaded, plan)
        if then is not None:
            then(loaded, report)
        return report

    return in_opened(target, plan, judged, relays)


def in_opened(
    target: str, plan: Plan, use: Callable[[Loaded], Answer], relays: type[LoadError] | tuple[()] = ()
) -> Answer | TargetReport:
    """Open a target, use it and close it; if it cannot be opened, return a report that says why.

    What `relays` names is raised instead.
    """
    level, left_alone = None, 0
    found: Answer | TargetReport
    try:
        level = level_for(target, plan.isolation)
        # Each process has a worker, and together they must stay within the memory of one.
        limits = replace(plan.limits, memory=plan.limits.memory // plan.processes)
        adapter = plan.read_adapter()
        with opened(target, level, limits, wish=plan.isolation, adapter=adapter, root=plan.root) as loaded:
            found, left_alone = use(loaded), loaded.left_alone
    except LoadError as problem:
        if isinstance(problem, relays):
            raise
        found = TargetReport(target=target, dialect=None, verdict=Verdict.ERROR, parts=(), error=str(problem))
    if not isinstance(found, TargetReport):
        return found
    packages = () if level in (None, Level.PROCESS) else plan.limits.packages
    place = {"isolation": level, "packages": packages, "adapter": plan.adapter, "left_alone": left_alone}
    return msgspec.structs.replace(found, **place, root=plan.root)


def _reported(targets: Sequence[TargetReport], plan: Plan, started: float) -> Report:
    """Return the report of all targets."""
    return Report(
        verdict=worst(target.verdict for target in targets),
        seconds=round(time.perf_counter() - started, 3),
        seed=plan.seed,
        targets=tuple(targets),
    )
