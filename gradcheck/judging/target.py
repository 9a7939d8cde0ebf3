"""Judge one loaded target: what a dialect finds in it, layer by layer, and the report."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, takewhile
from typing import Any

import msgspec

from gradcheck.calling.quiet import quiet
from gradcheck.checks.check import Check
from gradcheck.contract import MODEL, OPTIMIZER, Case, Subject, SubjectError
from gradcheck.diagnosis import diagnosed
from gradcheck.judging import alike, withheld
from gradcheck.judging.part import judge_subject
from gradcheck.judging.plan import Plan
from gradcheck.judging.resting import rested
from gradcheck.judging.seeds import its_own
from gradcheck.judging.sharing import shared
from gradcheck.layers.cases import cases_for
from gradcheck.models.rules import UpdateRule
from gradcheck.report import PartReport, TargetReport, Unjudged, Verdict, worst
from gradcheck.subjects import dialects
from gradcheck.subjects.dialects import near
from gradcheck.subjects.dialects.adapter import habit
from gradcheck.subjects.dialects.claiming import Claim
from gradcheck.subjects.dialects.dialect import Dialect, Whole, unpromised
from gradcheck.subjects.dialects.general import FUNCTIONS
from gradcheck.subjects.dialects.support import names_in
from gradcheck.subjects.dialects.unclaimed import unclaimed
from gradcheck.subjects.loading import Loaded, Namespace

Progress = Callable[[str, str], None]
"""Called with the target and the layer that is judged next: `MODEL` for a whole network, `OPTIMIZER` for a rule."""

MOST_REASONS = 4
"""How many of the functions that were not judged are named in the error of a target."""


@dataclass(frozen=True)
class Found:
    """What is to be judged in a target, restricted to what the plan asks for.

    `dialect` is the one of most subjects; without any, of most networks and update rules. `unjudged` lists what looks
    like a layer and is in none; `hints` are names that are nearly known ones.
    """

    loaded: Loaded
    dialect: str
    subjects: tuple[Subject, ...]
    models: tuple[Whole, ...]
    unjudged: tuple[Unjudged, ...]
    hints: tuple[str, ...]


def find(loaded: Loaded, plan: Plan) -> Found | TargetReport:
    """Return what to judge in a target, or the report that says why there is nothing to judge."""
    found = _implemented(loaded, plan)
    if not found.subjects and not found.models:
        return _unknown(found, plan)
    names = plan.layers if plan.only is None else (plan.only.layer.name,)
    subjects = tuple(plan.demanding(each) for each in found.subjects if not names or each.layer.name in names)
    models = tuple(each for each in found.models if not names or _kind_of(each) in names)
    if not subjects and not models:
        return _nothing(found, f"it defines none of the layers {', '.join(names)}")
    return replace(found, subjects=subjects, models=models)


def judge_target(
    loaded: Loaded, plan: Plan, progress: Progress, *, is_explained: bool = True
) -> TargetReport:
    """Return the report of everything in a target that the plan asks for, with each failure explained."""
    found = find(loaded, plan)
    if isinstance(found, TargetReport):
        return found
    parts = tuple(chain.from_iterable(_judged(found, plan, progress, is_explained)))
    package = withheld.withheld_from(loaded, plan)
    return _report(
        found, plan, parts if package is None else tuple(withheld.without(package, parts)), package
    )


def _judged(found: Found, plan: Plan, progress: Progress, is_explained: bool) -> list[Sequence[PartReport]]:
    """Return the reports of each layer and each whole network."""
    what: list[Subject | Whole] = [*found.subjects, *found.models]
    loaded = found.loaded

    def notify(index: int) -> None:
        each = what[index]
        progress(loaded.target, each.layer.name if isinstance(each, Subject) else _kind_of(each))

    works = [partial(_parts, loaded, each, plan, is_explained) for each in what]
    if plan.processes > 1 and len(works) > 1 and loaded.apart is not None:
        return rested(what, shared(works, loaded.apart, notify))
    reports: list[Sequence[PartReport]] = []
    for index, work in enumerate(works):
        notify(index)
        reports.append(work())
    return rested(what, reports)


def _implemented(loaded: Loaded, plan: Plan) -> Found:
    """Return the layers and the whole networks of a target, and what looks like a layer and is in no dialect."""
    # Finding a subject may run its code: what its arguments mean is found by trying them.
    loaded.seed(its_own(plan.seed))
    with quiet(its_own(plan.seed)):
        spaces = list(_supported(loaded))
        every = [(space, claim) for space in spaces for claim in _claims(space, plan)]
        wholes = dialects.models_in([space.members for space in spaces], plan.dialect)
        claimed = [(space, claim) for space, claim in every if not claim.is_unknown]
        taken = {name for _, claim in claimed for name in claim.names}
        taken |= {model.name.partition("(")[0] for _, model in wholes}
        unknown = [each for _, claim in every if claim.is_unknown for each in claim.unjudged()]
        unjudged = [
            *unknown,
            *_unclaimed(loaded, frozenset(taken | {each.name.partition(".")[0] for each in unknown})),
        ]
    claims = [claim for _, claim in claimed]
    subjects = distinguished([(space.name, claim.subject) for space, claim in claimed])
    subjects = subjects if plan.adapter is None else [unpromised(subject) for subject in subjects]
    return Found(
        loaded,
        plan.dialect or _commonest([claim.dialect for claim in claims] or [each for each, _ in wholes]),
        tuple(replace(subject, life=loaded.lives, counted=loaded.counted) for subject in subjects),
        tuple(model for _, model in wholes),
        tuple(unjudged),
        tuple(near.hints(loaded.namespaces, _names(plan, claims), taken)),
    )


def _claims(space: Namespace, plan: Plan) -> list[Claim]:
    """Return what is to be judged in a namespace.

    An adapter's function is called in every way: where none works, it says more than that it is not the family's own.
    """
    found = dialects.found_in(space.members, plan.dialect)
    fitting = [claim for claim in found if not claim.is_misfit]
    if plan.adapter is None or plan.dialect is not None or len(fitting) == len(found):
        return found
    taken = {name for claim in fitting for name in claim.names}
    rest = {name: value for name, value in space.members.items() if name not in taken}
    return [*fitting, *dialects.found_in(rest, FUNCTIONS.name)]


def _unclaimed(loaded: Loaded, taken: frozenset[str]) -> Iterator[Unjudged]:
    for space in loaded.namespaces:
        yield from unclaimed(space.members, taken, space.name)


def _commonest(found: Sequence[Dialect]) -> str:
    """Return the dialect of most subjects; the first of all where there is none."""
    counts = Counter(dialect.name for dialect in found)
    return counts.most_common(1)[0][0] if counts else dialects.DIALECTS[0].name


def _names(plan: Plan, found: Sequence[Claim]) -> list[str]:
    """Return the names that a near miss may stand for: of the dialects that have functions here, or else of all."""
    here = {claim.dialect.name: claim.dialect for claim in found if claim.dialect.names}
    asked = [dialects.BY_NAME[plan.dialect]] if plan.dialect else dialects.DIALECTS
    return list(dict.fromkeys(name for dialect in here.values() or asked for name in dialect.names))


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


def _supported(loaded: Loaded) -> Iterator[Namespace]:
    """Yield the namespaces, each with the names of the dialects' support modules that it does not define itself."""
    modules = dict.fromkeys(dialect.support for dialect in dialects.DIALECTS if dialect.support)
    added = [_support(loaded, module) for module in modules]
    for number, space in enumerate(loaded.namespaces):
        more = {name: value for each in added for name, value in each[number].items()}
        yield replace(space, members={**more, **space.members})


