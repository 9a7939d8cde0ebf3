"""Edits that belong together and count as one: on height and width, throughout a statement or a function."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from gradcheck.repair.edits.edit import Edit
from gradcheck.repair.edits.twins import shape_of

MOST = 8
"""Places of the same edit of which pairs are tried."""

DEAREST = 2.0
"""Edits that cost more are not joined."""

MORE = 0.35
"""What a second place adds to the cost."""


def joined(edits: Sequence[Edit], most: float) -> Iterator[Edit]:
    """Yield the same edit in two places, in all places of a statement, and in all of the function.

    Edits that cost more than `most` are not joined.
    """
    groups: dict[object, list[Edit]] = defaultdict(list)
    for edit in edits:
        for key in _keys(edit) if len(edit.changes) == 1 and edit.cost <= min(most, DEAREST) else ():
            groups[key].append(edit)
    for found in groups.values():
        if len(found) > 1:
            yield from _of_group(found)


def _keys(edit: Edit) -> Iterator[object]:
    if edit.exact is not None:
        yield edit.exact
    group = edit.group
    if group is None and edit.joins:
        change = edit.changes[0]
        group = edit.kind, shape_of(change.old), shape_of(change.new)
    if group is not None:
        yield group
        path = edit.slot.path if edit.slot is not None else ()
        if path:
            yield group, path, id(edit.statements[0])


def _of_group(found: list[Edit]) -> Iterator[Edit]:
    seen: set[frozenset[int]] = set()
    by_place: dict[int, list[Edit]] = defaultdict(list)
    for edit in found:
        by_place[id(edit.statements[0])].append(edit)
        if edit.slot is not None and edit.slot.subscript is not None:
            by_place[id(edit.slot.subscript)].append(edit)
    sets = [found, *by_place.values()]
    if len(found) <= MOST:
        sets += [list(pair) for pair in combinations(found, 2)]
    for each in sets:
        key = frozenset(map(id, each))
        if len(each) > 1 and key not in seen and _are_apart(each):
            seen.add(key)
            yield _as_one(each)


def _are_apart(edits: Sequence[Edit]) -> bool:
    """Whether no edit changes what another holds."""
    olds = {id(each.changes[0].old) for each in edits}
    if len(olds) != len(edits):
        return False
    holders = [each.changes[0].old for each in edits]
    inside = {id(node) for old in holders if isinstance(old, ast.AST) for node in list(ast.walk(old))[1:]}
    return not olds & inside


def _as_one(edits: Sequence[Edit]) -> Edit:
    changes = tuple(change for edit in edits for change in edit.changes)
    statements = tuple(dict.fromkeys(edit.statements[0] for edit in edits))
    near = 0.0 if len(statements) == 1 else MORE
    return Edit(edits[0].kind, edits[0].cost + MORE + near, changes, statements)
