"""The source of what is called. A worker needs this too: the standard library only."""

import ast
import linecache
from collections.abc import Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

Function = ast.FunctionDef | ast.AsyncFunctionDef


def function_of(code: CodeType, names: Mapping[str, Any]) -> Function | None:
    """Return the syntax tree of a function, given its code and its module's names; None if there is no source."""
    return _functions(_source_of(code, names)).get((code.co_name, code.co_firstlineno))


def _source_of(code: CodeType, names: Mapping[str, Any]) -> str:
    """Return the source of the file that a function stands in, as its loader read it; empty if there is none."""
    texts = getattr(names.get("__loader__"), "texts", None)
    found = texts.get(code.co_filename) if isinstance(texts, dict) else None
    return found if isinstance(found, str) else "".join(linecache.getlines(code.co_filename))


@lru_cache(maxsize=8)
def _functions(source: str) -> dict[tuple[str, int], Function]:
    """Return the functions of a file, by name and first line, which is that of the first decorator."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    functions = [node for node in nodes if isinstance(node, Function)]
    return {
        (node.name, min([node.lineno, *(each.lineno for each in node.decorator_list)])): node
        for node in functions
    }