def _support(loaded: Loaded, module: str) -> Sequence[Mapping[str, Any]]:
    """Return the names of a support module for each namespace, from where the code lives."""
    if loaded.support is not None:
        return loaded.support(module)
    return [names_in(module)] * len(loaded.namespaces)


def _parts(loaded: Loaded, what: Subject | Whole, plan: Plan, is_explained: bool) -> list[PartReport]:
    # Seeded for each layer: a subject that draws random numbers gives the same result in any order of layers.
    loaded.seed(its_own(plan.seed))
    with quiet(its_own(plan.seed)):
        if isinstance(what, Subject):
            same = alike.identity(loaded, what, plan, is_explained)
            return alike.once(same, loaded, partial(_explained if is_explained else _judge, what, plan))
        # Here, as with it comes everything that judges any two functions, which few files need.
        from gradcheck.models.judging import judge_model
        from gradcheck.models.stepping import judge_rule

        if isinstance(what, UpdateRule):
            return judge_rule(what, plan.checks, plan.seed)

        return judge_model(what, plan.checks, plan.seed)


def _explained(subject: Subject, plan: Plan) -> list[PartReport]:
    return [_diagnosed(subject, each, plan) for each in _judge(subject, plan)]


def _kind_of(what: Whole) -> str:
    """Return what the report calls the layer of what is none."""
    return OPTIMIZER if isinstance(what, UpdateRule) else MODEL


