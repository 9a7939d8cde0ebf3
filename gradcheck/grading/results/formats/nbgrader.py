"""The CSV that ``nbgrader export`` writes: a row for each student, all eleven columns in its order."""

from datetime import UTC

from gradcheck.grading.results.formats.outcome import Outcome, number, points_of
from gradcheck.grading.results.gradebook import cell, table

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)


def as_nbgrader(outcome: Outcome) -> str:
    """Return the file. When something was handed in, and by whom, is not known here: these cells are empty."""
    deadline = outcome.rubric.students.deadline
    due = "" if deadline is None else f"{deadline.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    name, most = cell(outcome.rubric.name), number(outcome.rubric.max)
    rows = [
        [name, due, "", cell(entry.name), "", "", "", points_of(entry), "0", points_of(entry), most]
        for entry in outcome.entries
    ]
    return table([COLUMNS, *rows])
