"""Judge one loaded target: what a dialect finds in it, layer by layer, and the report."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, takewhile

from gradcheck.calling.quiet import quiet
from gradcheck.checks.check import Check
from gradcheck.contract import MODEL, Case, Subject
from gradcheck.diagnosis import diagnosed
from gradcheck.judging.part import judge_subject
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

Progress = Callable[[str, str], None]
"""Called with the target and the layer that is judged next; `MODEL` for a whole network."""


@dataclass(frozen=True)
class Found:
    """What a dialect finds in a target, restricted to what the plan asks for."""

    loaded: Loaded
    dialect: Dialect
    subjects: tuple[Subject, ...]
    models: tuple[Model, ...]


def find(loaded: Loaded, plan: Plan) -> Found | TargetReport:
    """Return what to judge in a target, or the report that says why there is nothing to judge."""
    dialect = dialects.choose(loaded.namespaces, plan.dialect)
    if dialect is None:
        return _unknown(loaded, plan)
    names = plan.layers if plan.only is None else (plan.only.layer.name,)
    subjects, models = _implemented(loaded, dialect, plan.seed)
    subjects = [plan.demanding(each) for each in subjects if not names or each.layer.name in names]
    models = models if not names or MODEL in names else []
    if not subjects and not models:
        why = f"none of the layers {', '.join(names)}" if names else "no whole layer"
        return _nothing(loaded, dialect, f"it defines {why}")
    return Found(loaded, dialect, tuple(subjects), tuple(models))


def judge_target(loaded: Loaded, plan: Plan, progress: Progress) -> TargetReport:
    """Return the report of everything in a target that the plan asks for."""
    found = find(loaded, plan)
    if isinstance(found, TargetReport):
        return found
    return _report(found, plan, tuple(chain.from_iterable(_judged(found, plan, progress))))


def _judged(found: Found, plan: Plan, progress: Progress) -> list[Sequence[PartReport]]:
    """Return the reports of each layer and each whole network."""
    what: list[Subject | Model] = [*found.subjects, *found.models]
    loaded = found.loaded

    def notify(index: int) -> None:
        each = what[index]
        progress(loaded.target, each.layer.name if isinstance(each, Subject) else MODEL)

    works = [partial(_parts, loaded, each, plan) for each in what]
    if plan.processes > 1 and len(works) > 1 and loaded.apart is not None:
        return shared(works, loaded.apart, notify)
    reports: list[Sequence[PartReport]] = []
    for index, work in enumerate(works):
        notify(index)
        reports.append(work())
    return reports


def _implemented(loaded: Loaded, dialect: Dialect, seed: int) -> tuple[list[Subject], list[Model]]:
    """Return the layers and the whole networks that a dialect finds."""
    # Finding a subject may run its code: a dialect detects conventions by trying them.
    loaded.seed(seed)
    with quiet(seed):
        spaces = list(_supported(loaded, dialect))
        found = [
            (space.name, subject)
            for space in spaces
            for subject in dialects.subjects_in(dialect, space.members)
        ]
        models = [model for space in spaces for model in dialect.models(space.members)]
    return [replace(subject, life=loaded.lives) for subject in distinguished(found)], models


def distinguished(found: Sequence[tuple[str, Subject]]) -> list[Subject]:
    """Return the subjects, renamed so that no two functions in different modules have the same name.

    `found` has each subject with the dotted name of its module. A folder may hold the files of a whole class: then
    function names are ambiguous, and get the module's name in front. The dotted prefix that these modules share is
    dropped.
    """
    homes: Mapping[str, set[str]] = defaultdict(set)
    for home, subject in found:
        for name in subject.functions.values():
            homes[name].add(home)
    unclear = {name: places for name, places in homes.items() if len(places) > 1}
    above = [home.split(".")[:-1] for places in unclear.values() for home in places]
    common = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, zip(*above, strict=False)))

    def named(home: str, subject: Subject) -> Subject:
        front = ".".join(home.split(".")[common:])
        functions = {
            p: f"{front}.{name}" if name in unclear else name for p, name in subject.functions.items()
        }
        return replace(subject, functions=functions)

    return [named(home, subject) for home, subject in found]


def _supported(loaded: Loaded, dialect: Dialect) -> Iterator[Namespace]:
    """Yield the namespaces, each with the names of the dialect's support module that it does not define itself."""
    here = [names_in(dialect.support) if dialect.support else {}] * len(loaded.namespaces)
    added = loaded.support(dialect.support) if dialect.support and loaded.support else here
    for space, extra in zip(loaded.namespaces, added, strict=True):
        yield replace(space, members={**extra, **space.members})


def _parts(loaded: Loaded, what: Subject | Model, plan: Plan) -> list[PartReport]:
    # Seeded for each layer: a subject that draws random numbers gives the same result in any order of layers.
    loaded.seed(plan.seed)
    with quiet(plan.seed):
        if isinstance(what, Subject):
            return _judge(what, plan)
        return judge_model(what, plan.checks, plan.seed)


def _judge(subject: Subject, plan: Plan) -> list[PartReport]:
    if plan.only is None:
        reports = judge_subject(subject, cases_for(subject, plan.cases, plan.seed), plan.chosen)
    else:
        reports = judge_subject(subject, [plan.only], [_just_on(plan.only, check) for check in plan.chosen])
    return [diagnosed(subject, report, plan.seed, shrink=plan.only is None) for report in reports]


def _just_on(only: Case, check: Check) -> Check:
    """Return the check restricted to that case, on which it runs only if a verification would run it there."""
    return replace(check, derive=lambda case: iter([only] if check.asks(only) else []))


def _report(found: Found, plan: Plan, parts: tuple[PartReport, ...]) -> TargetReport:
    loaded, dialect = found.loaded, found.dialect
    verdict = worst(part.verdict for part in parts)
    if verdict is Verdict.SKIP:
        return _nothing(loaded, dialect, _idle(dialect, plan), parts)
    if all(part.verdict is Verdict.MISSING for part in parts):
        return _nothing(loaded, dialect, "there are only stubs in it", parts)
    return TargetReport(
        target=loaded.target,
        dialect=dialect.name,
        verdict=verdict,
        parts=parts,
        notes=loaded.notes,
        promised=plan.promised,
        declared=plan.declared,
    )


def _idle(dialect: Dialect, plan: Plan) -> str:
    """Return why no check ran."""
    if plan.only is None:
        return "none of the checks applies to what it defines"
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
