"""Every edit of a function that is tried, the likeliest first."""

import ast
from collections.abc import Iterator
from itertools import permutations

from gradcheck.repair.edits import arithmetic, calls, indexing, names, statements
from gradcheck.repair.edits.edit import Change, Edit, Family, Scope, Spot, place
from gradcheck.repair.edits.together import joined

LIKELY: tuple[Family, ...] = (
    statements.assigning,
    statements.dropping,
    statements.leaving,
    statements.keeping,
    statements.adding_at,
    statements.entries,
    names.other_names,
    names.unknown_names,
    names.exchanged_names,
    arithmetic.operators,
    arithmetic.signs,
    arithmetic.numbers,
    arithmetic.dropped,
    arithmetic.likely_factors,
    arithmetic.in_root,
    arithmetic.unused,
    arithmetic.scaled,
    arithmetic.complements,
    calls.other_functions,
    calls.axes,
    calls.transposed,
    calls.reordered,
    calls.reshaped,
    calls.copied,
    calls.shifted,
    calls.all_extents,
    calls.exchanged,
    indexing.crops,
    indexing.bounds,
    indexing.strides,
    indexing.indices,
)
"""What is often written wrong: tried first."""

RARE: tuple[Family, ...] = (
    statements.doing,
    statements.centring,
    arithmetic.factors,
    arithmetic.terms,
    arithmetic.powers,
    arithmetic.grouping,
    arithmetic.rooted,
    arithmetic.known,
    calls.shaped,
    calls.reduced,
    indexing.whole_axes,
)
"""What is forgotten or added now and then, in more places than there is time for."""

DEAR = 1.75
"""Edits of likely families that cost more are tried with the rare ones."""

MOST_RESULTS = 4
MOST_EDITS = 30_000


def edits_of(scope: Scope) -> Iterator[list[Edit]]:
    """Yield the edits of a function, and those that belong together, in no order: the likely ones, then the rest."""
    found: list[Edit] = []
    for spot in scope.spots:
        found += (edit for family in LIKELY for edit in family(scope, spot))
        found += _permuted(spot)
        found += _moved_terms(scope, spot)
    yield [edit for edit in (*found, *joined(found, DEAR)) if edit.cost <= DEAR]
    rest = [edit for edit in found if edit.cost > DEAR]
    for spot in scope.spots if len(rest) < MOST_EDITS else ():
        rest += (edit for family in RARE for edit in family(scope, spot))
    yield rest + list(joined(rest, 2 * DEAR)) + [edit for edit in joined(found, DEAR) if edit.cost > DEAR]


def _moved_terms(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield a vector that is added in one statement, added in a later one instead: a bias that is added too often."""
    for slot in spot.slots:
        node = slot.node
        if (
            not isinstance(node, ast.BinOp)
            or not isinstance(node.op, ast.Add)
            or not _is_vector(scope, node.right)
        ):
            continue
        for other in scope.spots:
            value = getattr(other.statement, "value", None)
            is_later = other.statement.lineno > spot.statement.lineno
            if is_later and isinstance(other.statement, ast.Assign) and isinstance(value, ast.expr):
                new = ast.BinOp(value, ast.Add(), node.right)
                place(new, value)
                changes = (slot.to(node.left), Change(other.statement, "value", value, new))
                yield Edit("moved", 1.7, changes, (spot.statement, other.statement))


def _is_vector(scope: Scope, node: ast.expr) -> bool:
    base = node.value if isinstance(node, ast.Subscript) else node
    kind = scope.kinds.get(base.id) if isinstance(base, ast.Name) else None
    return kind is not None and kind.sort == "array" and kind.shape is not None and len(kind.shape) == 1


def _permuted(spot: Spot) -> Iterator[Edit]:
    """Yield the results in another order: of three and more, where two exchanged are not enough."""
    node = spot.statement
    if not isinstance(node, ast.Return) or not isinstance(node.value, ast.Tuple):
        return
    results = node.value.elts
    if 3 <= len(results) <= MOST_RESULTS:
        for order in permutations(results):
            if sum(a is not b for a, b in zip(order, results, strict=True)) > 2:
                new = ast.Tuple(list(order), ast.Load())
                place(new, node.value)
                yield Edit("exchanged", 1.6, (Change(node, "value", node.value, new),), (node,))
