"""Markdown: a summary of the class for staff, and one of each submission for its student."""

from collections.abc import Iterator
from urllib.parse import quote

from gradcheck.grading.journal import Entry
from gradcheck.grading.results import shown
from gradcheck.grading.results.formats.outcome import Outcome, neutral, number
from gradcheck.grading.scoring import PartScore
from gradcheck.reporting.markdown import code, table

CLASS = ("submission", "score", "max", "pending", "verdict", "late", "needs a person")
PARTS = ("function", "part", "points", "max", "verdict")
NUMBERS = {"score", "max", "pending", "points"}


def as_markdown(outcome: Outcome) -> str:
    """Return the summary of the class."""
    rows = [_row(entry) for entry in outcome.entries]
    lead = f"{len(rows)} submissions, {number(outcome.rubric.max)} points."
    return f"# {_code(outcome.title)}\n\n{lead}\n\n{table(CLASS, rows, NUMBERS)}"


def _row(entry: Entry) -> list[str]:
    score = entry.score
    return [
        f"[{_code(entry.name)}]({quote(entry.name, safe='', errors='replace')}/summary.md)",
        number(score.score),
        number(score.max),
        number(score.pending),
        str(score.verdict),
        "late" if entry.is_late else "",
        "<br>".join(map(_code, score.needs_a_person)),
    ]


def of_submission(outcome: Outcome, entry: Entry) -> str:
    """Return the summary for a student: it shows what the student's page shows."""
    score = entry.score
    parts = [each for each in score.parts if shown.is_shown(each, is_over=outcome.is_over)]
    lines = [
        f"# {_code(outcome.title)}: {number(score.score)} of {number(score.max)} points",
        "",
        *(f"- A person will look at this: {_code(each)}" for each in score.needs_a_person),
        "",
        table(PARTS, map(_cells, parts), NUMBERS),
    ]
    if entry.target.error and entry.is_ours is None:
        lines.insert(2, f"- It could not be judged: {_code(entry.target.error)}")
    if len(parts) < len(score.parts):
        lines.append(f"{len(score.parts) - len(parts)} more are part of the score, and are not shown here.\n")
    lines += [line for part in parts for line in _said(outcome, entry, part)]
    return "\n".join(lines)


def _cells(part: PartScore) -> list[str]:
    return [
        _code(part.function or part.layer),
        part.part,
        number(part.points),
        number(part.max),
        str(part.verdict),
    ]


def _said(outcome: Outcome, entry: Entry, part: PartScore) -> Iterator[str]:
    """Yield what is said of a part that is not simply right."""
    said = shown.sentences(entry, outcome.rubric, part, outcome.hint)[1:]  # the table has the first
    if said:
        yield f"## {_code(part.function or part.layer)} ({part.part})\n"
        yield from (f"- {_code(each)}" for each in said)
        yield ""


def _code(text: str) -> str:
    return code(neutral(text))
