"""Which arrays of an object are parameters, which are gradients, and which gradient is that of which parameter."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from gradcheck.contract import Array

Found = Sequence[tuple[str, Array]]
"""Paths and the arrays at them."""

WRAPPERS = frozenset(
    {"data", "value", "val", "params", "param", "parameters", "p", "self", "tensor", "array"}
)
GRADIENTS = frozenset({"grad", "grads", "gradient", "gradients", "d", "delta", "deltas", "dparams", "nabla"})
STATES = re.compile(r"^(h|c|s|a|x|y|z|out|state|states|hidden|cell|prev|next|last|mask|zeros?|cache|h0|c0)$")
REMEMBERED = re.compile(r"^(m|v|mom|moment|momentum|velocity|adam|cache|mem)$")


def words(path: str) -> list[str]:
    """Return the words of a path in lower case: of ``params/W_ih``, params, w and ih."""
    return [each for each in re.split(r"[/_.]+", path.lower()) if each]


def key(path: str) -> str:
    """Return the name that a path gives to what is there, without containers and words for a gradient."""
    return "".join(word for word in words(path) if word not in WRAPPERS | GRADIENTS)


def split(found: Found) -> tuple[Found, Found]:
    """Return the arrays that may be parameters, and those that are gradients by their names."""
    numeric = [(path, array) for path, array in found if array.ndim]
    keys = {key(path) for path, _ in numeric if not _has_mark(path)}
    gradients = [each for each in numeric if is_gradient(each[0], keys)]
    taken = {path for path, _ in gradients}
    return [each for each in numeric if each[0] not in taken and not _is_other(each[0])], gradients


def is_single(found: Found) -> bool:
    """Return whether all of some arrays are of single precision."""
    return bool(found) and all(array.dtype == "float32" for _, array in found)


def without_twins(found: Found) -> Found:
    """Return arrays without those that are held a second time, in a list or a dict."""
    return [
        (path, array)
        for path, array in found
        if "/" not in path
        or not any(
            "/" not in other and same.shape == array.shape and np.array_equal(same, array)
            for other, same in found
        )
    ]


def _has_mark(path: str) -> bool:
    return any(word in GRADIENTS for word in words(path))


def is_gradient(path: str, keys: Iterable[str]) -> bool:
    """Return whether a path is named after the gradient of one of some things."""
    name = key(path)
    return _has_mark(path) or (name[:1] == "d" and name[1:] in keys)


def _is_other(path: str) -> bool:
    """Return whether a path is named after a state, or after what an optimizer remembers."""
    parts = words(path)
    return any(REMEMBERED.match(word) for word in parts[:-1]) or all(
        STATES.match(word) or word in WRAPPERS for word in parts
    )


def of_same_name(parameter: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that is named after the gradient of a parameter: ``dWx``, ``grads/Wx``, ``Wx/grad``."""
    wanted = key(parameter)
    named = [
        each for each in candidates if key(each) in (wanted, f"d{wanted}", f"dl{wanted}", f"dldw{wanted}")
    ]
    return named[0] if named else None
