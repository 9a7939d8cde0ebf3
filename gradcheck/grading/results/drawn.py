"""A failing case as tables: each tensor with its indices, and what is wrong, used or padding said in words as well."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gradcheck.contract import parse_case
from gradcheck.grading.lessons import Lesson
from gradcheck.layers import BY_NAME
from gradcheck.reporting.picture import Cell, Panel, Plane

GIVEN, STEPS, RESULTS = "What goes in", "On the way, as it should be", "What comes out"


@dataclass(frozen=True)
class Row:
    """One row of numbers; `head` is its index, if it has one, and nothing in the padding."""

    head: str | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """One plane of a tensor, or a whole one with at most two axes."""

    title: str
    shape: str
    columns: tuple[str | None, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Drawn:
    """The tables of a case, in groups with a title; which marks are in them; and the working of one entry.

    `is_traced` if the numbers are marked that the entry is made of.
    """

    groups: tuple[tuple[str, tuple[Table, ...]], ...]
    marks: frozenset[str]
    entry: str
    is_traced: bool
    lines: tuple[str, ...]


def drawn(lesson: Lesson) -> Drawn | None:
    """Return the tables of a lesson; None where there is nothing to draw."""
    drawing = lesson.drawing
    if not drawing.panels:
        return None
    index = lesson.again.index or ()
    *inputs, right, given = drawing.panels  # the results are the last two
    right = _with_entry(right, index)
    names = {*parse_case(drawing.case, BY_NAME.values()).shapes, "dout"} if _is_ours(drawing.case) else set()
    groups = (
        (GIVEN, [panel for panel in inputs if panel.title in names or not names]),
        (STEPS, [panel for panel in inputs if names and panel.title not in names]),
        (RESULTS, [right, given]),
    )
    before = {cell.mark for panel in inputs for cell in _cells(panel)}
    marks = before | {cell.mark for panel in (right, given) for cell in _cells(panel)}
    return Drawn(
        tuple(
            (title, tuple(table for panel in panels for table in _tables(panel)))
            for title, panels in groups
            if panels
        ),
        frozenset(marks - {""}),
        f"{drawing.tensor}[{', '.join(map(str, index))}]" if index else drawing.tensor,
        "used" in before,
        drawing.lines,
    )


def _is_ours(case: str) -> bool:
    return case.partition(" ")[0] in BY_NAME


def _cells(panel: Panel) -> Iterator[Cell]:
    yield from (cell for plane in panel.planes for row in plane.rows for cell in row)


def _with_entry(panel: Panel, index: Sequence[int]) -> Panel:
    """Return the right result with the entry marked whose working is shown."""
    wanted = ", ".join(map(str, index[:-2]))
    at = (0, 0, *index)[-2:]  # a vector is one row

    def marked(plane: Plane) -> Plane:
        rows = tuple(
            tuple(Cell(cell.text, "used" if (i, j) == at else cell.mark) for j, cell in enumerate(row))
            for i, row in enumerate(plane.rows)
        )
        return Plane(plane.index, rows) if plane.index == wanted else plane

    return Panel(panel.title, panel.shape, tuple(map(marked, panel.planes)))


def _tables(panel: Panel) -> Iterator[Table]:
    if not panel.planes:
        yield Table(panel.title, panel.shape, (), ())
    for plane in panel.planes:
        yield _table(panel, plane)


def _table(panel: Panel, plane: Plane) -> Table:
    axes = panel.shape.count("x") + 1 if panel.shape[:1].isdigit() else 0
    heads = _heads(plane.rows) if axes > 1 else [None] * len(plane.rows)
    columns = _heads(list(zip(*plane.rows, strict=True))) if axes else []
    rows = [Row(head, row) for head, row in zip(heads, plane.rows, strict=True)]
    return Table(_titled(panel.title, plane.index), panel.shape, tuple(columns), tuple(rows))


def _heads(lines: Sequence[Sequence[Cell]]) -> list[str | None]:
    """Return the index of each line in the tensor; nothing for a line of padding, which has none."""
    inside = [any(cell.mark != "padding" for cell in line) for line in lines]
    first = inside.index(True) if True in inside else 0
    return [str(number - first) if is_inside else "" for number, is_inside in enumerate(inside)]


def _titled(title: str, index: str) -> str:
    """Return the title of one plane of several: ``dx[0, 1], as it should be``."""
    if not index:
        return title
    name, comma, rest = title.partition(", ")
    return f"{name}[{index}]{comma}{rest}" if name.isidentifier() else f"{title} [{index}]"
