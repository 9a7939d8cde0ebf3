"""The only loop: targets x subjects x cases x checks -> Report."""

import contextlib
import io
import time
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from gradcheck import checks, dialects, layers
from gradcheck.case import Case
from gradcheck.cases import cases_for
from gradcheck.contract import MODEL, Check, Dialect, Subject
from gradcheck.diagnosis import diagnosed
from gradcheck.judging import judge_subject
from gradcheck.loading import Loaded, LoadError, Namespace
from gradcheck.models import judge_model
from gradcheck.report import PartReport, Report, TargetReport, Verdict, worst
from gradcheck.worker.limits import Limits
from gradcheck.worker.opening import level_for, opened

DEFAULT_CASES = 16

Progress = Callable[[str, str], None]
"""Told the target, and the layer that is judged next."""

JUDGED = (*layers.BY_NAME, MODEL)
"""What can be asked for by name."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to verify: which layers and checks (all by default), on how many random cases, from which seed.

    `isolation` says where the code runs: the name of a level, ``"strongest"``, or ``"files"``, which is the strongest
    for files and folders, and this process for modules. `limits` are those of a worker.
    """

    dialect: str | None = None
    layers: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    cases: int = DEFAULT_CASES
    seed: int = 0
    only: Case | None = None
    isolation: str = "process"
    limits: Limits = Limits()  # noqa: RUF009 - frozen


class Sink(io.TextIOBase):
    """Where a subject's prints go: nowhere."""

    def write(self, text: str) -> int:
        """Take the text and forget it."""
        return len(text)


@contextlib.contextmanager
def quiet(seed: int) -> Iterator[None]:
    """Keep a subject's prints, warnings and global random numbers to itself, and make the latter repeat."""
    state = np.random.get_state()
    np.random.seed(seed % 2**32)
    try:
        with (
            contextlib.redirect_stdout(Sink()),
            contextlib.redirect_stderr(Sink()),
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)


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
    plan = plan or Plan()
    _known("layer", plan.layers, JUDGED)
    _known("check", plan.checks, checks.BY_NAME)
    _known("dialect", (plan.dialect,) if plan.dialect else (), dialects.BY_NAME)
    started = time.perf_counter()
    reports = tuple(
        _verify_target(target, plan, progress or (lambda target, layer: None)) for target in targets
    )
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
        with opened(target, level, plan.limits) as loaded:
            report = _verify_loaded(loaded, plan, progress)
    except LoadError as problem:
        report = TargetReport(
            target=target, dialect=None, verdict=Verdict.ERROR, parts=(), error=str(problem)
        )
    return msgspec.structs.replace(report, isolation=level)


def _verify_loaded(loaded: Loaded, plan: Plan, progress: Progress) -> TargetReport:
    dialect = dialects.choose(loaded.namespaces, plan.dialect)
    if dialect is None:
        return _unknown(loaded, plan)
    loaded.seed(plan.seed)
    with quiet(plan.seed):
        spaces = [space.members for space in _supported(loaded, dialect)]
        subjects = [
            replace(subject, life=loaded.lives) for members in spaces for subject in dialect.subjects(members)
        ]
        models = [model for members in spaces for model in dialect.models(members)]
    names = plan.layers if plan.only is None else (plan.only.layer.name,)
    wanted = [subject for subject in subjects if not names or subject.layer.name in names]
    models = models if not names or MODEL in names else []
    if not wanted and not models:
        why = f"none of the layers {', '.join(names)}" if names else "no whole layer"
        return _nothing(loaded, dialect, f"it defines {why}")
    parts: list[PartReport] = []
    for subject in wanted:
        progress(loaded.target, subject.layer.name)
        loaded.seed(plan.seed)
        with quiet(plan.seed):
            parts += _judge(subject, plan)
    for model in models:
        progress(loaded.target, MODEL)
        with quiet(plan.seed):
            parts += judge_model(model, plan.checks, plan.seed)
    verdict = worst(part.verdict for part in parts)
    if verdict is Verdict.SKIP:
        return _nothing(loaded, dialect, _idle(dialect, plan), tuple(parts))
    if all(part.verdict is Verdict.MISSING for part in parts):
        return _nothing(loaded, dialect, "there are only stubs in it", tuple(parts))
    return TargetReport(
        target=loaded.target, dialect=dialect.name, verdict=verdict, parts=tuple(parts), notes=loaded.notes
    )


def _supported(loaded: Loaded, dialect: Dialect) -> Iterator[Namespace]:
    """Yield the namespaces, each with what the dialect adds to those that do not define it."""
    added = loaded.support(dialect.support) if dialect.support else [{}] * len(loaded.namespaces)
    for space, extra in zip(loaded.namespaces, added, strict=True):
        yield replace(space, members={**extra, **space.members})


def _judge(subject: Subject, plan: Plan) -> list[PartReport]:
    chosen = [check for check in checks.CHECKS if not plan.checks or check.name in plan.checks]
    if plan.only is None:
        reports = judge_subject(subject, cases_for(subject, plan.cases, plan.seed), chosen)
    else:
        reports = judge_subject(subject, [plan.only], [_just_on(plan.only, check) for check in chosen])
    return [diagnosed(subject, report, plan.seed, shrink=plan.only is None) for report in reports]


def _just_on(only: Case, check: Check) -> Check:
    """Return the check, to run on that very case if a verification would, and on no other."""
    return replace(check, derive=lambda case: iter([only] if check.asks(only) else []))


def _idle(dialect: Dialect, plan: Plan) -> str:
    """Say why no check had anything to do."""
    if plan.only is None:
        return "none of the checks means anything for what it defines"
    return f"no check runs on this case: {dialect.name} code cannot express it, or no check asks for it"


def _unknown(loaded: Loaded, plan: Plan) -> TargetReport:
    looked = {name: dialects.BY_NAME[name] for name in ([plan.dialect] if plan.dialect else dialects.BY_NAME)}
    names = "; ".join(f"{name}: {', '.join(dialect.names[:8])}, ..." for name, dialect in looked.items())
    error = f"nothing in it that any dialect knows. Looked for: {names}"
    return TargetReport(
        target=loaded.target, dialect=None, verdict=Verdict.ERROR, parts=(), notes=loaded.notes, error=error
    )


def _nothing(loaded: Loaded, dialect: Dialect, why: str, parts: tuple[PartReport, ...] = ()) -> TargetReport:
    verdict = worst(part.verdict for part in parts) if parts else Verdict.ERROR
    return TargetReport(
        target=loaded.target,
        dialect=dialect.name,
        verdict=verdict,
        parts=parts,
        notes=loaded.notes,
        error=why,
    )
