"""Other functions, other axes, and results reshaped, transposed or copied."""

import ast
from collections.abc import Iterator
from itertools import combinations, permutations

from gradcheck.repair.edits.edit import Edit, Scope, Slot, Spot, binary, call_of, is_read, name, number

ALIKE = (
    ("sum", "mean", "max", "min", "std", "var"),
    ("argmax", "argmin"),
    ("maximum", "minimum"),
    ("zeros_like", "ones_like", "empty_like"),
    ("zeros", "ones", "empty"),
    ("floor", "ceil", "round"),
    ("rand", "randn"),
    ("exp", "log"),
    ("sqrt", "square"),
    ("repeat", "tile"),
    ("dot", "multiply", "matmul"),
    ("tanh", "sinh", "cosh"),
    ("add", "subtract"),
)
"""Functions that are written for each other."""

REDUCING = frozenset({"sum", "mean", "max", "min", "std", "var", "argmax", "argmin", "any", "all", "amax"})
PURE = frozenset({"unchanged", "cache", "alias", "fresh", "reentrant", "repeatable", "independent"})
"""The checks that fail where something is changed that is somebody else's."""

AXES: tuple[int | tuple[int, ...] | None, ...] = (
    0,
    1,
    2,
    3,
    -1,
    (0, 1),
    (0, 2, 3),
    (1, 2, 3),
    (2, 3),
    (0, 2),
    (1, 2),
    (0, 1, 2),
    None,
)


def _edit(kind: str, cost: float, slot: Slot, new: ast.expr, spot: Spot) -> Edit:
    return Edit(kind, cost, (slot.to(new),), (spot.statement,), joins=True, slot=slot)


def _literal(axis: int | tuple[int, ...] | None) -> ast.expr:
    if isinstance(axis, tuple):
        return ast.Tuple([number(each) for each in axis], ast.Load())
    return ast.UnaryOp(ast.USub(), number(1)) if axis == -1 else ast.Constant(axis)


