"""Height and width: names and axes that play the same part for each."""

import ast
import re
from typing import Any

PAIRS = (
    ("h", "w"),
    ("hh", "ww"),
    ("kh", "kw"),
    ("i", "j"),
    ("r", "s", "c"),
    ("p", "q"),
    ("u", "v"),
    ("y", "x"),
    ("row", "col"),
    ("rows", "cols"),
    ("height", "width"),
    ("top", "left"),
    ("bottom", "right"),
    ("vert", "horiz"),
    ("oh", "ow"),
    ("sh", "sw"),
    ("ph", "pw"),
    ("m", "n"),
)
"""Words of the one axis and of the other."""

ONE = {word: number for number, words_of_pair in enumerate(PAIRS) for word in words_of_pair}
AXES = {2: "axis", 3: "axis"}
"""The axes of height and width of (N, C, H, W)."""

SHORT = 5
"""Letters of a word that may be one axis's by its first letter, or its last: not ``weight``."""

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(text: str) -> list[str]:
    """Return the words of a name: ``H_out``, ``outHeight``."""
    return [word.lower() for word in WORD.findall(text)]


def common(text: str) -> tuple[Any, ...]:
    """Return a name without which of the two axes it is of."""
    return tuple(map(_common, words(text)))


def _common(word: str) -> Any:
    """Return what a word has in common with that of the other axis: ``ho`` and ``wo``, ``iy`` and ``ix``."""
    if word in ONE:
        return ONE[word]
    if len(word) <= SHORT and word[0] in "hw":
        return "hw", word[1:]
    return ("yx", word[:-1]) if len(word) <= SHORT and word[-1] in "yx" else word


def are_twins(one: str, other: str) -> bool:
    """Whether two names differ in the axis alone."""
    first, second = words(one), words(other)
    if first == second or len(first) != len(second):
        return False
    return all(_common(a) == _common(b) for a, b in zip(first, second, strict=True))


def shape_of(node: Any) -> Any:
    """Return a node in a form that is equal for the same expression about the other axis."""
    if isinstance(node, ast.Name):
        return common(node.id)
    if isinstance(node, ast.Constant):
        value = node.value
        return AXES.get(value, value) if type(value) is int else repr(value)
    if isinstance(node, ast.AST):
        return (type(node).__name__, *(shape_of(value) for _, value in ast.iter_fields(node)))
    if isinstance(node, list):
        return tuple(map(shape_of, node))
    return repr(node)
