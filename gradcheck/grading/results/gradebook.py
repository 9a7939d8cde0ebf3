"""The gradebook as CSV: a row for each submission, a column for each function; opens in a spreadsheet."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence

from gradcheck.grading.journal import Entry
from gradcheck.grading.rubric import Rubric
from gradcheck.text import one_line

FORMULA = re.compile(r"(^|[;,|])(?=[\s\"]*([=+\-@\uff1d\uff0b\uff0d\uff20]|::))")
"""Where a cell begins that is a formula to a spreadsheet: some of them take a semicolon for the end of a cell.

A line that begins with two colons is a command where a log on GitHub shows the file.
"""

TITLES = ("name", "score", "max", "percent", "pending", "verdict", "late", "needs a person")


def as_csv(entries: Collection[Entry], rubric: Rubric) -> str:
    """Return the gradebook."""
    layers = [each.label for each in rubric.function]
    rows: list[Sequence[str]] = [[*TITLES, *layers]]
    for entry in entries:
        score = entry.score
        points = {layer: sum(p.points for p in score.parts if p.layer == layer) for layer in layers}
        facts = [
            cell(entry.name),
            f"{score.score:g}",
            f"{score.max:g}",
            f"{100 * score.score / score.max:.1f}" if score.max else "",
            f"{score.pending:g}",
            str(score.verdict),
            "late" if entry.is_late else "",
            cell("; ".join(score.needs_a_person)),
        ]
        rows.append([*facts, *(f"{points[layer]:g}" for layer in layers)])
    return table(rows)


def table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows of cells as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def cell(text: str) -> str:
    """Return a text as a cell that is no formula: behind an apostrophe, a spreadsheet runs nothing.

    Examples
    --------
    >>> cell("=1+1")
    "'=1+1"
    """
    return FORMULA.sub(r"\1'", one_line(text)).replace("##[", "## [")
