"""The kill matrix, which check catches which mutant: its rows, and the table of them as text and as Markdown."""

import statistics
from collections.abc import Sequence

import msgspec

from gradcheck.judging.matrix import Kill
from gradcheck.reporting import markdown, table
from gradcheck.reporting.table import Column

SCHEMA = "gradcheck-mutants/1"

NUMBERS = ("cases", "ms")

HEADING = """\
# The kill matrix

Every mistake of the catalogue, put into `naive` and verified like any other code: the check that noticed it first,
after how many cases, and in what time. `gradcheck mutants --format markdown` makes this table.
"""


class KillRow(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one mutant. `killed_by` is the check, None where it survived; `cases` is how many it took."""

    name: str
    layer: str
    part: str
    killed_by: str | None
    tensor: str | None
    cases: int
    seconds: float


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """The kill matrix, as ``gradcheck mutants --format json`` writes it."""

    schema: str = SCHEMA
    seed: int
    seconds: float
    mutants: tuple[KillRow, ...]


def of(kills: Sequence[Kill], seed: int, seconds: float) -> Matrix:
    """Return the rows of a matrix."""
    return Matrix(seed=seed, seconds=round(seconds, 1), mutants=tuple(_row(kill) for kill in kills))


def _row(kill: Kill) -> KillRow:
    mutant, finding = kill.mutant, kill.finding
    return KillRow(
        name=mutant.name,
        layer=mutant.layer,
        part=mutant.part,
        killed_by=finding.check if finding else None,
        tensor=finding.tensor if finding else None,
        cases=kill.cases,
        seconds=round(kill.seconds, 3),
    )


def survivors(matrix: Matrix) -> list[KillRow]:
    """Return the mutants that no check caught."""
    return [row for row in matrix.mutants if row.killed_by is None]


def as_text(matrix: Matrix, *, colour: bool = False, width: int = 100, **_: object) -> str:
    """Return the matrix as a table and a summary."""
    columns = [Column(title, cells, is_number=title in NUMBERS) for title, cells in _columns(matrix)]
    return table.render(columns, colour, width) + f"\n{summary(matrix)}\n"


def as_markdown(matrix: Matrix, **_: object) -> str:
    """Return the matrix as a page: a heading, a summary and a Markdown table."""
    titles, cells = zip(*_columns(matrix), strict=True)
    rows = zip(*cells, strict=True)
    return f"{HEADING}\n{summary(matrix)}\n\n{markdown.table(titles, rows, NUMBERS)}"


def _columns(matrix: Matrix) -> list[tuple[str, tuple[str, ...]]]:
    rows = matrix.mutants
    return [
        ("layer", tuple(row.layer for row in rows)),
        ("part", tuple(row.part for row in rows)),
        ("mutant", tuple(row.name for row in rows)),
        ("killed by", tuple(row.killed_by or "survives" for row in rows)),
        ("cases", tuple(str(row.cases) for row in rows)),
        ("ms", tuple(f"{1000 * row.seconds:.0f}" for row in rows)),
    ]


def summary(matrix: Matrix) -> str:
    """Return the matrix in one line."""
    rows, left = matrix.mutants, survivors(matrix)
    if not rows:
        return "there is no such mutant"
    median = statistics.median(row.cases for row in rows)
    survived = (
        f"; survived: {', '.join(f'{row.layer}.{row.part}.{row.name}' for row in left)}" if left else ""
    )
    killed = f"{len(rows) - len(left)} of {len(rows)} mutants killed"
    return f"{killed}, after {median:g} cases in the median; seed {matrix.seed}; {matrix.seconds:.1f} s{survived}"
