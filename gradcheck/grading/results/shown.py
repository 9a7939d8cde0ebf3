"""What a student is shown of a result, at each level of hints; the same in every format."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from gradcheck.grading.journal import Entry
from gradcheck.grading.lessons import Lesson
from gradcheck.grading.rubric import Demand, Hint, Rubric, Visibility, label_of
from gradcheck.grading.scoring import PartScore
from gradcheck.grading.submissions import own_name
from gradcheck.judging.hinting import withheld
from gradcheck.report import Finding, PartReport, TargetReport, Verdict
from gradcheck.reporting.failures import Failure, failures_of
from gradcheck.reporting.wording import notes
from gradcheck.text import one_line

PLACE = frozenset({"case", "call", "when", "worst entry", "where", "check", "reason", "again"})
MISTAKE = PLACE | {"mistake", "looks like", "also"}
SHOWN = {
    Hint.NONE: frozenset[str](),
    Hint.PLACE: PLACE,
    Hint.MISTAKE: MISTAKE,
    Hint.LINE: MISTAKE | {"line"},
    Hint.EDIT: MISTAKE | {"line"},
}
"""Which facts of a failure are shown at a level. What a finding says beyond it is taken out before (`_told`)."""

COPIED = frozenset({"case", "again"})
"""Facts that are repeated as they are: their seeds are public."""

SEED = re.compile(r"\s*\bseed=\d+")
LONGEST = 1000
"""Characters of a fact: a command is copied as a whole."""

LOOKED_AT = "it could not be judged: a person will look at it"


def sentences(entry: Entry, rubric: Rubric, part: PartScore, hint: Hint) -> list[str]:
    """Return what is said of one part: its verdict, why points are missing, the rubric's messages, and hints."""
    said = [f"{part.verdict}: {part.points:g} of {part.max:g} points"]
    said += [each for each in (why(part, hint),) if each]
    said += messages(entry, rubric, part)
    for failure in failures(entry, rubric, part, hint):
        said.append(lead(failure))
        said += [f"{label}: {text}" for label, text in facts(failure, hint)]
    return said + [f"note: {each}" for each in remarks(entry, rubric, part, hint)]


def is_shown(part: PartScore, *, is_over: bool) -> bool:
    """Return whether a page for students has a part. What Gradescope publishes later is on a page that is given out."""
    if part.visibility is Visibility.AFTER_DUE_DATE:
        return is_over
    return part.visibility is not Visibility.HIDDEN


def why(part: PartScore, hint: Hint) -> str | None:
    """Return why points are missing or not certain; which check has failed is a hint."""
    if part.why is None or part.verdict is Verdict.MISSING or hint is not Hint.NONE:
        return None if part.why is None else one_line(without_seeds(part.why))
    if part.verdict.is_wrong:
        return None
    return LOOKED_AT if part.pending else one_line(part.why)


def for_a_person(entry: Entry) -> list[str]:
    """Return what a person will look at, as far as it is about what the student sees at any time."""
    if entry.target.error is not None or entry.is_ours is not None:
        return [without_seeds(one_line(each)) for each in entry.score.needs_a_person]
    pending = [part for part in entry.score.parts if part.pending and part.visibility is Visibility.VISIBLE]
    names = {part.function or part.layer: None for part in pending}
    return [one_line(f"{name} could not be judged, and has its points for now") for name in names]


def messages(entry: Entry, rubric: Rubric, part: PartScore) -> list[str]:
    """Return the rubric's messages about a part that is wrong or missing."""
    if part.points >= part.max and part.verdict is not Verdict.MISSING and not part.verdict.is_wrong:
        return []
    said = [each.message for each in rubric.function if each.label == part.layer and each.message]
    failed = {check.check for each in _own(entry, part) for check in each.checks if check.verdict.is_wrong}
    return said + [message for name, message in rubric.messages.items() if name in failed]


def failures(entry: Entry, rubric: Rubric, part: PartScore, hint: Hint) -> list[Failure]:
    """Return the failures of a part that students are shown something of, on numbers that are no secret."""
    if hint is Hint.NONE or not (part.verdict.is_wrong or part.pending):
        return []
    return failures_of(_as_the_owner_knows_it(entry, _told(entry, part, hint)), rubric.dialect)


