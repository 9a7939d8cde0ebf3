"""Where the operators apply: every node that runs, and is no text of a message."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

SILENT = (ast.Import, ast.ImportFrom, ast.Raise)
ANNOTATIONS = ("annotation", "returns", "decorator_list")


class Place(NamedTuple):
    """A node, where it hangs in the tree, and the statement that it is part of."""

    parent: ast.AST
    field: str
    at: int | None
    node: ast.AST
    statement: ast.stmt

    def put(self, node: ast.AST) -> None:
        """Hang another node there."""
        if self.at is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.at] = node


def children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    for field_name, value in ast.iter_fields(node):
        if field_name not in ANNOTATIONS:
            for index, child in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(child, ast.AST):
                    yield field_name, index if isinstance(value, list) else None, child


def is_code(place: Place) -> bool:
    """Tell whether a node runs, and is no text of a message."""
    node = place.node
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    if isinstance(node, ast.AnnAssign):
        return node.value is not None and "TypeAlias" not in ast.unparse(node.annotation)
    if isinstance(node, ast.Constant):
        return not isinstance(place.parent, ast.JoinedStr)
    if isinstance(node, ast.Assign) and isinstance(place.parent, ast.Module):
        return not isinstance(node.value, ast.Subscript | ast.List) and not _is_type(node.value)
    return not isinstance(node, SILENT)


def _is_type(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "TypeVar"


def places(parent: ast.AST, statement: ast.stmt) -> Iterator[Place]:
    """Yield every node below `parent` that may be mutated, in the order of the source."""
    for field_name, index, node in children(parent):
        inner = node if isinstance(node, ast.stmt) else statement
        place = Place(parent, field_name, index, node, inner)
        if is_code(place):
            yield place
            yield from places(node, inner)
