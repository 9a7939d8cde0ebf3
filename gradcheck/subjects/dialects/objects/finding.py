"""Which of an object's arrays is which parameter: by shape, then by name and by first values."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Shape
from gradcheck.subjects.dialects.inferred.layouts import (
    MATRICES,
)
from gradcheck.subjects.dialects.inferred.words import ROLES
from gradcheck.subjects.dialects.objects.places import Place, layouts_of


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WRAPPERS = _words("data value val tensor array values param params parameters weights_and_biases")


GRADIENT = re.compile(
    r"grad|^_?d_?(l_)?(d_?)?(w|b|k|x|f|v|g|gain|scale|gamma|beta|weights?|bias(es)?|kernels?|filters?|inputs?|p|pe|pos|table|emb)(\d|_|$|eight|ias|ernel|ilter)|delta|error|nabla",
    re.I,
)


STATE = re.compile(
    r"veloc|moment|cache|prev|^old|_old|^_?[vms]_?d?(w|b|weights?|bias|gamma|beta)$|adam|last|history", re.I
)


STATISTIC = re.compile(r"mean|var|mu$|std|running|moving|avg", re.I)


Found = Sequence[tuple[str, Array]]
"""Paths and the arrays at them."""


def leaf(path: str) -> str:
    """Return the part of a path that says what is there: W of ``params/W``, weight of ``weight/data``."""
    parts = [part for part in path.split("/") if part.lower() not in WRAPPERS]
    return parts[-1] if parts else path


def is_gradient(path: str) -> bool:
    """Return whether a path is named after a gradient."""
    return any(GRADIENT.search(part) for part in path.split("/"))


def is_other(path: str) -> bool:
    """Return whether a path is named after a gradient, or after what an optimizer remembers."""
    return is_gradient(path) or any(STATE.search(part) for part in path.split("/"))


def fitting(layer: str, tensor: str, shapes: dict[str, Shape], found: Found) -> Iterator[Place]:
    """Yield the places of the right shape for a tensor, those with the right name first."""
    ranked: list[tuple[int, int, Place]] = []
    for index, (path, array) in enumerate(found):
        for layout in layouts_of(layer, tensor, shapes[tensor]):
            place = Place((tensor,), path, layout)
            if place.fits(array, shapes):
                rank = _strangeness(path, array, tensor, shapes)
                if rank is not None:
                    ranked.append((rank, index, place))
                break
    yield from (place for _, _, place in sorted(ranked, key=lambda each: each[:2]))


NAMES: dict[str, frozenset[str]] = {
    "gamma": _words("gamma gammas scale scaler scales weight weights w g gain"),
    "beta": _words("beta betas shift bias biases b intercept offset"),
    "w": _words("w w_ weight weights kernel kernels filter filters filt theta wt wts weight_matrix matrix"),
    "W": frozenset(ROLES["W"]) | _words("params p pos pe pos_emb pos_embedding position positions wpe"),
    "b": _words("b bias biases b_ w0 bias_vector offset intercept"),
}


def _strangeness(path: str, array: Array, tensor: str, shapes: dict[str, Shape]) -> int | None:
    """Return how little a name and first values speak for a tensor; None if they speak against it."""
    if tensor in ("running_mean", "running_var"):
        return (
            0 if re.search("mean|mu$" if tensor == "running_mean" else "var|std|sigma", path, re.I) else None
        )
    if STATISTIC.search(path):
        return None
    if _is_named(path, tensor):
        return 0
    if any(_is_named(path, other) for other in NAMES if other in shapes and other != tensor):
        return None
    usual = {"gamma": 1.0, "beta": 0.0}
    return 1 if tensor not in usual or bool(np.all(array == usual[tensor])) else 2


def _is_named(path: str, tensor: str) -> bool:
    name = leaf(path).lower().strip("_")
    return name in NAMES[tensor] or name.rstrip("0123456789_") in NAMES[tensor]


def placed(
    layer: str, wanted: Sequence[str], shapes: dict[str, Shape], found: Found
) -> Iterator[tuple[Place, ...]]:
    """Yield the ways to place the wanted tensors; in each, every tensor that has a place at all has one of its own."""
    usable = [(path, array) for path, array in found if not is_other(path)]
    lists = [list(fitting(layer, name, shapes, usable))[:2] for name in wanted]
    chosen = [each for each in lists if each]
    if "w" in wanted and not lists[list(wanted).index("w")]:
        yield from _stacked(shapes, usable)
    for places in product(*chosen):
        if places and len({place.path for place in places}) == len(places):
            yield places


def _stacked(shapes: dict[str, Shape], found: Found) -> Iterator[tuple[Place, ...]]:
    if len(shapes.get("w", ())) != 2 or "b" not in shapes:
        return
    for (path, array), layout, is_last in product(found, MATRICES, (True, False)):
        place = Place(("w", "b"), path, layout, is_last)
        if place.fits(array, shapes):
            yield (place,)


def pairs(flat: Iterable[Any]) -> list[tuple[str, Array]]:
    """Return paths and arrays from a flat list of both."""
    values = list(flat)
    both = zip(values[::2], values[1::2], strict=False)
    known = ((path, numbers(value)) for path, value in both if isinstance(path, str))
    return [(path, array) for path, array in known if array is not None]