def lesson(entry: Entry, part: PartScore, failure: Failure, hint: Hint) -> Lesson | None:
    """Return what a failure's page draws, no more of it than the hint; the working of an entry says what to do."""
    of_part = [each for report in _own(entry, part) for each in _lessons(entry, report, failure.finding)]
    if not of_part or hint is Hint.NONE:
        return None
    found = of_part[0]
    if hint.level < Hint.LINE.level:
        found = msgspec.structs.replace(found, code=None)
    if hint.level < Hint.MISTAKE.level:
        found = msgspec.structs.replace(found, drawing=msgspec.structs.replace(found.drawing, lines=()))
    return found


def lead(failure: Failure) -> str:
    """Return what is wrong in one line."""
    return one_line(without_seeds(failure.lead))


def facts(failure: Failure, hint: Hint) -> Iterator[tuple[str, str]]:
    """Yield the labelled lines of a failure that a student is shown.

    The command to repeat it is the one that draws the case, where the case can be drawn.
    """
    by_hand = next((fact.text for fact in failure.facts if fact.label == "by hand"), None)
    hidden = {"again"} if by_hand and "seed=" not in by_hand else set()  # it may not fail on other numbers
    for fact in failure.facts:
        if fact.label in SHOWN[hint] - hidden:
            text = by_hand if fact.label == "again" and by_hand else fact.text
            text = text if fact.label in COPIED else without_seeds(text)
            yield fact.label, one_line(text, LONGEST)


def _told(entry: Entry, part: PartScore, hint: Hint) -> tuple[PartReport, ...]:
    """Return the report of a part with no more than the hint, and with no numbers of the secret seed in its cases."""
    return tuple(
        withheld(
            msgspec.structs.replace(
                report, findings=tuple(_retold(entry, report, each) for each in report.findings)
            ),
            hint.level,
        )
        for report in _own(entry, part)
    )


def _retold(entry: Entry, report: PartReport, finding: Finding) -> Finding:
    """Return a finding on the numbers of its lesson; without one, as it is, but for the seed."""
    for each in _lessons(entry, report, finding):
        again = each.again
        return msgspec.structs.replace(
            finding,
            message=again.message,
            case=again.case,
            call=again.call,
            index=again.index,
            got=again.got,
            expected=again.expected,
            bound=again.bound,
            where=again.where,
        )
    return msgspec.structs.replace(
        finding,
        message=without_seeds(finding.message),
        case=None if finding.case is None else without_seeds(finding.case),
    )


def _lessons(entry: Entry, report: PartReport, finding: Finding | None) -> Sequence[Lesson]:
    return [each for each in entry.lessons if finding is not None and each.is_of(report, finding)]


def _as_the_owner_knows_it(entry: Entry, parts: tuple[PartReport, ...]) -> TargetReport:
    """Return the report of some parts, of a file as its owner calls it, wherever it was judged."""
    return msgspec.structs.replace(entry.target, parts=parts, target=own_name(entry.path), isolation=None)


def remarks(entry: Entry, rubric: Rubric, part: PartScore, hint: Hint) -> list[str]:
    """Return the notes on a part, which cost nothing; those on checks that are worth nothing are left out."""
    if hint is Hint.NONE or part.verdict is Verdict.MISSING:
        return []
    parts = [
        msgspec.structs.replace(
            each,
            findings=tuple(f for f in each.findings if rubric.checks.get(f.check) is not Demand.NOTHING),
        )
        for each in _told(entry, part, hint)
    ]
    said = notes(msgspec.structs.replace(entry.target, parts=tuple(parts)))
    return [one_line(without_seeds(text)) for texts in said.values() for text in texts]


def without_seeds(text: str) -> str:
    """Return a text without the seeds in it: who knows them can hand in a table of the results.

    Examples
    --------
    >>> without_seeds("relu n1d2 float64 seed=17")
    'relu n1d2 float64'
    """
    return SEED.sub("", text)


def _own(entry: Entry, part: PartScore) -> tuple[PartReport, ...]:
    """Return the report of a part: of that function which counts, where several are written."""
    of_part = [each for each in entry.target.parts if (label_of(each), each.part) == (part.layer, part.part)]
    return tuple(each for each in of_part if one_line(each.function) == part.function)[:1]
