"""What a function or a class is, seen from outside: its parameters, its methods, where it was written.

It needs the standard library only: a worker describes what lives in it, and the judge reads the answer.
"""

import inspect
from collections.abc import Iterable
from typing import Any

KINDS = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.VAR_POSITIONAL,
    inspect.Parameter.KEYWORD_ONLY,
    inspect.Parameter.VAR_KEYWORD,
)
"""The kinds of parameters; on the wire a kind is its place here."""

PLAIN = (bool, int, float, str, type(None))
MOST_NAMES = 200
LONGEST = 80
OPAQUE = "..."
"""What stands for a default that is no plain value."""


def facts_of(thing: Any) -> list[Any]:
    """Return what can be said about a function or a class in plain values.

    They are whether it is a class, its module, the line that it begins at, the names of its bases, the names of its
    own methods, and its parameters (None where Python cannot say): name, kind, whether it has a default, the default
    if it is a plain value, and the annotation as text. Of a class the parameters are those of its constructor.
    """
    is_class = isinstance(thing, type)
    bases = [base.__name__ for base in thing.__mro__[1:-1]] if is_class else []
    methods = [name for name in dir(thing) if callable(getattr(thing, name, None))] if is_class else []
    module, code = getattr(thing, "__module__", None), getattr(thing, "__code__", None)
    line = getattr(code, "co_firstlineno", 0)
    return [
        is_class,
        _text(module),
        line if type(line) is int else 0,
        [_text(base) for base in bases[:MOST_NAMES]],
        [_text(name) for name in methods if not _is_special(name)][:MOST_NAMES],
        _parameters(thing),
    ]


def _is_special(name: str) -> bool:
    return name.startswith("__") and name != "__call__"


def _parameters(thing: Any) -> list[list[Any]] | None:
    try:
        found: Iterable[inspect.Parameter] = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return None
    return [_written(each) for each in found][:MOST_NAMES]


def _written(each: inspect.Parameter) -> list[Any]:
    has_default = each.default is not inspect.Parameter.empty
    default = each.default if type(each.default) in PLAIN else OPAQUE
    if type(default) is int and abs(default) >= 2**63:
        default = OPAQUE
    annotation = "" if each.annotation is inspect.Parameter.empty else each.annotation
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return [
        _text(each.name),
        KINDS.index(each.kind),
        has_default,
        default if has_default else None,
        _text(text),
    ]


def _text(value: Any) -> str:
    return str(value)[:LONGEST] if isinstance(value, str) else ""
