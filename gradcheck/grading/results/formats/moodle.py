"""Moodle's grading worksheet, as an assignment's "Upload grading worksheet" reads it.

It finds a student by `Identifier`, with the number that Moodle itself puts into the names of its export. It leaves out
a row without points, and one without a number.
"""

from gradcheck.grading.results.formats.outcome import Outcome, number, points_of
from gradcheck.grading.results.gradebook import cell, table
from gradcheck.grading.submissions import MOODLE, numbers_of

COLUMNS = ("Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)")


def as_moodle(outcome: Outcome) -> str:
    """Return the file."""
    users = numbers_of([entry.path for entry in outcome.entries], MOODLE)
    return table(
        [
            COLUMNS,
            *(
                [
                    f"Participant {user}" if user else "",
                    cell(entry.name),
                    points_of(entry),
                    number(outcome.rubric.max),
                    "",
                ]
                for entry, user in zip(outcome.entries, users, strict=True)
            ),
        ]
    )
