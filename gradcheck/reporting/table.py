"""Tables that fit a width: the least important columns give way."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # rich takes long to import, and JSON does without it
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


def render(columns: Sequence[Column], colour: bool, width: int) -> str:
    """Return the columns that fit as the lines of a table."""
    page = console(colour, width)
    page.print(laid_out(columns, width))
    return written(page)


def laid_out(columns: Sequence[Column], width: int, styles: Mapping[str, str] | None = None) -> "Table":
    """Return the columns that fit, for a console; `styles` has the style of the cells with a certain text."""
    from rich.table import Table
    from rich.text import Text

    kept, style_of = fitting(columns, width), styles or {}
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for column in kept:
        table.add_column(
            Text(column.title),
            justify="right" if column.is_number else "left",
            no_wrap=not column.folds,
            overflow="fold",
        )
    for row in zip(*(column.cells for column in kept), strict=True):
        table.add_row(*(Text(str(cell), style=style_of.get(cell, "")) for cell in row))
    return table


def fitting(columns: Sequence[Column], width: int) -> list[Column]:
    """Return the columns that fit, the most expendable ones left out first."""
    kept = list(columns)
    while sum(column.needs + GAP for column in kept) - GAP > width:
        least = max(kept, key=lambda column: column.expendable)
        if not least.expendable:
            break
        kept.remove(least)
    return kept


def console(colour: bool, width: int) -> "Console":
    """Return a console that writes into memory, whatever the terminal and the environment."""
    from rich.console import Console

    return Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        # Names and messages come from the subject: "[red]" in one of them is text.
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )


def written(console: "Console") -> str:
    """Return what was written into a console of ours, without trailing blanks."""
    assert isinstance(console.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())
