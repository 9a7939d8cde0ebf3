"""Tables that fit a width: the least important columns give way."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradcheck.report import PartReport, Verdict
from gradcheck.reporting.wording import failed_checks

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

GAP = 2


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `expendable` columns are left out, the highest first, where the width is short; a column that
    `folds` may be as narrow as `least` and runs on in the next line.
    """

    title: str
    cells: tuple[str, ...]
    expendable: int = 0
    is_number: bool = False
    folds: bool = False
    least: int = 14

    @property
    def width(self) -> int:
        """The width of the widest cell, in characters."""
        return max(map(len, (self.title, *self.cells)))

    @property
    def needs(self) -> int:
        """The width below which nothing fits."""
        return min(self.width, self.least) if self.folds else self.width


def fitting(columns: Sequence[Column], width: int) -> list[Column]:
    """Return the columns that fit, the most expendable ones left out first."""
    kept = list(columns)
    while sum(column.needs + GAP for column in kept) - GAP > width:
        least = max(kept, key=lambda column: column.expendable)
        if not least.expendable:
            break
        kept.remove(least)
    return kept


def of_parts(parts: Sequence[PartReport], width: int, styles: Mapping[Verdict, str]) -> "Table":
    """Return the table of a target's parts, a row for each."""
    kept = fitting(
        [
            Column("function", tuple(part.function for part in parts)),
            Column("layer", tuple(part.layer for part in parts), expendable=2),
            Column("part", tuple(part.part for part in parts)),
            Column("verdict", tuple(part.verdict for part in parts)),
            Column("cases", tuple(str(part.cases) for part in parts), expendable=3, is_number=True),
            Column("miss", tuple(_bound(part) for part in parts), expendable=1, is_number=True),
            Column("seconds", tuple(f"{part.seconds:.2f}" for part in parts), expendable=4, is_number=True),
            Column("failed", tuple(failed_checks(part) for part in parts), folds=True),
        ],
        width,
    )
    return _laid_out(kept, {verdict.value: style for verdict, style in styles.items()})


def of_words(columns: Sequence[Column], width: int) -> "Table":
    """Return a table of plain words."""
    return _laid_out(fitting(columns, width), {})


def _bound(part: PartReport) -> str:
    """Return the miss bound; of a part that is wrong it says nothing."""
    if part.miss_bound is None or part.verdict.is_wrong:
        return ""
    return f"{part.miss_bound:.0e}" if part.miss_bound else "0"


def _laid_out(columns: Sequence[Column], styles: Mapping[str, str]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(
            Text(column.title),
            justify="right" if column.is_number else "left",
            no_wrap=not column.folds,
            overflow="fold",
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*(Text(str(cell), style=styles.get(cell, "")) for cell in row))
    return table


def console(colour: bool, width: int) -> "Console":
    """Return a console that writes into memory, whatever the terminal and the environment."""
    from rich.console import Console

    return Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )


def written(console: "Console") -> str:
    """Return what was written into a console of ours, without trailing blanks."""
    assert isinstance(console.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


def printed(table: "Table", colour: bool, width: int) -> str:
    """Return a table as text."""
    page = console(colour, width)
    page.print(table)
    return written(page)
