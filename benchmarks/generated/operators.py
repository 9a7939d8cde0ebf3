"""The operators on statements, and which operators apply to which kind of node."""

import ast
from collections.abc import Callable
from typing import Any

from generated.expressions import (
    Replacements,
    altered,
    arithmetic,
    boolean,
    call,
    choice,
    compare,
    constant,
    name,
    number,
    slicing,
    unary,
)


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
