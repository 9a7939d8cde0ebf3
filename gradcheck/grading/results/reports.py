"""JSON for programs: a report for each submission, and the grades of all."""

from collections.abc import Collection

import msgspec

from gradcheck.grading.journal import Entry
from gradcheck.grading.rubric import Rubric
from gradcheck.grading.scoring import Score
from gradcheck.grading.suite import suite
from gradcheck.report import Report
from gradcheck.reporting.json import as_json


class Graded(Report, frozen=True, kw_only=True):
    """The report of a verification, with what it is worth; `seed` is that of the cases."""

    name: str
    is_late: bool
    score: float
    max: float
    points: Score
    rubric: str
    suite: str


def of_submission(entry: Entry, rubric: Rubric, seed: int) -> str:
    """Return the report of one submission as JSON."""
    graded = Graded(
        verdict=entry.target.verdict,
        seconds=entry.seconds,
        seed=seed,
        targets=(entry.target,),
        name=entry.name,
        is_late=entry.is_late,
        score=entry.score.score,
        max=entry.score.max,
        points=entry.score,
        rubric=rubric.name,
        suite=suite(),
    )
    return as_json(graded)


def of_class(entries: Collection[Entry]) -> str:
    """Return the grades of all submissions as JSON."""
    rows = [
        {
            "name": entry.name,
            "score": entry.score.score,
            "max": entry.score.max,
            "pending": entry.score.pending,
            "verdict": entry.score.verdict,
            "needs_a_person": list(entry.score.needs_a_person),
            "late": entry.is_late,
        }
        for entry in entries
    ]
    return msgspec.json.format(msgspec.json.encode({"submissions": rows}), indent=2).decode() + "\n"
