"""The ``final_grades.csv`` of ``otter grade``: a row for each submission, a column for each part."""

from gradcheck.contract import PARTS
from gradcheck.grading.journal import Entry
from gradcheck.grading.results.formats.outcome import Outcome, number, points_of
from gradcheck.grading.results.gradebook import cell, table

POSSIBLE = "points-per-question"
"""What otter calls the first row."""


def as_otter(outcome: Outcome) -> str:
    """Return the file."""
    functions = {
        (each.label, part): each.of(part)
        for each in outcome.rubric.function
        for part in PARTS
        if part == PARTS[0] or each.rule is None
    }
    parts = sorted(functions)
    most = [number(functions[part]) for part in parts]
    titles = ["file", *map("_".join, parts), "total_points_earned", "percent_correct", "grading_status"]
    rows = [_row(entry, parts, outcome.rubric.max) for entry in outcome.entries]
    return table([titles, [POSSIBLE, *most, number(outcome.rubric.max), "1", "--"], *rows])


def _row(entry: Entry, parts: list[tuple[str, str]], most: float) -> list[str]:
    points = {(each.layer, each.part): number(each.points) for each in entry.score.parts}
    share = entry.score.score / (entry.score.max or most or 1)
    is_judged = entry.is_ours is None
    return [
        cell(entry.name if entry.name != POSSIBLE else f"{POSSIBLE} (a submission)"),
        *((points.get(part, "0") if is_judged else "") for part in parts),
        points_of(entry),
        f"{share:.4f}" if is_judged else "",
        "Completed" if is_judged else cell(f"not judged: {entry.is_ours}"),
    ]
