"""One failure as the page of a submission shows it: what is wrong first, then why, then the case."""

from collections.abc import Iterable
from dataclasses import dataclass

from gradcheck import checks
from gradcheck.contract import parse_case
from gradcheck.grading.lessons import Lesson
from gradcheck.grading.results import shown
from gradcheck.grading.results.drawn import Drawn, drawn
from gradcheck.layers import BY_NAME
from gradcheck.report import Verdict
from gradcheck.reporting.failures import Failure
from gradcheck.reporting.wording import in_words
from gradcheck.text import one_line

BOXES = {
    "mistake": "The mistake",
    "looks like": "It looks like",
    "line": "The line",
    "check": "What is asked",
}
"""The facts that stand out, and their titles; the first that is there is the cause."""

LONGEST_TITLE = 60
"""Characters of what is wrong that can stand in a title: an exception's message is longer."""

TITLES = {Verdict.FAIL: "Wrong", Verdict.ERROR: "It raises an error", Verdict.TIMEOUT: "It takes too long"}

OTHERS = {"also": "Also", "reason": "Reason"}


@dataclass(frozen=True)
class Box:
    """A fact that stands out; `is_strong` if it is the cause. `code` is the line that it is about."""

    title: str
    text: str
    is_strong: bool
    code: str | None = None


@dataclass(frozen=True)
class Failing:
    """A failure.

    `lead` says what is wrong where that is too long for a title. `words` is its case in words, and `about` has
    sentences on which entries and which modes are wrong.
    """

    title: str
    lead: str | None
    entry: str | None
    boxes: tuple[Box, ...]
    case: str | None
    words: str
    about: tuple[str, ...]
    call: str | None
    drawn: Drawn | None
    others: tuple[tuple[str, str], ...]
    again: str | None


def failing(
    failure: Failure, facts: Iterable[tuple[str, str]], lesson: Lesson | None, explained: set[str]
) -> Failing:
    """Return a failure, with the facts of it that may be shown.

    Parameters
    ----------
    failure : Failure
        The failure.
    facts : iterable of (str, str)
        Those of its facts that may be shown.
    lesson : Lesson or None
        What is drawn of it.
    explained : set of str
        Checks that the page has explained before: they are not explained again. Others are added.
    """
    facts = list(facts)
    first = dict(reversed(facts))
    case, said = first.get("case"), shown.lead(failure)
    tensors = failure.title.split(" · ")[2:]
    is_short = len(said) <= LONGEST_TITLE
    title = one_line(": ".join([*tensors, *([said] if is_short else [])])) or TITLES.get(
        failure.verdict, "Not judged"
    )
    about = (
        f"Wrong entries: {first['where']}." if "where" in first else None,
        f"It is wrong {first['when']}." if "when" in first else None,
    )
    return Failing(
        title=title,
        lead=None if is_short else said,
        entry=first.get("worst entry"),
        boxes=tuple(
            _box(label, _once(text, explained) if label == "check" else text, failure, lesson)
            for label, text in facts
            if label in BOXES
        ),
        case=case,
        words=_in_words(case) if case else "",
        about=tuple(each for each in about if each),
        call=first.get("call"),
        drawn=drawn(lesson) if lesson is not None else None,
        others=tuple((OTHERS[label], text) for label, text in facts if label in OTHERS),
        again=first.get("again"),
    )


def _once(text: str, explained: set[str]) -> str:
    """Return what a check demands, in full the first time, and by its title afterwards."""
    name = text.partition(": ")[0]
    is_again, known = name in explained, checks.BY_NAME.get(name)
    explained.add(name)
    return f"{name}: {known.title}" if is_again and known else text


def _box(label: str, text: str, failure: Failure, lesson: Lesson | None) -> Box:
    title, is_named = BOXES[label], failure.finding is not None and failure.finding.mutant is not None
    if label == "check" or (label == "mistake" and is_named):
        name, _, text = text.partition(": ")
        title = f"{title}: {name}"
    if label == "line":
        return Box(
            title, f"{text[:1].upper()}{text[1:]}.", is_strong=True, code=lesson.code if lesson else None
        )
    return Box(title, text, label != "check")


def _in_words(case: str) -> str:
    """Return a case in words; as it is where its layer is none of the suite's."""
    try:
        return in_words(parse_case(case, BY_NAME.values()))
    except ValueError:
        return case
