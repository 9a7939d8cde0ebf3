"""Canvas's gradebook as its import reads it: one assignment, and the points that are possible in the second row.

The import finds a student by `ID`, the number that Canvas itself puts into the names of the files of its export.
Without a number it asks the teacher who that is. A cell without points changes nothing.
"""

from gradcheck.grading.results.formats.outcome import Outcome, number, points_of
from gradcheck.grading.results.gradebook import cell, table
from gradcheck.grading.submissions import CANVAS, numbers_of

COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POSSIBLE = "Points Possible"


def as_canvas(outcome: Outcome) -> str:
    """Return the file."""
    users = numbers_of([entry.path for entry in outcome.entries], CANVAS)
    return table(
        [
            [*COLUMNS, cell(outcome.title)],
            [f"    {POSSIBLE}", "", "", "", "", number(outcome.rubric.max)],
            *(
                [_student(entry.name), user or "", "", "", "", points_of(entry)]
                for entry, user in zip(outcome.entries, users, strict=True)
            ),
        ]
    )


def _student(name: str) -> str:
    """Return a name that the import does not take for the row with the points that are possible."""
    return cell(name).replace(POSSIBLE, POSSIBLE.replace(" ", "_"))
