"""The files of a grading, each written as a whole or not at all: reports, pages, gradebooks."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from gradcheck.grading.journal import Entry
from gradcheck.grading.results import formats, gradebook, gradescope, pages, reports
from gradcheck.grading.results.files import replace_file
from gradcheck.grading.results.formats.outcome import Outcome
from gradcheck.grading.rubric import Rubric


def write(
    entries: Collection[Entry],
    rubric: Rubric,
    seed: int,
    out: Path,
    now: datetime | None = None,
    wanted: Collection[str] = (),
) -> None:
    """Write everything that comes of a grading. Raises OSError.

    Parameters
    ----------
    entries : collection of Entry
        What came of each submission.
    rubric : Rubric
        What it was graded by.
    seed : int
        Of the cases: in the reports, which are for staff, and on no page for students.
    out : Path
        The folder.
    now : datetime, optional
        Decides how much students are shown.
    wanted : collection of str
        Names of formats of other programs, besides what is always written.
    """
    now = now or datetime.now(UTC)
    hint, is_over = rubric.hint(now), rubric.is_over(now)
    for entry in entries:
        folder = out / entry.name
        folder.mkdir(exist_ok=True)
        replace_file(folder / "report.json", reports.of_submission(entry, rubric, seed))
        replace_file(folder / "results.json", gradescope.results(entry, rubric, hint))
        replace_file(folder / "index.html", pages.of_submission(entry, rubric, hint, is_over=is_over))
    replace_file(out / "grades.json", reports.of_class(entries))
    replace_file(out / "gradebook.csv", gradebook.as_csv(entries, rubric))
    replace_file(out / "index.html", pages.of_class(entries, rubric))
    formats.write(Outcome(entries, rubric, seed, hint, is_over), out, wanted)
