"""Another variable of the same kind in place of one."""

import ast
from collections.abc import Iterator
from itertools import combinations

from gradcheck.repair.edits.edit import Change, Edit, Scope, Slot, Spot, is_read, name, place
from gradcheck.repair.edits.twins import are_twins, common, words
from gradcheck.repair.tracing import Kind

UNUSED = 0.5
"""How much likelier a variable is meant that nothing else reads."""


def other_names(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each variable that is read with another of its kind in its place."""
    for slot in spot.slots:
        node = slot.node
        if not isinstance(node, ast.Name) or not is_read(node):
            continue
        if node.id not in scope.kinds and not scope.knows(node.id):
            for other in scope.kinds:
                cost = 0.7 + 1.2 * (1 - likeness(node.id, other))
                meant = ("name", node.id, other)
                yield Edit("name", cost, (slot.to(name(other)),), (spot.statement,), meant, slot=slot)
        elif node.id in scope.kinds:
            for other, cost in _alternatives(scope, node.id, _is_called(slot)):
                cost -= UNUSED * (other in scope.unused)
                group, exact = ("name", common(node.id), common(other)), (node.id, other)
                yield Edit(
                    "name",
                    cost,
                    (slot.to(name(other)),),
                    (spot.statement,),
                    group,
                    exact,
                    slot=slot,
                )


def unknown_names(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield what is stored under a name that nothing reads, under one that is read and never stored."""
    node = spot.statement
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    if not isinstance(target, ast.Name) or target.id not in scope.unused:
        return
    assert isinstance(node, ast.Assign)
    for each in sorted(scope.unknown):
        new = ast.Name(each, ast.Store())
        place(new, target)
        cost = 0.6 + 1.2 * (1 - likeness(target.id, each))
        yield Edit("name", cost, (Change(node.targets, 0, target, new),), (node,))


def exchanged_names(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield a statement in which two variables of a kind have changed places throughout."""
    places: dict[str, list[Slot]] = {}
    for slot in spot.slots:
        node = slot.node
        if isinstance(node, ast.Name) and is_read(node) and node.id in scope.kinds and not _is_called(slot):
            places.setdefault(node.id, []).append(slot)
    for one, other in combinations(places, 2):
        if _may_stand_for(scope.kinds[one], scope.kinds[other]):
            changes = [slot.to(name(other)) for slot in places[one]] + [
                slot.to(name(one)) for slot in places[other]
            ]
            yield Edit("exchanged", 1.5, tuple(changes), (spot.statement,))


def _is_called(slot: Slot) -> bool:
    return slot.key == "func"


def _alternatives(scope: Scope, known: str, is_called: bool) -> Iterator[tuple[str, float]]:
    kind = scope.kinds[known]
    for other, its in scope.kinds.items():
        if other != known and not is_called and _may_stand_for(its, kind):
            yield other, cost_of(known, other, kind, its)


def _may_stand_for(its: Kind, kind: Kind) -> bool:
    numbers = {"int", "float"}
    arrays = {"array", "bools"}
    if kind.sort in numbers:
        return its.sort in numbers or its.shape == ()
    if kind.sort in arrays:
        return its.sort in arrays
    return its.is_like(kind)


def cost_of(known: str, other: str, kind: Kind, its: Kind) -> float:
    """Return how unlikely it is that one name was written for another."""
    unlike = 0.0 if its == kind else 0.2 if its.is_like(kind) else 1.0
    if are_twins(known, other):
        return 0.8 + unlike
    return 1.0 + unlike + 1.2 * (1 - likeness(known, other))


def likeness(one: str, other: str) -> float:
    """Return how much two names have in common: 1 for ``x`` and ``x_pad``."""
    first, second = one.lower(), other.lower()
    if first == second or first.startswith(second) or second.startswith(first):
        return 1.0
    if first.endswith(second) or second.endswith(first):
        return 0.8
    shared = set(words(one)) & set(words(other))
    return 0.6 if shared else 0.3 if first[0] == second[0] else 0.0
