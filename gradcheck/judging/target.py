"""Judging one target that is loaded: what a dialect finds in it, layer by layer, and its report."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from gradcheck import checks
from gradcheck.calling.quiet import quiet
from gradcheck.checks.check import Check
from gradcheck.contract import MODEL, Case, Subject
from gradcheck.diagnosis import diagnosed
from gradcheck.judging import judge_subject
from gradcheck.judging.naming import told_apart
from gradcheck.judging.plan import Plan
from gradcheck.judging.sharing import shared
from gradcheck.layers.cases import cases_for
from gradcheck.models import judge_model
from gradcheck.models.network import Model
from gradcheck.report import PartReport, TargetReport, Verdict, worst
from gradcheck.subjects import dialects
from gradcheck.subjects.dialects.dialect import Dialect
from gradcheck.subjects.dialects.support import names_in
from gradcheck.subjects.loading import Loaded, Namespace

Progress = Callable[[str, str, Subject | None], None]
"""Told the target, the layer that is judged next, and who implements it; a whole network is no subject."""


def judge_target(loaded: Loaded, plan: Plan, progress: Progress) -> TargetReport:
    """Return the report of everything in a target that the plan asks for."""
    dialect = dialects.choose(loaded.namespaces, plan.dialect)
    if dialect is None:
        return _unknown(loaded, plan)
    names = plan.layers if plan.only is None else (plan.only.layer.name,)
    subjects, models = _implemented(loaded, dialect, plan.seed)
    subjects = [subject for subject in subjects if not names or subject.layer.name in names]
    models = models if not names or MODEL in names else []
    if not subjects and not models:
        why = f"none of the layers {', '.join(names)}" if names else "no whole layer"
        return _nothing(loaded, dialect, f"it defines {why}")
    found = _judged(loaded, [*subjects, *(models if plan.judge else [])], plan, progress)
    return _report(loaded, dialect, plan, tuple(chain.from_iterable(found)))


def _judged(
    loaded: Loaded, what: Sequence[Subject | Model], plan: Plan, progress: Progress
) -> list[Sequence[PartReport]]:
    """Return the reports of each layer and each whole network, told when it is begun with."""

    def tell(index: int) -> None:
        each = what[index]
        if isinstance(each, Subject):
            progress(loaded.target, each.layer.name, each)
        else:
            progress(loaded.target, MODEL, None)

    works = [partial(_parts, loaded, each, plan) for each in what]
    if plan.processes > 1 and plan.judge and len(works) > 1 and loaded.apart is not None:
        return shared(works, loaded.apart, tell)
    found: list[Sequence[PartReport]] = []
    for index, work in enumerate(works):
        tell(index)
        found.append(work())
    return found


def _implemented(loaded: Loaded, dialect: Dialect, seed: int) -> tuple[list[Subject], list[Model]]:
    """Return the layers and the whole networks that a dialect finds."""
    loaded.seed(seed)
    with quiet(seed):
        spaces = list(_supported(loaded, dialect))
        found = [(space.name, subject) for space in spaces for subject in dialect.subjects(space.members)]
        models = [model for space in spaces for model in dialect.models(space.members)]
    return [replace(subject, life=loaded.lives) for subject in told_apart(found)], models


def _supported(loaded: Loaded, dialect: Dialect) -> Iterator[Namespace]:
    """Yield the namespaces, each with what the dialect adds to those that do not define it."""
    here = [names_in(dialect.support) if dialect.support else {}] * len(loaded.namespaces)
    added = loaded.support(dialect.support) if dialect.support and loaded.support else here
    for space, extra in zip(loaded.namespaces, added, strict=True):
        yield replace(space, members={**extra, **space.members})


def _parts(loaded: Loaded, what: Subject | Model, plan: Plan) -> list[PartReport]:
    loaded.seed(plan.seed)
    with quiet(plan.seed):
        if isinstance(what, Subject):
            return _judge(what, plan)
        return judge_model(what, plan.checks, plan.seed)


def _judge(subject: Subject, plan: Plan) -> list[PartReport]:
    chosen = [check for check in checks.CHECKS if not plan.checks or check.name in plan.checks]
    if not plan.judge:
        return judge_subject(subject, (), chosen)
    if plan.only is None:
        reports = judge_subject(subject, cases_for(subject, plan.cases, plan.seed), chosen)
    else:
        reports = judge_subject(subject, [plan.only], [_just_on(plan.only, check) for check in chosen])
    return [diagnosed(subject, report, plan.seed, shrink=plan.only is None) for report in reports]


def _just_on(only: Case, check: Check) -> Check:
    """Return the check, to run on that very case if a verification would, and on no other."""
    return replace(check, derive=lambda case: iter([only] if check.asks(only) else []))


def _report(loaded: Loaded, dialect: Dialect, plan: Plan, parts: tuple[PartReport, ...]) -> TargetReport:
    verdict = worst(part.verdict for part in parts)
    if verdict is Verdict.SKIP:
        return _nothing(loaded, dialect, _idle(dialect, plan), parts)
    if all(part.verdict is Verdict.MISSING for part in parts):
        return _nothing(loaded, dialect, "there are only stubs in it", parts)
    return TargetReport(
        target=loaded.target, dialect=dialect.name, verdict=verdict, parts=parts, notes=loaded.notes
    )


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
