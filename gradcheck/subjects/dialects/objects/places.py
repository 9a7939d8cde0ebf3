"""Where an object has its parameters and its gradients: found by shape, then by name."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Shape
from gradcheck.subjects.dialects.inferred.layouts import (
    EACH_CHANNEL,
    FILTERS,
    IMAGES,
    LINE_FILTERS,
    LINES,
    MATRICES,
    MEANS,
    OURS,
    ROWS,
    VECTORS,
    Layout,
)


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
    if layer == "global_avg_pool2d" and tensor == "out":
        return OURS, *MEANS
    if layer in ("max_pool1d", "avg_pool1d"):
        return LINES
    if layer == "conv1d" and len(shape) == 3:
        return LINE_FILTERS if tensor == "w" else LINES
    if layer == "depthwise_conv2d" and tensor == "w":
        return EACH_CHANNEL
    if tensor in ("x", "out"):
        return IMAGES if len(shape) == 4 else ROWS if len(shape) == 2 else (OURS,)
    if tensor == "w":
        return FILTERS if len(shape) == 4 else MATRICES
    if len(shape) == 3:
        return OURS, Layout(name="b (OH, OW, F)", axes=(1, 2, 0))
    return VECTORS if len(shape) == 1 else (OURS,)
