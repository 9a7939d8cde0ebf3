"""Slices, windows and ranges."""

import ast
from collections.abc import Iterator

from gradcheck.repair.edits.edit import Edit, Scope, Slot, Spot, binary, call_of, is_read, name, number

STEPS = ("s", "d", "step", "hs", "ws")
"""What a stride or a dilation is called, or begins with."""

OFFSETS = ("p", "k", "hh", "ww", "fh", "fw", "f_", "filter", "kernel", "pad", "h_", "w_")
"""What the extent of a window, or a padding, is called, or begins with."""


def _edit(kind: str, cost: float, slot: Slot, new: ast.expr, spot: Spot) -> Edit:
    return Edit(kind, cost, (slot.to(new),), (spot.statement,), joins=True, slot=slot)


def crops(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield ``a:-a`` as ``a:a + H``, for each size, and as ``a:shape[k] - a``."""
    sizes = scope.named("int")
    for slot in spot.slots:
        node = slot.node
        if not isinstance(node, ast.Slice) or node.lower is None or node.step is not None:
            continue
        is_crop = isinstance(node.upper, ast.UnaryOp) and isinstance(node.upper.op, ast.USub)
        for each in sizes:
            upper = binary(node.lower, ast.Add(), name(each))
            yield _edit("crop", 0.7 if is_crop else 1.6, slot, ast.Slice(node.lower, upper, None), spot)
            if is_crop and isinstance(node.upper, ast.UnaryOp):
                upper = binary(name(each), ast.Sub(), node.upper.operand)
                yield _edit("crop", 1.2, slot, ast.Slice(node.lower, upper, None), spot)
        yield _edit("crop", 1.6, slot, ast.Slice(node.lower, None, None), spot)
        if is_crop:
            yield from _by_shape(slot, node, spot)


def _by_shape(slot: Slot, node: ast.Slice, spot: Spot) -> Iterator[Edit]:
    """Yield a crop that counts from the array's own extent along the axis."""
    whole = next((each for each in slot.around if isinstance(each, ast.Subscript)), None)
    if whole is None or not isinstance(node.upper, ast.UnaryOp) or not isinstance(slot.key, int):
        return
    shape = ast.Attribute(whole.value, "shape", ast.Load())
    extent = ast.Subscript(shape, number(slot.key), ast.Load())
    upper = binary(extent, ast.Sub(), node.upper.operand)
    yield _edit("crop", 0.9, slot, ast.Slice(node.lower, upper, None), spot)


def bounds(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each index, bound of a slice and end of a range times, plus or minus a whole number in scope."""
    for slot in spot.slots:
        node = slot.node
        if _is_entry(slot, scope):
            for each in scope.named("int"):
                if each.lower().startswith(STEPS):
                    yield _edit("bound", 1.6, slot, binary(node, ast.Mult(), name(each)), spot)
        if not _is_bound(slot) or isinstance(node, ast.Constant | ast.Slice | ast.Tuple | ast.UnaryOp):
            continue
        for each in scope.named("int"):
            if each.lower().startswith(STEPS):
                yield _edit("bound", 1.2, slot, binary(node, ast.Mult(), name(each)), spot)
            elif each.lower().startswith(OFFSETS):
                yield _edit("bound", 1.9, slot, binary(node, ast.Add(), name(each)), spot)
                if "p" in each.lower():
                    yield _edit("bound", 1.9, slot, binary(node, ast.Sub(), name(each)), spot)
        yield _edit("bound", 1.5, slot, binary(node, ast.Add(), number(1)), spot)
        yield _edit("bound", 1.5, slot, binary(node, ast.Sub(), number(1)), spot)


def indices(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each number that is an index with the variable of a loop in its place, and the other way round."""
    loops = [
        each.target.id
        for each in spot.around
        if isinstance(each, ast.For) and isinstance(each.target, ast.Name)
    ]
    for slot in spot.slots:
        node, outer = slot.node, slot.around[0]
        whole = slot.around[1] if isinstance(outer, ast.Tuple) else outer
        if not isinstance(whole, ast.Subscript) or slot.key == "value":
            continue
        if isinstance(node, ast.Constant) and type(node.value) is int:
            for each in loops:
                yield _edit("index", 1.5, slot, name(each), spot)
        elif isinstance(node, ast.Slice) and node.lower is None and node.upper is None:
            for each in loops:
                yield _edit("index", 1.7, slot, name(each), spot)


def strides(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each slice that takes every s-th entry as one that takes all, and ``a:a + n`` as ``a:a + s * n:s``."""
    for slot in spot.slots:
        node = slot.node
        if not isinstance(node, ast.Slice):
            continue
        if node.step is not None:
            yield _edit("bound", 1.6, slot, ast.Slice(node.lower, node.upper, None), spot)
            continue
        for each in scope.named("int"):
            if each.lower().startswith(STEPS):
                upper = node.upper
                if isinstance(upper, ast.BinOp) and isinstance(upper.op, ast.Add):
                    longer = binary(name(each), ast.Mult(), upper.right)
                    whole = ast.Slice(node.lower, binary(upper.left, ast.Add(), longer), name(each))
                    yield _edit("bound", 1.3, slot, whole, spot)
                yield _edit("bound", 1.5, slot, ast.Slice(node.lower, upper, name(each)), spot)


def _is_entry(slot: Slot, scope: Scope) -> bool:
    """Whether a place is a whole number in a tuple: an extent, a stride."""
    outer = slot.around[0]
    is_number = isinstance(slot.node, ast.Name) and scope.sort_of(slot.node.id) == "int"
    return is_number and isinstance(outer, ast.Tuple) and is_read(outer) and slot.subscript is None


def _is_bound(slot: Slot) -> bool:
    """Whether a place is an index, a bound of a slice, a term of either, or an argument of a range."""
    outer = slot.around[0]
    if isinstance(outer, ast.Slice) or call_of(outer) == "range":
        return slot.key != "func"
    if isinstance(outer, ast.Subscript):
        return slot.key == "slice"
    if isinstance(outer, ast.Tuple) and len(slot.around) > 1:
        return isinstance(slot.around[1], ast.Subscript)
    inside = (
        any(isinstance(each, ast.Subscript) for each in slot.around) or call_of(slot.around[-1]) == "range"
    )
    return inside and isinstance(outer, ast.BinOp) and isinstance(slot.node, ast.Name) and is_read(slot.node)


def whole_axes(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each index of several with the whole axis in the place of one, and the other way round."""
    for slot in spot.slots:
        outer = slot.around[0]
        if not (isinstance(outer, ast.Tuple) and isinstance(slot.around[1], ast.Subscript)):
            continue
        if isinstance(slot.node, ast.Slice):
            if slot.node.lower is None and slot.node.upper is None:
                for each in scope.named("int"):
                    yield _edit("index", 2.0, slot, name(each), spot)
        elif isinstance(slot.node, ast.Name):
            yield _edit("index", 1.8, slot, ast.Slice(None, None, None), spot)
