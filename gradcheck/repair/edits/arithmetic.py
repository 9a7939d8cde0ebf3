"""Operators, numbers, factors and terms: exchanged, dropped, added."""

import ast
from collections.abc import Iterator

from gradcheck.repair.edits.edit import (
    Change,
    Edit,
    Scope,
    Slot,
    Spot,
    binary,
    call_of,
    is_read,
    name,
    number,
    place,
)

OPERATORS: dict[type[ast.operator], tuple[tuple[type[ast.operator], float], ...]] = {
    ast.Add: ((ast.Sub, 1.2), (ast.Mult, 2.2)),
    ast.Sub: ((ast.Add, 1.2), (ast.Mult, 2.6), (ast.Div, 2.8)),
    ast.Mult: ((ast.Div, 1.2), (ast.MatMult, 2.5), (ast.Add, 2.2), (ast.Sub, 2.6)),
    ast.Div: ((ast.Mult, 1.2), (ast.FloorDiv, 1.3), (ast.Sub, 2.8)),
    ast.FloorDiv: ((ast.Div, 1.6), (ast.Mult, 1.4), (ast.Mod, 1.4)),
    ast.Mod: ((ast.FloorDiv, 1.3),),
    ast.MatMult: ((ast.Mult, 1.6),),
    ast.Pow: ((ast.Mult, 1.4),),
    ast.BitAnd: ((ast.BitOr, 1.5),),
    ast.BitOr: ((ast.BitAnd, 1.5),),
}

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE, ast.Eq),
    ast.GtE: (ast.Gt, ast.LtE, ast.Lt, ast.Eq),
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE, ast.Eq),
    ast.LtE: (ast.Lt, ast.GtE, ast.Gt, ast.Eq),
    ast.Eq: (ast.NotEq, ast.GtE, ast.LtE),
    ast.NotEq: (ast.Eq,),
}

WEIGHTS = ("n", "m", "gamma", "std", "mask", "p", "scale", "batch", "inv", "keep", "x", "eps")
"""What a factor that was forgotten is often called, or begins with."""

UNUSED: tuple[tuple[type[ast.operator], float], ...] = (
    (ast.Add, 1.2),
    (ast.Sub, 1.4),
    (ast.Mult, 1.3),
    (ast.Div, 1.4),
)
"""How a variable that nothing reads may be meant to be used."""

SCALES, SHIFTS = ("gamma", "g", "scale", "weight"), ("beta", "b", "shift")
"""What the factor and the term of a norm are called, or begin with."""

COUNTS = ("n", "m", "batch", "d")
"""What the number of samples, or of features, is often called, or begins with."""


def _edit(kind: str, cost: float, slot: Slot, new: ast.expr, spot: Spot) -> Edit:
    return Edit(kind, cost, (slot.to(new),), (spot.statement,), joins=True, slot=slot)


def operators(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each operation and comparison with another operator, and each with its two sides exchanged."""
    for slot in spot.slots:
        node = slot.node
        if isinstance(node, ast.BinOp):
            for operator, cost in OPERATORS.get(type(node.op), ()):
                yield _edit("operator", cost, slot, binary(node.left, operator(), node.right), spot)
            if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult | ast.Mod | ast.FloorDiv):
                yield _edit("sides", 1.7, slot, binary(node.right, node.op, node.left), spot)
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            for comparison in COMPARISONS.get(type(node.ops[0]), ()):
                new = ast.Compare(node.left, [comparison()], node.comparators)
                yield _edit("comparison", 1.2, slot, new, spot)


def signs(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each sign dropped, and one in front of each operand and result."""
    for slot in spot.slots:
        node = slot.node
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
            yield _edit("sign", 1.1, slot, node.operand, spot)
        elif _is_value(slot) and not isinstance(node, ast.Tuple | ast.Constant):
            cost = 1.2 if slot.key == "value" else 1.5
            yield _edit("sign", cost, slot, ast.UnaryOp(ast.USub(), node), spot)
        if isinstance(spot.statement, ast.If | ast.While) and slot.holder is spot.statement:
            yield _edit("sign", 1.8, slot, ast.UnaryOp(ast.Not(), node), spot)


def _is_value(slot: Slot) -> bool:
    """Whether a place holds what a statement assigns or returns, or one entry of that, or a term of it."""
    outer = slot.around[0]
    if isinstance(outer, ast.Tuple):
        return isinstance(outer.ctx, ast.Load) and isinstance(slot.around[1], ast.Return | ast.Assign)
    if isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Add | ast.Sub):
        return True
    return isinstance(outer, ast.Assign | ast.AugAssign | ast.Return) and slot.key == "value"


