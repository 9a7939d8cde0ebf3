"""The source of what a frame runs. A worker needs this too: the standard library only."""

import ast
import linecache
from functools import lru_cache
from types import FrameType

Function = ast.FunctionDef | ast.AsyncFunctionDef


def source_of(frame: FrameType) -> str:
    """Return the source of the file that a frame runs, as its loader read it; empty if there is none."""
    texts = getattr(frame.f_globals.get("__loader__"), "texts", None)
    found = texts.get(frame.f_code.co_filename) if isinstance(texts, dict) else None
    return found if isinstance(found, str) else "".join(linecache.getlines(frame.f_code.co_filename))


def function_of(frame: FrameType) -> Function | None:
    """Return the syntax tree of the function that a frame runs, or None."""
    code = frame.f_code
    return _functions(source_of(frame)).get((code.co_name, code.co_firstlineno))


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
