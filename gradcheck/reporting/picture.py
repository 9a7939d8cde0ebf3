"""A failing case as a person would draw it on paper: as data (`drawing`), and as text (`as_text`).

The numbers that an entry is made of are marked, and their products written out; what is wrong is marked too.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import numpy as np

from gradcheck.calling.results import two_numbers
from gradcheck.contract import Array, Case
from gradcheck.diagnosis.lessons import place
from gradcheck.diagnosis.seeing import Sight
from gradcheck.reporting import working
from gradcheck.reporting.working import Index, Term
from gradcheck.text import one_line

MOST_NUMBERS = 64
"""The largest tensor that is drawn: a larger picture does not help."""

MOST_TERMS = 24
"""How many products are written out."""

MOST_LEFT_OUT = 2
"""Of how many products it is tried whether the given number lacks them."""


class Cell(msgspec.Struct, frozen=True):
    """One number of a grid. `mark` says why it matters: ``used``, ``wrong``, ``padding``, or nothing."""

    text: str
    mark: str = ""


class Plane(msgspec.Struct, frozen=True):
    """Rows of numbers, with the leading indices of a tensor of more than two axes."""

    index: str
    rows: tuple[tuple[Cell, ...], ...]


class Panel(msgspec.Struct, frozen=True):
    """One tensor. It has no planes if it is too large to draw."""

    title: str
    shape: str
    planes: tuple[Plane, ...] = ()


class Drawing(msgspec.Struct, frozen=True):
    """A failing case, drawn.

    `panels` has the inputs, the steps between and both results. `lines` is the working of one wrong entry: each
    product, their sum, and what the function gave instead.
    """

    case: str
    tensor: str
    panels: tuple[Panel, ...]
    lines: tuple[str, ...]
    where: str | None = None


def drawing(seen: Sight, *, of_a_mistake: bool = False) -> Drawing:
    """Return what there is to draw of a failure: of the reader's function, or of a mistake of the catalogue.

    A failure without arrays (its check compares under other inputs) has an empty drawing.
    """
    tensor = seen.finding.tensor or "out"
    if seen.got is None or seen.right is None:
        return Drawing(str(seen.case), tensor, (), ())
    index = seen.finding.index or ()
    dout = seen.dout if tensor.startswith("d") else None
    products = working.terms(seen.case, seen.inputs, dout, tensor, index)
    used = _used(products or [])
    panels = [
        _panel(name, values, used.get(name, set()), seen.case) for name, values in _inputs(seen).items()
    ]
    if dout is not None and not seen.case.layer.shapes.is_loss:
        for name, values in seen.case.layer.shapes.by_name(dout).items():
            panels.append(_panel(f"d{name}", values, used.get(f"d{name}", set()), None))
    for name, values in working.steps(seen.case, seen.inputs, dout).items():
        panels.append(_panel(name, values, used.get(name, set()), None))
    panels.append(_panel(f"{tensor}, as it should be", seen.right, set(), None))
    given = "with the mistake" if of_a_mistake else "as your function gives it"
    panels.append(_panel(f"{tensor}, {given}", seen.got, set(), None, seen.wrong))
    gives = "with the mistake it is" if of_a_mistake else "your function gives"
    lines = tuple(_lines(seen, tensor, index, products, dout, gives))
    return Drawing(str(seen.case), tensor, tuple(panels), lines, place(seen))


def _inputs(seen: Sight) -> dict[str, Array]:
    """Return the inputs that take part in what is wrong."""
    tensor, names = seen.finding.tensor or "out", set(seen.inputs)
    if tensor.startswith("d"):
        names -= {"b", "beta"}
    if seen.case.params.get("mode") == "train" and not tensor.startswith("running"):
        names -= {"running_mean", "running_var"}
    return {name: values for name, values in seen.inputs.items() if name in names}


def _used(products: Iterable[Term]) -> dict[str, set[Index]]:
    found: dict[str, set[Index]] = {}
    for factor in (factor for term in products for factor in term.factors):
        found.setdefault(factor.name, set()).add(factor.index)
    return found


def _panel(
    name: str, values: Array, used: set[Index], case: Case | None, wrong: Array | None = None
) -> Panel:
    """Return a tensor as a panel; x with the padding around it."""
    shape = "x".join(map(str, np.shape(values))) or "a number"
    if np.size(values) > MOST_NUMBERS:
        return Panel(name, shape)
    cells = _cells(np.asarray(values), used, wrong)
    if case is not None and name == "x" and working.is_padded(case):
        pads = ((0, 0), (0, 0), *case.params["pad"])
        cells = np.pad(cells, pads, constant_values=Cell("0", "padding"))  # type: ignore[call-overload]
    planes = []
    for index in np.ndindex(*cells.shape[:-2]):
        rows = np.atleast_2d(cells[index])
        planes.append(Plane(", ".join(map(str, index)), tuple(tuple(row) for row in rows)))
    return Panel(name, shape, tuple(planes))


def _cells(values: Array, used: set[Index], wrong: Array | None) -> "np.ndarray[Any, Any]":
    cells = np.empty(values.shape, dtype=object)
    for index in np.ndindex(values.shape):
        is_wrong = wrong is not None and bool(wrong[index])
        cells[index] = Cell(
            f"{float(values[index]):.4g}", "wrong" if is_wrong else "used" if index in used else ""
        )
    return cells


def _lines(
    seen: Sight, tensor: str, index: Index, products: "list[Term] | None", dout: Array | None, gives: str
) -> Iterator[str]:
    """Yield the working of the worst entry."""
    entry = f"{tensor}[{', '.join(map(str, index))}]" if index else tensor
    given, expected = two_numbers(seen.finding.got, seen.finding.expected)
    if products is not None:
        yield f"{entry} is the sum of:" if products else f"{entry} is 0: no product reaches it"
        yield from (f"  {_product(term)}" for term in products[:MOST_TERMS])
        if len(products) > MOST_TERMS:
            yield f"  and {len(products) - MOST_TERMS} more"
    elif (written := working.formula(seen.case, seen.inputs, dout, tensor, index)) is not None:
        yield f"{entry} = {written[0]}"
    yield f"{entry} should be {expected}; {gives} {given}"
    if products and (missed := _missed(products, seen.finding.got)):
        yield missed


def _product(term: Term) -> str:
    names = " * ".join(f"{each.name}[{', '.join(map(str, each.index))}]" for each in term.factors)
    numbers = " * ".join(_signed(each.value, first=k == 0) for k, each in enumerate(term.factors))
    by = f" / {term.divisor:g}" if term.divisor != 1 else ""
    value = f" = {term.value:.6g}" if len(term.factors) > 1 or by else ""
    return f"{names}{by} = {numbers}{by}{value}"


def _signed(value: float, *, first: bool) -> str:
    return f"{value:.6g}" if value >= 0 or first else f"({value:.6g})"


def _missed(products: list[Term], given: float | None) -> str | None:
    """Return which of the products make the given number, if one alone does, or all but one or two."""
    if given is None or len(products) < 2:
        return None
    total = sum(term.value for term in products)
    alone = [k for k, term in enumerate(products) if np.isclose(term.value, given)]
    without = [k for k, term in enumerate(products) if term.value and np.isclose(total - term.value, given)]
    if len(without) == 1:
        return f"which is the sum without {_product(products[without[0]])}"
    if len(alone) == 1:
        which = {0: "the first product alone", len(products) - 1: "the last product alone"}
        return f"which is {which.get(alone[0], f'{_product(products[alone[0]])} alone')}"
    return None


def as_text(found: Drawing) -> str:
    """Return a drawing as text: a star behind what is wrong, brackets around what the entry is made of."""
    lines = [line for panel in found.panels for line in _drawn(panel)]
    return "\n".join([*lines, *([""] if lines and found.lines else []), *map(one_line, found.lines)])


def _drawn(panel: Panel) -> Iterator[str]:
    """Yield a panel, plane by plane, under its title."""
    yield f"{panel.title}  {panel.shape}"
    if not panel.planes:
        yield "    (too large to draw)" if panel.shape else "    (nothing in it)"
    texts = [_text(cell) for plane in panel.planes for row in plane.rows for cell in row]
    width = max(map(len, texts), default=1)
    for plane in panel.planes:
        for k, row in enumerate(plane.rows):
            label = f"[{plane.index}]" if plane.index and k == 0 else ""
            text = "  ".join(_text(cell).rjust(width) for cell in row).rstrip()
            yield f"    {label:<8}{text}" if plane.index else f"    {text}"


def _text(cell: Cell) -> str:
    """Return a number as text, of the same width whether it is marked at its end or not."""
    if cell.mark == "padding":
        return ". "
    if cell.mark == "used":
        return f"[{cell.text}]"
    return f"{cell.text}{'*' if cell.mark == 'wrong' else ' '}"
