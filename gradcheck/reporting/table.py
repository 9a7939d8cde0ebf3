"""Tables that fit a width: the least important columns give way."""

import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

GAP = 2
ESCAPES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "magenta": 35, "cyan": 36}
"""The number in a terminal's escape for each word of a style."""


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


def render(
    columns: Sequence[Column], colour: bool, width: int, styles: Mapping[str, str] | None = None
) -> str:
    """Return the columns that fit as the lines of a table; `styles` has the style of the cells with a certain text."""
    kept, style_of = fitting(columns, width), styles or {}
    widths = _widths(kept, width)
    titles = [column.title for column in kept]
    lines = _row(kept, widths, titles, ["bold"] * len(kept), colour)
    for row in zip(*(column.cells for column in kept), strict=True):
        lines += _row(kept, widths, row, [style_of.get(cell, "") for cell in row], colour)
    return "".join(f"{line}\n" for line in lines)


def _row(
    columns: Sequence[Column],
    widths: Sequence[int],
    cells: Sequence[str],
    styles: Sequence[str],
    colour: bool,
) -> list[str]:
    """Return the lines of a row: several where a cell runs on."""
    pieces = [
        wrapped(cell, width) if column.folds else [cell]
        for column, width, cell in zip(columns, widths, cells, strict=True)
    ]
    lines = []
    for number in range(max(map(len, pieces), default=0)):
        line = ""
        for column, width, piece, style in zip(columns, widths, pieces, styles, strict=True):
            text = piece[number] if number < len(piece) else ""
            blank = " " * (width - room_of(text))
            shown = styled(text, style, colour)
            line += (blank + shown if column.is_number else shown + blank) + " " * GAP
        lines.append(line.rstrip())
    return lines


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    """Return how wide each column is; those that fold get what the others leave."""
    widths = [max(map(room_of, (column.title, *column.cells))) for column in columns]
    for number, column in enumerate(columns):
        if column.folds:
            left = width - sum(widths) - GAP * (len(widths) - 1) + widths[number]
            widths[number] = max(min(widths[number], left), column.needs)
    return widths


def fitting(columns: Sequence[Column], width: int) -> list[Column]:
    """Return the columns that fit, the most expendable ones left out first."""
    kept = list(columns)
    while sum(column.needs + GAP for column in kept) - GAP > width:
        least = max(kept, key=lambda column: column.expendable)
        if not least.expendable:
            break
        kept.remove(least)
    return kept


def styled(text: str, style: str, colour: bool) -> str:
    """Return text in a style, such as ``"bold red"``, if there is to be colour."""
    if not (text and style and colour):
        return text
    return f"\x1b[{';'.join(str(ESCAPES[word]) for word in style.split())}m{text}\x1b[0m"


def wrapped(text: str, width: int) -> list[str]:
    """Return text as lines of at most so many characters, broken between words where that can be."""
    if len(text) <= width:
        return [text]
    return textwrap.wrap(
        text, width, break_on_hyphens=False, expand_tabs=False, replace_whitespace=False
    ) or [""]


def room_of(text: str) -> int:
    """Return how many columns of a terminal text takes: Chinese characters take two, and accents none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1
        for each in text
    )
