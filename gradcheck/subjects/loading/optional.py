"""Imports that a file can do without: those in a ``try`` whose ``except`` says what holds instead."""

import ast
import linecache
from collections.abc import Iterator
from functools import lru_cache
from types import FrameType

CAUGHT = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})

DEFINING = ast.Assign | ast.AnnAssign | ast.AugAssign | ast.FunctionDef | ast.ClassDef
IMPORTING = ast.Import | ast.ImportFrom


def is_optional(frame: FrameType) -> bool:
    """Return whether the import that a frame is at may fail: the file says what holds then.

    ``has_cupy = False`` after ``except ImportError`` says so, and ``has_cupy = True`` after the import. Where nothing
    is said, as in a file that prints how to build its extension, the names of the module are used all the same.
    """
    text = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    return any(first <= frame.f_lineno <= last for first, last in _optional_in(text))


@lru_cache(maxsize=64)
def _optional_in(text: str) -> tuple[tuple[int, int], ...]:
    """Return the first and the last line of each block in which an import may fail."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(_blocks(tree))


def _blocks(tree: ast.AST) -> Iterator[tuple[int, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            instead = [each for handler in node.handlers if _catches(handler.type) for each in handler.body]
            tried = {name for statement in node.body for name in _imported(statement)}
            says = any(isinstance(each, DEFINING) for each in (*node.body, *node.orelse, *instead))
            if instead and (says or any(tried & _imported(each) for each in instead)):
                yield node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno


def _catches(kind: ast.expr | None) -> bool:
    """Return whether an ``except`` catches an ImportError."""
    if kind is None:
        return True
    names = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(isinstance(each, ast.Name) and each.id in CAUGHT for each in names)


def _imported(statement: ast.stmt) -> frozenset[str]:
    """Return the names that a statement imports."""
    if not isinstance(statement, IMPORTING):
        return frozenset()
    return frozenset(each.asname or each.name.partition(".")[0] for each in statement.names)
