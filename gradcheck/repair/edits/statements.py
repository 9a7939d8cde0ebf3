"""Whole statements: how they assign, where they stand, whether they are there at all."""

import ast
from collections.abc import Iterator

from gradcheck.repair.edits.edit import Change, Edit, Scope, Spot, name, place

AUGMENTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


def _instead(kind: str, cost: float, spot: Spot, new: ast.stmt) -> Edit:
    place(new, spot.statement)
    change = Change(spot.body, spot.index, spot.statement, new)
    return Edit(kind, cost, (change,), (spot.statement,), (kind, type(new).__name__, _operator(new)))


def _operator(node: ast.stmt) -> str:
    return type(node.op).__name__ if isinstance(node, ast.AugAssign) else ""


def assigning(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield ``=`` as ``+=``, and each augmented assignment as a plain one and with another operator."""
    node = spot.statement
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if isinstance(target, ast.Subscript | ast.Name | ast.Attribute):
            is_entry = isinstance(target, ast.Subscript)
            known = is_entry or getattr(target, "id", None) in scope.kinds
            cost = 0.5 if is_entry and spot.in_loop else 1.0 if spot.in_loop or is_entry else 1.8
            for operator, more in ((ast.Add(), 0.0), (ast.Sub(), 0.8), (ast.Mult(), 0.8), (ast.Div(), 1.0)):
                if known:
                    yield _instead(
                        "augmented", cost + more, spot, ast.AugAssign(target, operator, node.value)
                    )
    elif isinstance(node, ast.AugAssign):
        yield _instead("assigned", 1.2, spot, ast.Assign([node.target], node.value))
        other = AUGMENTED.get(type(node.op))
        if other is not None:
            yield _instead("augmented", 1.2, spot, ast.AugAssign(node.target, other(), node.value))
            if isinstance(node.op, ast.Mult | ast.Div):
                yield _instead("augmented", 2.0, spot, ast.AugAssign(node.target, ast.Add(), node.value))


def dropping(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield the function without a statement; or without the condition around some."""
    node = spot.statement
    if isinstance(
        node, ast.Assign | ast.AugAssign | ast.Expr | ast.Raise | ast.Break | ast.Continue | ast.Assert
    ):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_text:
            yield _instead("left out", 1.2 if isinstance(node, ast.AugAssign) else 1.6, spot, ast.Pass())
    elif isinstance(node, ast.If) and not node.orelse:
        yield _instead("left out", 1.7, spot, ast.Pass())


def leaving(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield a ``return`` that stands in a loop, behind it; and a statement that stands in one, behind it or before."""
    node, loop = spot.statement, spot.around[0]
    if not isinstance(loop, ast.For | ast.While) or spot.body is not loop.body or len(spot.around) < 2:
        return
    outer = _body_with(spot.around[1], loop)
    if outer is None:
        return
    if isinstance(node, ast.Return):
        loops = [each for each in spot.around if isinstance(each, ast.For | ast.While)]
        # Of two loops it may have to leave both.
        for number, each in enumerate(loops):
            above = spot.around[list(spot.around).index(each) + 1]
            body = _body_with(above, each)
            if body is not None:
                yield _moved(0.7 + 0.1 * number, spot, above, body, each, after=True)
    elif isinstance(node, ast.Assign | ast.AugAssign):
        above = spot.around[1]
        if spot.index == len(spot.body) - 1:
            yield _moved(1.6, spot, above, outer, loop, after=True)
        if spot.index == 0:
            yield _moved(1.8, spot, above, outer, loop, after=False)


def _body_with(node: ast.AST, child: ast.AST) -> list[ast.stmt] | None:
    for field in ("body", "orelse", "finalbody"):
        body = getattr(node, field, None)
        if isinstance(body, list) and any(each is child for each in body):
            return body
    return None


def _moved(
    cost: float, spot: Spot, above: ast.AST, body: list[ast.stmt], loop: ast.AST, *, after: bool
) -> Edit:
    """Return the edit that takes a statement out of a loop."""
    index = next(number for number, each in enumerate(body) if each is loop) + after
    field = next(key for key in ("body", "orelse", "finalbody") if getattr(above, key, None) is body)
    rest: list[ast.stmt] = [each for each in spot.body if each is not spot.statement]
    filler = ast.Pass()
    place(filler, spot.statement)
    inner = spot.around[0]
    changes = (
        Change(inner, "body", spot.body, rest or [filler]),
        Change(above, field, body, [*body[:index], spot.statement, *body[index:]]),
    )
    return Edit("moved", cost, changes, (spot.statement,))


def keeping(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield a statement behind an assignment that keeps what it computes in a dict: running statistics."""
    node = spot.statement
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
        return
    made = node.targets[0].id
    for each in scope.named("dict"):
        if made.startswith(("running", "moving")):
            entry = ast.Subscript(name(each), ast.Constant(made), ast.Store())
            yield _inserted(1.4, spot, ast.Assign([entry], name(made)))


def doing(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield the same statement a step deeper: in the loop, or under the condition, that ends above it."""
    if spot.index == 0:
        return
    before = spot.body[spot.index - 1]
    node = spot.statement
    if isinstance(before, ast.For | ast.If) and isinstance(node, ast.Assign | ast.AugAssign):
        field = next(
            (key for key in ("body", "orelse") if getattr(spot.around[0], key, None) is spot.body), None
        )
        if field is None:
            return
        rest = [each for each in spot.body if each is not node]
        changes = (
            Change(spot.around[0], field, spot.body, rest),
            Change(before, "body", before.body, [*before.body, node]),
        )
        yield Edit("moved", 1.8, changes, (node,))


def centring(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield a statement behind an assignment that takes the mean away: the path through a mean was forgotten."""
    node = spot.statement
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    if not isinstance(targets[0], ast.Name) or spot.in_loop:
        return
    made = targets[0].id
    kind = scope.kinds.get(made)
    if kind is None or kind.sort != "array" or kind.shape is None or len(kind.shape) < 2:
        return
    every = tuple(range(len(kind.shape)))
    axes = (
        {(0,), (1,), every[1:], (0, *every[2:])}
        if len(every) < 5
        else {every[1:], (0, *every[2:]), every[2:]}
    )
    for axis in sorted(axes):
        along = (
            ast.Constant(axis[0])
            if len(axis) == 1
            else ast.Tuple([ast.Constant(k) for k in axis], ast.Load())
        )
        whole = ast.Call(
            ast.Attribute(name(made), "mean", ast.Load()),
            [],
            [ast.keyword("axis", along), ast.keyword("keepdims", ast.Constant(True))],
        )
        new = ast.AugAssign(ast.Name(made, ast.Store()), ast.Sub(), whole)
        cost = 2.5 if made in scope.returned else 2.9 if made.startswith("d") else 3.2
        yield _inserted(cost, spot, new)


def entries(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield an assignment to a whole array, in a loop, as one to the entry that the loop is at."""
    node = spot.statement
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    if not isinstance(target, ast.Name) or scope.sort_of(target.id) != "array":
        return
    loops = [
        each.target.id
        for each in spot.around
        if isinstance(each, ast.For) and isinstance(each.target, ast.Name)
    ]
    for each in loops:
        entry = ast.Subscript(ast.Name(target.id, ast.Load()), name(each), ast.Store())
        new: ast.stmt
        if isinstance(node, ast.AugAssign):
            new = ast.AugAssign(entry, node.op, node.value)
        else:
            assert isinstance(node, ast.Assign)
            new = ast.Assign([entry], node.value)
        yield _instead("entry", 1.5, spot, new)


def adding_at(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield ``a[rows, columns] += b`` as ``np.add.at(a, (rows, columns), b)``: an entry may be meant several times."""
    node, library = spot.statement, scope.numpy
    target = getattr(node, "target", None)
    is_sum = isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub)
    if library is None or not is_sum or not isinstance(target, ast.Subscript):
        return
    assert isinstance(node, ast.AugAssign)
    index = _as_values(target.slice)
    ufunc = ast.Attribute(name(library), "add" if isinstance(node.op, ast.Add) else "subtract", ast.Load())
    array = ast.Name(target.value.id, ast.Load()) if isinstance(target.value, ast.Name) else target.value
    made = ast.Call(ast.Attribute(ufunc, "at", ast.Load()), [array, index, node.value], [])
    yield _instead("augmented", 1.3, spot, ast.Expr(made))


def _as_values(index: ast.expr) -> ast.expr:
    """Return an index as a value of its own: ``a:b`` as ``slice(a, b)``."""
    if isinstance(index, ast.Tuple):
        return ast.Tuple(list(map(_as_values, index.elts)), ast.Load())
    if not isinstance(index, ast.Slice):
        return index
    bounds = [each or ast.Constant(None) for each in (index.lower, index.upper, index.step)]
    is_whole = all(each is None for each in (index.lower, index.upper, index.step))
    return ast.Call(name("slice"), bounds[:1] if is_whole else bounds, [])


def _inserted(cost: float, spot: Spot, new: ast.stmt) -> Edit:
    place(new, spot.statement)
    above = spot.around[0]
    field = next(
        (key for key in ("body", "orelse", "finalbody") if getattr(above, key, None) is spot.body), "body"
    )
    body = [*spot.body[: spot.index + 1], new, *spot.body[spot.index + 1 :]]
    return Edit("inserted", cost, (Change(above, field, spot.body, body),), (spot.statement,))