def other_functions(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each call of a function with one that is written for it."""
    for slot in spot.slots:
        node, called = slot.node, call_of(slot.node)
        if not isinstance(node, ast.Call) or called is None:
            continue
        for other in (other for group in ALIKE if called in group for other in group if other != called):
            function = (
                ast.Attribute(node.func.value, other, ast.Load())
                if isinstance(node.func, ast.Attribute)
                else name(other)
            )
            yield _edit("function", 1.3, slot, ast.Call(function, node.args, node.keywords), spot)


def axes(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each reduction over other axes, and with and without `keepdims`."""
    for slot in spot.slots:
        node = slot.node
        if not isinstance(node, ast.Call) or call_of(node) not in REDUCING:
            continue
        known = {each.arg: each.value for each in node.keywords}
        by_position = 0 if _is_method(node, scope) else 1
        before = known.get("axis") or (node.args[by_position] if len(node.args) > by_position else None)
        rest = [each for each in node.keywords if each.arg != "axis"]
        first = node.args[:by_position]
        for axis in dict.fromkeys((*AXES, *_near(before))):
            if before is not None and ast.dump(before) == ast.dump(_literal(axis)):
                continue
            if axis is None:
                yield _edit("axis", 1.1, slot, ast.Call(node.func, first, rest), spot)
                continue
            keywords = [*rest, ast.keyword("axis", _literal(axis))]
            change = slot.to(ast.Call(node.func, first, keywords))
            # Alike for the mean and the variance, whose statistics are taken over the same axes.
            group = ("axis", None if before is None else ast.dump(before), axis)
            cost = 1.1 if before is not None else 1.3
            yield Edit("axis", cost, (change,), (spot.statement,), group, slot=slot)
            if before is None and call_of(node) not in ("argmax", "argmin"):
                kept = [*keywords, ast.keyword("keepdims", ast.Constant(True))]
                yield _edit("axis", 1.4, slot, ast.Call(node.func, first, kept), spot)
        kept = [each for each in node.keywords if each.arg != "keepdims"]
        if "keepdims" in known:
            yield _edit("keepdims", 1.3, slot, ast.Call(node.func, node.args, kept), spot)
        elif before is not None and call_of(node) not in ("argmax", "argmin"):
            more = [*kept, ast.keyword("keepdims", ast.Constant(True))]
            yield _edit("keepdims", 1.3, slot, ast.Call(node.func, node.args, more), spot)
        if call_of(node) in ("var", "std"):
            others = [each for each in node.keywords if each.arg != "ddof"]
            yield _edit("ddof", 1.4, slot, ast.Call(node.func, node.args, others), spot)


def _near(before: ast.expr | None) -> Iterator[tuple[int, ...]]:
    """Yield the axes of a tuple with one more, and with one less."""
    if not isinstance(before, ast.Tuple) or not all(isinstance(each, ast.Constant) for each in before.elts):
        return
    known = [each.value for each in before.elts if isinstance(each, ast.Constant) and type(each.value) is int]
    for axis in range(5):
        others = {*known} ^ {axis}
        if others:
            yield tuple(sorted(others))


def _is_method(node: ast.Call, scope: Scope) -> bool:
    """Whether the array stands before the dot: ``x.sum()``, not ``np.sum(x)``."""
    function = node.func
    if not isinstance(function, ast.Attribute):
        return False
    return not isinstance(function.value, ast.Name) or function.value.id in scope.kinds


def reduced(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each value that is assigned or returned, summed over axes: a bias's gradient, a statistic's."""
    for slot in _values(spot):
        for axis in ((0,), (0, 2, 3), (1,), (1, 2, 3), (0, 1), (2, 3)):
            text = _literal(axis if len(axis) > 1 else axis[0])
            for function in ("sum", "mean"):
                whole = ast.Attribute(slot.node, function, ast.Load())
                yield _edit("reduced", 2.6, slot, ast.Call(whole, [], [ast.keyword("axis", text)]), spot)


def transposed(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each array transposed, and each transposition dropped or with other axes."""
    for slot in spot.slots:
        node = slot.node
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield _edit("transposed", 1.2, slot, node.value, spot)
        elif call_of(node) == "transpose" and isinstance(node, ast.Call):
            yield from _other_orders(slot, node, spot)
        elif isinstance(node, ast.Name) and is_read(node) and _has_axes(scope, node.id, 2):
            outer = slot.around[0]
            used = isinstance(outer, ast.Call) or isinstance(getattr(outer, "op", None), ast.MatMult)
            yield _edit("transposed", 1.6 if used else 2.2, slot, ast.Attribute(node, "T", ast.Load()), spot)
    for slot in _values(spot):
        yield _edit("transposed", 2.2, slot, ast.Attribute(slot.node, "T", ast.Load()), spot)


def _has_axes(scope: Scope, each: str, count: int) -> bool:
    kind = scope.kinds.get(each)
    return kind is not None and kind.sort == "array" and kind.shape is not None and len(kind.shape) == count


def _other_orders(slot: Slot, node: ast.Call, spot: Spot) -> Iterator[Edit]:
    tuples = [each for each in node.args if isinstance(each, ast.Tuple | ast.List)]
    order = tuples[0].elts if tuples else node.args
    if not 2 <= len(order) <= 6 or not all(isinstance(each, ast.Constant) for each in order):
        return
    if len(order) > 4:
        swaps = [_swapped(order, i, j) for i, j in combinations(range(len(order)), 2)]
    else:
        swaps = [list(each) for each in permutations(order)]
    for other in swaps:
        if [each.value for each in other] != [each.value for each in order]:  # type: ignore[attr-defined]
            made = [ast.Tuple(other, ast.Load()) if each in tuples else each for each in node.args]
            yield _edit(
                "order", 1.5, slot, ast.Call(node.func, made if tuples else other, node.keywords), spot
            )


def reordered(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield ``a.reshape(n, f, h, w)`` as ``a.reshape(n, h, w, f).transpose(0, 3, 1, 2)``, for each order."""
    for slot in spot.slots:
        node = slot.node
        if (
            call_of(node) != "reshape"
            or not isinstance(node, ast.Call)
            or not isinstance(node.func, ast.Attribute)
        ):
            continue
        tuples = [each for each in node.args if isinstance(each, ast.Tuple | ast.List)]
        extents = tuples[0].elts if len(tuples) == 1 else node.args
        if not 3 <= len(extents) <= 4:
            continue
        for order in list(permutations(range(len(extents))))[1:]:
            back = [number(order.index(axis)) for axis in range(len(order))]
            shape: list[ast.expr] = [extents[axis] for axis in order]
            made = ast.Call(node.func, [ast.Tuple(shape, ast.Load())] if tuples else shape, [])
            turned = ast.Call(ast.Attribute(made, "transpose", ast.Load()), list(back), [])
            yield _edit("order", 1.7, slot, turned, spot)


def _swapped(items: list[ast.expr], one: int, other: int) -> list[ast.expr]:
    found = list(items)
    found[one], found[other] = found[other], found[one]
    return found


def _values(spot: Spot) -> Iterator[Slot]:
    """Yield the places of what a statement assigns or returns, and of each entry of it."""
    for slot in spot.slots:
        outer = slot.around[0]
        is_whole = isinstance(outer, ast.Assign | ast.AugAssign | ast.Return) and slot.key == "value"
        is_entry = (
            isinstance(outer, ast.Tuple)
            and is_read(outer)
            and isinstance(slot.around[1], ast.Return | ast.Assign)
        )
        if (is_whole or is_entry) and not isinstance(slot.node, ast.Tuple | ast.Constant):
            yield slot


def copied(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each array that is handed on, copied."""
    cost = 0.6 if scope.checks & PURE else 3.2
    for slot in _values(spot):
        if isinstance(slot.node, ast.Name | ast.Attribute | ast.Subscript) or call_of(slot.node) in (
            "reshape",
            "asarray",
            "ravel",
            "transpose",
            "squeeze",
        ):
            made = ast.Call(ast.Attribute(slot.node, "copy", ast.Load()), [], [])
            yield _edit("copy", cost, slot, made, spot)


def shaped(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each value that is assigned or returned in the shape of an argument, and in its dtype."""
    likely = "shapes" in scope.checks
    of_type = scope.checks & {"dtype", "precision"}
    for slot in _values(spot):
        shapes: list[ast.expr] = [
            ast.Attribute(name(each), "shape", ast.Load()) for each in scope.named("array")[:12]
        ]
        shapes += [name(each) for each in scope.named("tuple")]
        for shape in shapes:
            whole = ast.Attribute(slot.node, "reshape", ast.Load())
            yield _edit("shape", 1.2 if likely else 2.8, slot, ast.Call(whole, [shape], []), spot)
        for each in scope.named("array")[:6] if of_type else ():
            dtype = ast.Attribute(name(each), "dtype", ast.Load())
            as_type = ast.Attribute(slot.node, "astype", ast.Load())
            yield _edit("dtype", 0.9, slot, ast.Call(as_type, [dtype], []), spot)
    for slot in spot.slots if of_type else ():
        node = slot.node
        if isinstance(node, ast.Call) and call_of(node) in ("zeros", "ones", "empty") and not node.keywords:
            for each in scope.named("array")[:6]:
                dtype = ast.Attribute(name(each), "dtype", ast.Load())
                made = ast.Call(node.func, node.args, [ast.keyword("dtype", dtype)])
                yield _edit("dtype", 0.7, slot, made, spot)


def all_extents(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield ``rand(x.shape[0], x.shape[1])`` as ``rand(*x.shape)``: for inputs of any rank."""
    for slot in spot.slots:
        node = slot.node
        if not isinstance(node, ast.Call) or not node.args:
            continue
        for each in scope.named("array")[:4]:
            if call_of(node) in ("rand", "randn"):
                shape = ast.Attribute(name(each), "shape", ast.Load())
                made = ast.Call(node.func, [ast.Starred(shape, ast.Load())], node.keywords)
                yield _edit("shape", 1.5, slot, made, spot)


def reshaped(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield what is reshaped, and perhaps transposed, in the shape of an array and no more."""
    for slot in spot.slots:
        inner: ast.expr = slot.node
        while call_of(inner) in ("reshape", "transpose") and isinstance(inner, ast.Call):
            if not isinstance(inner.func, ast.Attribute):
                break
            inner = inner.func.value
        if inner is slot.node or (isinstance(inner, ast.Name) and inner.id not in scope.kinds):
            continue
        for each in scope.named("array"):
            shape = ast.Attribute(name(each), "shape", ast.Load())
            made = ast.Call(ast.Attribute(inner, "reshape", ast.Load()), [shape], [])
            yield _edit("shape", 1.6, slot, made, spot)


def shifted(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield the argument of each exponential, and what becomes one, less its largest entry."""
    statement = spot.statement
    if isinstance(statement, ast.Assign) and any(
        call_of(each) == "exp" for each in ast.walk(scope.unit.node)
    ):
        for slot in spot.slots:
            is_rows = (
                isinstance(slot.node, ast.Name | ast.Call)
                and slot.holder is statement
                and slot.key == "value"
            )
            if is_rows and not any(call_of(each) in ("exp", "max") for each in ast.walk(slot.node)):
                yield _edit("shift", 1.4, slot, binary(slot.node, ast.Sub(), _largest(slot.node)), spot)
    for slot in spot.slots:
        node = slot.node
        if call_of(node) == "exp" and isinstance(node, ast.Call) and len(node.args) == 1:
            largest = _largest(node.args[0])
            made = ast.Call(node.func, [binary(node.args[0], ast.Sub(), largest)], [])
            yield _edit("shift", 1.4, slot, made, spot)


def _largest(rows: ast.expr) -> ast.expr:
    """Return the largest entry of each row."""
    keywords = [ast.keyword("axis", number(1)), ast.keyword("keepdims", ast.Constant(True))]
    return ast.Call(ast.Attribute(rows, "max", ast.Load()), [], keywords)


def exchanged(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each call, index and tuple with two of its entries exchanged."""
    for slot in spot.slots:
        node = slot.node
        if isinstance(node, ast.Call) and 2 <= len(node.args) <= 6:
            for i, j in combinations(range(len(node.args)), 2):
                made = ast.Call(node.func, _swapped(node.args, i, j), node.keywords)
                yield _edit("exchanged", 1.6, slot, made, spot)
        elif isinstance(node, ast.Tuple) and 2 <= len(node.elts) <= 8:
            for i, j in combinations(range(len(node.elts)), 2):
                yield _edit("exchanged", 1.5, slot, ast.Tuple(_swapped(node.elts, i, j), node.ctx), spot)
