"""What a student is shown of a result, at each level of hints; the same in every format."""

import re
from collections.abc import Iterator

import msgspec

from gradcheck.grading.journal import Entry
from gradcheck.grading.rubric import Demand, Hint, Rubric, Visibility
from gradcheck.grading.scoring import PartScore
from gradcheck.report import PartReport, Verdict
from gradcheck.reporting.failures import Failure, failures_of
from gradcheck.reporting.wording import notes
from gradcheck.text import one_line

PLACE = frozenset({"case", "worst entry", "where", "check", "reason"})
SHOWN = {
    Hint.NONE: frozenset[str](),
    Hint.PLACE: PLACE,
    Hint.MISTAKE: PLACE | {"mistake", "looks like", "also"},
}
"""Which facts of a failure are shown at a level. The commands that repeat it have paths that students do not have."""

SEED = re.compile(r"\s*\bseed=\d+")


def sentences(entry: Entry, rubric: Rubric, part: PartScore, hint: Hint) -> list[str]:
    """Return what is said of one part: its verdict, why points are missing, the rubric's messages, and hints."""
    said = [f"{part.verdict}: {part.points:g} of {part.max:g} points"]
    said += [each for each in (why(part, hint),) if each]
    said += messages(entry, rubric, part)
    for failure in failures(entry, part, hint):
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
    is_hint = part.verdict.is_wrong and hint is Hint.NONE
    return None if is_hint or part.why is None else one_line(part.why)


def messages(entry: Entry, rubric: Rubric, part: PartScore) -> list[str]:
    """Return the rubric's messages about a part that is wrong or missing."""
    if part.points >= part.max and part.verdict is not Verdict.MISSING and not part.verdict.is_wrong:
        return []
    said = [each.message for each in rubric.function if each.layer == part.layer and each.message]
    failed = {check.check for each in _own(entry, part) for check in each.checks if check.verdict.is_wrong}
    return said + [message for name, message in rubric.messages.items() if name in failed]


def failures(entry: Entry, part: PartScore, hint: Hint) -> list[Failure]:
    """Return the failures of a part that students are shown something of."""
    if hint is Hint.NONE or not (part.verdict.is_wrong or part.pending):
        return []
    return failures_of(msgspec.structs.replace(entry.target, parts=_own(entry, part)))


def lead(failure: Failure) -> str:
    """Return what is wrong in one line."""
    return one_line(without_seeds(failure.lead))


def facts(failure: Failure, hint: Hint) -> Iterator[tuple[str, str]]:
    """Yield the labelled lines of a failure that a student is shown."""
    for fact in failure.facts:
        if fact.label in SHOWN[hint]:
            yield fact.label, one_line(without_seeds(fact.text))


def remarks(entry: Entry, rubric: Rubric, part: PartScore, hint: Hint) -> list[str]:
    """Return the notes on a part, which cost nothing; those on checks that are worth nothing are left out."""
    if hint is Hint.NONE or part.verdict is Verdict.MISSING:
        return []
    parts = [
        msgspec.structs.replace(
            each,
            findings=tuple(f for f in each.findings if rubric.checks.get(f.check) is not Demand.NOTHING),
        )
        for each in _own(entry, part)
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
    of_part = [each for each in entry.target.parts if (each.layer, each.part) == (part.layer, part.part)]
    return tuple(each for each in of_part if one_line(each.function) == part.function)[:1]