def _judge(subject: Subject, plan: Plan) -> list[PartReport]:
    if plan.only is None:
        cases = cases_for(subject, plan.cases, plan.seed, thorough=plan.thorough)
        return judge_subject(subject, cases, plan.chosen)
    return judge_subject(subject, [plan.only], [just_on(plan.only, check) for check in plan.chosen])


def _diagnosed(subject: Subject, report: PartReport, plan: Plan) -> PartReport:
    """Return the report with its failures explained; as it is where explaining fails, as no verdict depends on that."""
    try:
        return diagnosed(subject, report, plan.seed, shrink=plan.only is None)
    except SubjectError as problem:  # its time is over, or its process lost
        said = habit(f"why it fails could not be worked out: {problem}")
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        kind = type(problem).__name__
        said = habit(f"why it fails could not be worked out ({kind} in the suite): please report this")
    return msgspec.structs.replace(report, findings=(*report.findings, said))


def just_on(only: Case, check: Check) -> Check:
    """Return the check restricted to that case, on which it runs only if a verification would run it there."""
    return replace(check, derive=lambda case: iter([only] if check.asks(only) else []))


def _report(found: Found, plan: Plan, parts: tuple[PartReport, ...], package: str | None) -> TargetReport:
    verdict = worst(part.verdict for part in parts)
    lacking = () if package is None or not withheld.is_lacking(parts) else (withheld.sentence(package),)
    if verdict is Verdict.SKIP:
        return _nothing(found, _idle(found.dialect, plan, parts), parts)
    if all(part.verdict is Verdict.MISSING for part in parts):
        return _nothing(found, lacking[0] if lacking else "there are only stubs in it", parts)
    return TargetReport(
        target=found.loaded.target,
        dialect=found.dialect,
        verdict=verdict,
        parts=parts,
        notes=(*found.loaded.notes, *found.hints, *lacking),
        promised=plan.promised,
        declared=plan.declared,
        unjudged=found.unjudged,
    )


def _idle(dialect: str, plan: Plan, parts: tuple[PartReport, ...]) -> str:
    """Return why nothing was judged."""
    reasons = dict.fromkeys(part.reason.removeprefix("not judged: ") for part in parts if part.reason)
    if reasons:
        return f"nothing in it was judged: {'; '.join(reasons)}"
    if plan.only is None:
        return "none of the checks applies to what it defines"
    return f"no check runs on this case: {dialect} code cannot express it, or no check asks for it"


def _unknown(found: Found, plan: Plan) -> TargetReport:
    looked = {name: dialects.BY_NAME[name] for name in ([plan.dialect] if plan.dialect else dialects.BY_NAME)}
    names = "; ".join(
        f"{name}: {', '.join((*dialect.more()[:8], *dialect.names[:8]))}, ..."
        for name, dialect in looked.items()
        if dialect.names
    )
    reasons = "; ".join(f"{each.name}: {each.reason}" for each in found.unjudged[:MOST_REASONS])
    meant = "".join(f"{hint} " for hint in found.hints[: near.MOST])
    known = f"nothing in it that any dialect knows. {meant}Looked for: {names}"
    known = f"its adapter defines {known}" if plan.adapter else known
    why = f"nothing in it can be judged. {meant}{reasons}" if reasons else known
    return TargetReport(
        target=found.loaded.target,
        dialect=None,
        verdict=Verdict.ERROR,
        parts=(),
        notes=found.loaded.notes,
        error=why,
        unjudged=found.unjudged,
    )


def _nothing(found: Found, why: str, parts: tuple[PartReport, ...] = ()) -> TargetReport:
    verdict = worst(part.verdict for part in parts) if parts else Verdict.ERROR
    return TargetReport(
        target=found.loaded.target,
        dialect=found.dialect,
        verdict=verdict,
        parts=parts,
        notes=found.loaded.notes,
        error=why,
        unjudged=found.unjudged,
    )
