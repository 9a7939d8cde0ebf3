"""Every edit of a function that is tried, the likeliest first."""

import ast
from collections.abc import Iterator
from itertools import permutations

from gradcheck.repair.edits import arithmetic, calls, indexing, names, statements
from gradcheck.repair.edits.edit import Change, Edit, Family, Scope, Spot, place
from gradcheck.repair.edits.together import joined

FAMILIES: tuple[Family, ...] = (
    statements.assigning,
    statements.dropping,
    statements.leaving,
    statements.keeping,
    statements.doing,
    statements.centring,
    names.other_names,
    names.exchanged_names,
    arithmetic.operators,
    arithmetic.signs,
    arithmetic.numbers,
    arithmetic.dropped,
    arithmetic.in_root,
    arithmetic.factors,
    arithmetic.terms,
    arithmetic.powers,
    arithmetic.grouping,
    calls.other_functions,
    calls.axes,
    calls.transposed,
    calls.copied,
    calls.shaped,
    calls.shifted,
    calls.exchanged,
    calls.reduced,
    indexing.crops,
    indexing.bounds,
    indexing.whole_axes,
)

MOST_RESULTS = 4
MOST_EDITS = 30_000


def edits_of(scope: Scope) -> list[Edit]:
    """Return the edits of a function, and those that belong together, in no order."""
    found: list[Edit] = []
    for spot in scope.spots:
        for family in FAMILIES:
            found += family(scope, spot)
        found += _permuted(spot)
        if len(found) > MOST_EDITS:
            break
    return found + list(joined(found))


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
