"""The operators: from a node of the syntax tree to what may replace it."""

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any

Replacements = Iterator[ast.AST]

COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
EXTREMES = {
    one: other
    for pair in (("min", "max"), ("minimum", "maximum"), ("argmin", "argmax"))
    for one, other in (pair, pair[::-1])
}
RANGES = ("slice", "range")


def altered(node: ast.AST, **fields: object) -> Any:
    """Return a copy of a node with other fields. What is below them is shared."""
    new = copy.copy(node)
    vars(new).update(fields)
    return new


def number(value: int | float | str | None) -> ast.Constant:
    return ast.Constant(value)


def moved(bound: ast.expr) -> Iterator[ast.expr]:
    """Yield an expression and one more, and one less."""
    for sign in (ast.Add(), ast.Sub()):
        yield ast.BinOp(bound, sign, number(1))


def is_number(node: ast.AST) -> bool:
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


def is_moved(bound: ast.expr | None) -> bool:
    """Return whether a bound is to be moved: numbers are, as constants."""
    return bound is not None and not is_number(bound)


def compare(node: ast.Compare) -> Replacements:
    for index, operator in enumerate(node.ops):
        for other in COMPARISONS[type(operator)]:
            yield altered(node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])


def arithmetic(node: ast.BinOp | ast.AugAssign) -> Replacements:
    yield altered(node, op=ARITHMETIC[type(node.op)]())


def unary(node: ast.UnaryOp) -> Replacements:
    yield node.operand


def boolean(node: ast.BoolOp) -> Replacements:
    yield altered(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def constant(node: ast.Constant) -> Replacements:
    value = node.value
    if isinstance(value, bool):
        yield number(not value)
    elif isinstance(value, int):
        yield from (number(value + 1), number(value - 1))
    elif isinstance(value, float):
        yield number(2 * value if value else 1.0)
    elif isinstance(value, str):
        yield number(value[:-1] if value else "?")


def name(node: ast.Name | ast.Attribute) -> Replacements:
    which = "id" if isinstance(node, ast.Name) else "attr"
    if getattr(node, which) in EXTREMES:
        yield altered(node, **{which: EXTREMES[getattr(node, which)]})


def slicing(node: ast.Slice) -> Replacements:
    for which in ("lower", "upper"):
        bound = getattr(node, which)
        if is_moved(bound):
            yield from (altered(node, **{which: other}) for other in moved(bound))


def call(node: ast.Call) -> Replacements:
    """Yield a call's receiver or first argument in its place; bounds of slices and ranges off by one."""
    function, args = node.func, node.args
    if isinstance(function, ast.Name) and function.id in RANGES:
        for index, bound in enumerate(args[:2]):
            if is_moved(bound):
                yield from (
                    altered(node, args=[*args[:index], other, *args[index + 1 :]]) for other in moved(bound)
                )
    elif isinstance(function, ast.Attribute) and ast.unparse(function.value) != "np":
        yield function.value
    elif args and not isinstance(args[0], ast.Constant | ast.Starred):
        yield args[0]


def choice(node: ast.IfExp) -> Replacements:
    yield from (node.body, node.orelse)


def condition(node: ast.If) -> Replacements:
    if not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield altered(node, test=ast.UnaryOp(ast.Not(), node.test))


def dropped(node: ast.stmt) -> Replacements:
    yield ast.copy_location(ast.Pass(), node)


def result(node: ast.Return) -> Replacements:
    if node.value is not None and ast.unparse(node.value) != "None":
        yield altered(node, value=number(None))


def undecorated(node: ast.FunctionDef) -> Replacements:
    if node.decorator_list:
        yield altered(node, decorator_list=[])


OPERATORS: dict[type, tuple[Callable[[Any], Replacements], ...]] = {
    ast.Compare: (compare,),
    ast.BinOp: (arithmetic,),
    ast.UnaryOp: (unary,),
    ast.BoolOp: (boolean,),
    ast.Constant: (constant,),
    ast.Name: (name,),
    ast.Attribute: (name,),
    ast.Slice: (slicing,),
    ast.Call: (call,),
    ast.IfExp: (choice,),
    ast.If: (condition, dropped),
    ast.For: (dropped,),
    ast.Assign: (dropped,),
    ast.AnnAssign: (dropped,),
    ast.AugAssign: (arithmetic, dropped),
    ast.Expr: (dropped,),
    ast.Return: (result,),
    ast.FunctionDef: (undecorated,),
}
