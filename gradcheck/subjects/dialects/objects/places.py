"""Where an object has its parameters and its gradients: found by shape, then by name."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Shape
from gradcheck.subjects.dialects.inferred.layouts import (
    FILTERS,
    IMAGES,
    MATRICES,
    OURS,
    ROWS,
    VECTORS,
    Layout,
)

WRAPPERS = frozenset(
    [
        "data",
        "value",
        "val",
        "tensor",
        "array",
        "values",
        "param",
        "params",
        "parameters",
        "weights_and_biases",
    ]
)
GRADIENT = re.compile(
    r"grad|^_?d_?(l_)?(d_?)?(w|b|k|x|f|v|gamma|beta|weights?|bias(es)?|kernels?|filters?|inputs?)(\d|_|$|eight|ias|ernel|ilter)|delta|error|nabla",
    re.I,
)
STATE = re.compile(
    r"veloc|moment|cache|prev|^old|_old|^_?[vms]_?d?(w|b|weights?|bias|gamma|beta)$|adam|last|history", re.I
)
STATISTIC = re.compile(r"mean|var|mu$|std|running|moving|avg", re.I)

Found = Sequence[tuple[str, Array]]
"""Paths and the arrays at them."""


@dataclass(frozen=True)
class Place:
    """Where one tensor is, or the weights of an affine layer with its bias as one more row.

    Attributes
    ----------
    tensors : tuple of str
        The tensor; or ``w`` and ``b``.
    path : str
        Where it is.
    layout : Layout
        How it is laid out.
    is_last : bool
        Whether the bias is the last row, and not the first.
    """

    tensors: tuple[str, ...]
    path: str
    layout: Layout = OURS
    is_last: bool = True

    def theirs(self, tensors: Arrays) -> Array:
        """Return what is put there."""
        if len(self.tensors) == 1:
            return self.layout.theirs(tensors[self.tensors[0]])
        w, b = (tensors[name] for name in self.tensors)
        rows = [w, b[None]] if self.is_last else [b[None], w]
        return self.layout.theirs(np.concatenate(rows))

    def ours(self, values: Any) -> dict[str, Any]:
        """Return what is found there, by tensor."""
        array = numbers(values)
        if array is None:
            return dict.fromkeys(self.tensors, values)
        array = self.layout.ours(array)
        if len(self.tensors) == 1:
            return {self.tensors[0]: array}
        if array.ndim != 2 or not len(array):
            return dict.fromkeys(self.tensors, array)
        return {"w": array[:-1], "b": array[-1]} if self.is_last else {"w": array[1:], "b": array[0]}

    def fits(self, array: Array, shapes: dict[str, Shape]) -> bool:
        """Return whether an array has the right shape."""
        try:
            wanted = self.theirs({name: np.zeros(shapes[name]) for name in self.tensors})
        except (ValueError, KeyError, IndexError):
            return False
        return bool(wanted.shape == array.shape)


@dataclass(frozen=True)
class Source:
    """Where the gradient of tensors is found after backward.

    Attributes
    ----------
    kind : str
        Among what backward returned, held by the object, or in the step of a parameter.
    key : str
        The place among the returned values (empty for the only one), or the path.
    place : Place
        Which tensors it is the gradient of, and how it is laid out.
    is_mean : bool
        Whether it is the mean over the samples, where the layer's gradient is the sum.
    """

    kind: Literal["returned", "held", "step"]
    key: str
    place: Place
    is_mean: bool = False

    def ours(self, values: Any, samples: int = 1) -> dict[str, Any]:
        """Return the gradients by tensor, for so many samples."""
        found = self.place.ours(values)
        if not self.is_mean:
            return found
        arrays = {name: numbers(value) for name, value in found.items()}
        return {name: found[name] if value is None else value * samples for name, value in arrays.items()}


def layouts_of(layer: str, tensor: str, shape: Shape) -> tuple[Layout, ...]:
    """Return the layouts that a tensor may have."""
    if tensor in ("x", "out"):
        return IMAGES if len(shape) == 4 else ROWS if len(shape) == 2 else (OURS,)
    if tensor == "w":
        return FILTERS if len(shape) == 4 else MATRICES
    if len(shape) == 3:
        return OURS, Layout(name="b (OH, OW, F)", axes=(1, 2, 0))
    return VECTORS if len(shape) == 1 else (OURS,)


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


ROLE_ORDER = ("running_mean", "running_var", "gamma", "beta", "w", "b")


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
    "gamma": frozenset(
        ["gamma", "gammas", "scale", "scaler", "scales", "weight", "weights", "w", "g", "gain"]
    ),
    "beta": frozenset(["beta", "betas", "shift", "bias", "biases", "b", "intercept", "offset"]),
    "w": frozenset(
        [
            "w",
            "w_",
            "weight",
            "weights",
            "kernel",
            "kernels",
            "filter",
            "filters",
            "filt",
            "theta",
            "wt",
            "wts",
            "weight_matrix",
            "matrix",
        ]
    ),
    "b": frozenset(["b", "bias", "biases", "b_", "w0", "bias_vector", "offset", "intercept"]),
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