def numbers(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each number with others in its place."""
    for slot in spot.slots:
        node = slot.node
        if not isinstance(node, ast.Constant):
            continue
        value = node.value
        if isinstance(value, bool):
            yield _edit("number", 1.2, slot, ast.Constant(not value), spot)
        elif isinstance(value, int):
            others = dict.fromkeys((value + 1, value - 1, 0, 1, 2, 3))
            for other in others:
                if other != value:
                    yield _edit("number", 1.2 if abs(other - value) == 1 else 1.5, slot, number(other), spot)
            # What is passed as a number is often an option that the function has.
            outer = slot.around[0]
            for each in scope.named("int") if isinstance(outer, ast.Call) else ():
                is_own = isinstance(getattr(outer, "func", None), ast.Name)
                yield _edit("number", 1.1 if is_own else 1.5, slot, name(each), spot)
        elif isinstance(value, float):
            for more in dict.fromkeys((2 * value, value / 2, 0.0, 1.0, 2.0, 0.5, 1 - value, -value)):
                if more != value:
                    yield _edit("number", 1.6, slot, number(more), spot)
        elif value is None and isinstance(slot.around[0], ast.keyword):
            for axis in (0, 1):
                yield _edit("number", 1.6, slot, number(axis), spot)


def dropped(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each operation with only one of its sides, and each call with only its argument."""
    for slot in spot.slots:
        node = slot.node
        if isinstance(node, ast.BinOp):
            # A divisor, or a subtrahend, does not stand for the whole.
            cost = 1.1 if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div) else 1.6
            yield _edit("dropped", cost, slot, node.left, spot)
            odd = 1.0 if isinstance(node.op, ast.Sub | ast.Div | ast.Pow | ast.FloorDiv) else 0.0
            yield _edit("dropped", cost + odd, slot, node.right, spot)
        elif isinstance(node, ast.Call) and is_read(node.func):
            if len(node.args) == 1 and not isinstance(node.args[0], ast.Starred):
                yield _edit("unwrapped", 2.0, slot, node.args[0], spot)
            if isinstance(node.func, ast.Attribute) and not isinstance(
                node.func.value, ast.Name | ast.Attribute
            ):
                yield _edit("unwrapped", 2.0, slot, node.func.value, spot)
            elif isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", None) in scope.kinds:
                yield _edit("unwrapped", 1.8, slot, node.func.value, spot)
        elif isinstance(node, ast.BoolOp) and len(node.values) == 2:
            for value in node.values:
                yield _edit("dropped", 1.8, slot, value, spot)
        elif isinstance(node, ast.IfExp):
            yield _edit("dropped", 1.8, slot, node.body, spot)
            yield _edit("dropped", 1.8, slot, node.orelse, spot)


