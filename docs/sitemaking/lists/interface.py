"""The public names, from their docstrings."""

import inspect

import gradcheck
from sitemaking.lists import Generated


def interface(draft: bool) -> Generated:
    """Return the public functions, then the classes, then the constants, each in the order of the alphabet."""
    kinds = {"Functions": [], "Classes": [], "Constants": []}
    for name in sorted(gradcheck.__all__, key=str.lower):
        kinds[_kind(getattr(gradcheck, name))].append(name)
    return Generated("\n".join(_section(title, names) for title, names in kinds.items()))


def _kind(thing: object) -> str:
    if inspect.isclass(thing):
        return "Classes"
    return "Functions" if callable(thing) else "Constants"


def _section(title: str, names: list[str]) -> str:
    written = {"Functions": _function, "Classes": _class, "Constants": _constant}[title]
    return f"## {title}\n\n```{{eval-rst}}\n" + "\n".join(map(written, names)) + "\n```\n"


def _function(name: str) -> str:
    return f".. autofunction:: gradcheck.{name}\n"


def _class(name: str) -> str:
    return f".. autoclass:: gradcheck.{name}\n"


CONSTANTS = {
    "CHECKS": "All checks, in the order of the report.",
    "DIALECTS": "All dialects, in the order in which they are asked.",
    "LAYERS": "All layers of the suite.",
}


def _constant(name: str) -> str:
    return f".. py:data:: gradcheck.{name}\n\n   {CONSTANTS[name]}\n"
