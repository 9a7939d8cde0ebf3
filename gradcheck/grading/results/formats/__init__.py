"""Results in the formats of other programs: the table that ``--format`` chooses from, one file for each.

A new format is a file in this folder with a function from an `Outcome` to text, a row in `FORMATS`, the name of its
file in `submissions.OURS`, and a row in docs/grading.md. Whatever a submission can influence (names, messages) passes
through `gradebook.cell`, `reporting.markdown.code` or `outcome.neutral`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from gradcheck.grading.journal import Entry
from gradcheck.grading.results.files import replace_file
from gradcheck.grading.results.formats import canvas, junit, markdown, moodle, nbgrader, otter
from gradcheck.grading.results.formats.outcome import Outcome


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes
    ----------
    name : str
        What ``--format`` calls it.
    file : str
        Of the class, next to the journal; and of each submission, in its folder, where the format has such a file.
    of_class : callable
        The file of the class, as text.
    of_submission : callable, optional
        The file of a submission.
    """

    name: str
    file: str
    of_class: Callable[[Outcome], str]
    of_submission: Callable[[Outcome, Entry], str] | None = None


FORMATS = (
    Format("canvas", "canvas.csv", canvas.as_canvas),
    Format("moodle", "moodle.csv", moodle.as_moodle),
    Format("nbgrader", "nbgrader.csv", nbgrader.as_nbgrader),
    Format("otter", "final_grades.csv", otter.as_otter),
    Format("junit", "junit.xml", junit.as_junit),
    Format("markdown", "summary.md", markdown.as_markdown, markdown.of_submission),
)


def write(outcome: Outcome, out: Path, wanted: Collection[str]) -> None:
    """Write the formats that are wanted, and those that are there: an old file has old grades. Raises OSError."""
    for each in FORMATS:
        if each.name not in wanted and not (out / each.file).is_file():
            continue
        if each.of_submission is not None:
            for entry in outcome.entries:
                replace_file(out / entry.name / each.file, each.of_submission(outcome, entry))
        replace_file(out / each.file, each.of_class(outcome))