def factors(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each value that a statement computes, times a variable, or divided by one."""
    arrays = scope.named("array", "bools", "float", "int")
    for slot in spot.slots:
        if not _is_value(slot) or isinstance(slot.node, ast.Tuple | ast.Constant):
            continue
        for each in arrays:
            likely = each.lower().startswith(WEIGHTS)
            cost = (1.9 if likely else 2.5) + 0.3 * isinstance(slot.around[0], ast.BinOp) + 0.2 * spot.in_loop
            yield _edit("factor", cost, slot, binary(slot.node, ast.Mult(), name(each)), spot)
            yield _edit("factor", cost, slot, binary(slot.node, ast.Div(), name(each)), spot)
        for text in ("shape", "size"):
            yield from _by_size(slot, spot, text, scope)
        for value in (2, 0.5):
            yield _edit("factor", 2.2, slot, binary(slot.node, ast.Mult(), number(value)), spot)


def likely_factors(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each value that a statement computes, divided by the number of samples, halved and doubled."""
    counts = _counts(scope)
    for slot in spot.slots:
        if slot.key == "value" and _is_value(slot) and not isinstance(slot.node, ast.Tuple | ast.Constant):
            more = 0.4 * spot.in_loop
            for each in counts:
                yield _edit("factor", 1.25 + more, slot, binary(slot.node, ast.Div(), name(each)), spot)
            for value in (0.5, 2):
                yield _edit("factor", 1.5 + more, slot, binary(slot.node, ast.Mult(), number(value)), spot)


def _counts(scope: Scope) -> list[str]:
    return [each for each in scope.named("int", "float") if each.lower().startswith(COUNTS)]


def _by_size(slot: Slot, spot: Spot, text: str, scope: Scope) -> Iterator[Edit]:
    """Yield a value divided by the number of samples where no variable has it."""
    for each in ("x", "dout"):
        if each in scope.kinds and scope.kinds[each].sort == "array":
            whole = ast.Attribute(name(each), text, ast.Load())
            size = whole if text == "size" else ast.Subscript(whole, number(0), ast.Load())
            yield _edit("factor", 2.4, slot, binary(slot.node, ast.Div(), size), spot)


def terms(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each value that a statement computes, with a variable added or subtracted; or one."""
    for slot in spot.slots:
        is_argument = isinstance(slot.node, ast.BinOp) and isinstance(slot.around[0], ast.Call)
        if is_argument or (_is_value(slot) and not isinstance(slot.node, ast.Tuple | ast.Constant)):
            for operator in (ast.Add(), ast.Sub()):
                yield _edit("term", 1.8, slot, binary(slot.node, operator, number(1)), spot)
        if not _is_value(slot) or isinstance(slot.node, ast.Tuple | ast.Constant):
            continue
        if isinstance(slot.around[0], ast.BinOp):
            continue
        for each in scope.named("array", "float"):
            for operator in (ast.Add(), ast.Sub()):
                yield _edit("term", 2.6, slot, binary(slot.node, operator, name(each)), spot)


def scaled(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield what is assigned times gamma plus beta."""
    node = spot.statement
    arrays = scope.named("array")
    scales = [each for each in arrays if each.lower().startswith(SCALES)]
    shifts = [each for each in arrays if each.lower().startswith(SHIFTS)]
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
        return
    for slot in spot.slots:
        if slot.holder is node and slot.key == "value":
            for one in scales:
                for other in shifts:
                    if scope.kinds[one] == scope.kinds[other]:
                        made = binary(binary(slot.node, ast.Mult(), name(one)), ast.Add(), name(other))
                        yield _edit("factor", 1.5, slot, made, spot)


def unused(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield what a statement computes with a variable in it that is computed before, and never used."""
    names = [each for each in scope.unused if scope.sort_of(each) in ("array", "bools", "float", "int")]
    for slot in spot.slots if names else ():
        if not _is_value(slot) or isinstance(slot.node, ast.Tuple | ast.Constant):
            continue
        for each in names:
            for operator, cost in UNUSED:
                yield _edit("term", cost, slot, binary(slot.node, operator(), name(each)), spot)
            for count in _counts(scope):
                share = binary(name(each), ast.Div(), name(count))
                for operator in (ast.Add, ast.Sub):
                    yield _edit("term", 1.4, slot, binary(slot.node, operator(), share), spot)


def in_root(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield eps added under each root, added to each divisor, moved into a root."""
    small = [each for each in scope.kinds if "eps" in each.lower()]
    for slot in spot.slots:
        node = slot.node
        if call_of(node) in ("sqrt", "log") and isinstance(node, ast.Call) and node.args:
            for each in small:
                yield from _into(slot, spot, node, name(each))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            inner, more = node.left, node.right
            if call_of(inner) == "sqrt" and isinstance(inner, ast.Call) and len(inner.args) == 1:
                root = ast.Call(inner.func, [binary(inner.args[0], ast.Add(), more)], [])
                yield _edit("eps", 1.0, slot, root, spot)
            if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow):
                power = binary(binary(inner.left, ast.Add(), more), ast.Pow(), inner.right)
                yield _edit("eps", 1.0, slot, power, spot)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            yield from _moved_into(slot, node, spot)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            for each in small:
                power = binary(binary(node.left, ast.Add(), name(each)), ast.Pow(), node.right)
                yield _edit("eps", 1.4, slot, power, spot)
        if isinstance(node, ast.Name) and "var" in node.id.lower() and is_read(node):
            for each in small:
                yield _edit("eps", 1.4, slot, binary(node, ast.Add(), name(each)), spot)


def _moved_into(slot: Slot, node: ast.BinOp, spot: Spot) -> Iterator[Edit]:
    """Yield ``1 / sqrt(a) + eps`` as ``1 / sqrt(a + eps)``."""
    for each in ast.walk(node.left):
        if each is not node.left and call_of(each) == "sqrt" and isinstance(each, ast.Call) and each.args:
            more = binary(each.args[0], ast.Add(), node.right)
            place(more, each.args[0])
            inner = Change(each.args, 0, each.args[0], more)
            yield Edit("eps", 1.0, (inner, slot.to(node.left)), (spot.statement,))


def _into(slot: Slot, spot: Spot, root: ast.Call, small: ast.expr) -> Iterator[Edit]:
    new = ast.Call(root.func, [binary(root.args[0], ast.Add(), small), *root.args[1:]], root.keywords)
    yield _edit("eps", 1.0, slot, new, spot)


def powers(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each factor and divisor that is a variable, squared or its root."""
    for slot in spot.slots:
        node, outer = slot.node, slot.around[0]
        is_factor = isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Mult | ast.Div)
        if isinstance(node, ast.Name) and is_factor and node.id in scope.kinds:
            for exponent in (2, 0.5, 3):
                yield _edit("power", 2.2, slot, binary(node, ast.Pow(), number(exponent)), spot)


def rooted(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield each divisor and factor under a root, each argument's exponential and logarithm."""
    library = scope.numpy
    if library is None:
        return
    for slot in spot.slots:
        node, outer = slot.node, slot.around[0]
        is_divisor = isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Div) and slot.key == "right"
        is_factor = isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Mult)
        if isinstance(node, ast.Constant | ast.Slice | ast.Tuple):
            continue
        if is_divisor or is_factor or _is_value(slot):
            costs = {"sqrt": 1.3 if is_divisor else 2.2, "exp": 2.6, "log": 2.6}
            for function, cost in costs.items():
                called = ast.Attribute(name(library), function, ast.Load())
                yield _edit("root", cost, slot, ast.Call(called, [node], []), spot)


def complements(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield one less each fraction: momentum, the probability of dropping; and each mask the other way round."""
    for slot in spot.slots:
        node = slot.node
        if isinstance(node, ast.Name) and is_read(node) and scope.sort_of(node.id) in ("float", "array"):
            cost = 1.4 if scope.sort_of(node.id) == "float" else 2.4
            yield _edit("complement", cost, slot, binary(number(1), ast.Sub(), node), spot)
        elif isinstance(node, ast.Name) and is_read(node) and scope.sort_of(node.id) == "bools":
            yield _edit("complement", 1.6, slot, ast.UnaryOp(ast.Invert(), node), spot)


def known(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield a variable in the place of what is computed or looked up."""
    for slot in spot.slots:
        node = slot.node
        if isinstance(node, ast.Call | ast.Subscript | ast.Attribute) and is_read_value(node):
            if slot.key in ("func", "value") and isinstance(slot.around[0], ast.Attribute | ast.Call):
                continue
            for each in scope.named("array", "bools", "float", "int"):
                yield _edit("known", 2.1, slot, name(each), spot)


def is_read_value(node: ast.expr) -> bool:
    """Whether an expression gives a value, and is not written to."""
    return isinstance(node, ast.Call) or is_read(node)


def grouping(scope: Scope, spot: Spot) -> Iterator[Edit]:
    """Yield ``a - b / c`` as ``(a - b) / c``, and the other way round."""
    for slot in spot.slots:
        node = slot.node
        if not isinstance(node, ast.BinOp):
            continue
        left, right = node.left, node.right
        if isinstance(right, ast.BinOp):
            yield _edit(
                "brackets", 1.7, slot, binary(binary(left, node.op, right.left), right.op, right.right), spot
            )
        if isinstance(left, ast.BinOp):
            yield _edit(
                "brackets", 1.7, slot, binary(left.left, left.op, binary(left.right, node.op, right)), spot
            )
