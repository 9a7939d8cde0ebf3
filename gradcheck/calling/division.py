"""Where a float comes from that code uses as a size or an index: from a ``/`` that Python 2 rounded down.

A worker needs this too: NumPy and the standard library only.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from types import FrameType

import numpy as np

from gradcheck.calling.origin import Function, function_of
from gradcheck.text import one_line

FLOAT = re.compile(
    r"'(?:numpy\.)?float\d*' object cannot be interpreted as an integer"
    r"|slice indices must be integers|only integers, slices|indices must be integers or slices, not (?:numpy\.)?float"
    r"|can't multiply sequence by non-int of type '(?:numpy\.)?float|integer argument expected, got float"
    r"|expected a sequence of integers or a single integer"
)
"""What Python and NumPy say of a float in the place of an integer."""

LONGEST = 60
"""Characters of a division that is shown."""

Place = tuple[FrameType, int]


def division(message: str, places: Sequence[Place]) -> str:
    """Return `` : what to do`` about a float that is used as an integer; nothing about other exceptions.

    Parameters
    ----------
    message : str
        What the exception says.
    places : sequence
        The subject's own frames and their lines, innermost first.
    """
    if not FLOAT.search(message):
        return ""
    for frame, line in places:
        function = function_of(frame.f_code, frame.f_globals)
        found = [] if function is None else _divisions_for(function, frame, line)
        if found:
            shown = one_line(ast.unparse(found[0]), LONGEST)
            lines = sorted({each.lineno for each in found})
            several = "lines" if len(lines) > 1 else "line"
            where = "" if lines == [places[0][1]] else f" in {several} {' and '.join(map(str, lines))}"
            return f": in Python 3, {shown} is {_value(found[0], frame)}: write //{where}"
    return ": a size or an index must be an integer: write int(...)"


def _divisions_for(function: Function, frame: FrameType, line: int) -> list[ast.BinOp]:
    """Return the divisions in a line, or those above it in assignments to names that are floats there."""
    statements = [node for node in ast.walk(function) if isinstance(node, ast.stmt) and node is not function]
    here = [
        part for node in statements for part in _own(node) if part.lineno <= line <= (part.end_lineno or 0)
    ]
    divisions = [node for part in here for node in _divisions(part)]
    if divisions:
        return divisions
    names = {
        node.id
        for part in here
        for node in ast.walk(part)
        if isinstance(node, ast.Name) and isinstance(frame.f_locals.get(node.id), float | np.floating)
    }
    return [
        found
        for node in statements
        if isinstance(node, ast.Assign | ast.AugAssign) and node.lineno < line and names & _targets(node)
        for found in _divisions(node)
    ]


def _own(node: ast.stmt) -> Iterator[ast.expr]:
    """Yield the expressions of a statement, without those of the statements in it."""
    yield from (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))


def _divisions(node: ast.AST) -> list[ast.BinOp]:
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div):
        found = ast.BinOp(node.target, ast.Div(), node.value)
        return [ast.copy_location(found, node)]
    return [each for each in ast.walk(node) if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div)]


def _targets(node: ast.Assign | ast.AugAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}


def _value(node: ast.BinOp, frame: FrameType) -> str:
    """Return what a division gives, if that can be seen without running any of the subject's code."""
    left, right = _integer(node.left, frame), _integer(node.right, frame)
    return (
        "a float"
        if left is None or not right
        else f"{left / right:.6g}" + (".0" if left % right == 0 else "")
    )


def _integer(node: ast.expr, frame: FrameType) -> int | None:
    """Return the integer that an expression of integers gives now, or None."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name):
        value = frame.f_locals.get(node.id)
        return value if type(value) is int and abs(value) < 10**6 else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
        left, right = _integer(node.left, frame), _integer(node.right, frame)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Mult):
            return left * right
        return left + right if isinstance(node.op, ast.Add) else left - right
    return None
