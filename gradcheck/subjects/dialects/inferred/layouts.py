"""Where people put the axes of a tensor: from ours to theirs and back."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall
from gradcheck.calling.results import plain, squeezed
from gradcheck.contract import Array, Malformed, Shape
from gradcheck.grammar import Params


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a tensor is laid out.

    Attributes
    ----------
    name : str
        As the report writes it.
    without : tuple of int
        Our axes of extent 1 that it does not have: the batch, where it is one image.
    axes : tuple of int, optional
        The order of the remaining axes; ours by default.
    more : tuple of int
        Where it has further axes of extent 1, counted in its own shape.
    fixed : mapping
        The parameters that it fixes: ``{"n": 1}`` for one image.
    """

    name: str
    without: tuple[int, ...] = ()
    axes: tuple[int, ...] | None = None
    more: tuple[int, ...] = ()
    fixed: dict[str, Any] = field(default_factory=dict)

    def theirs(self, values: Array) -> Array:
        """Return a tensor in this layout; in C order, and read-only, where it is so now."""
        lacks = any(axis >= values.ndim or values.shape[axis] != 1 for axis in self.without)
        bare = values if lacks or not self.without else values.squeeze(self.without)
        turns = self.axes is not None and bare.ndim == len(self.axes)
        turned = bare.transpose(self.axes) if turns else bare
        turned = np.expand_dims(turned, self.more) if self.more else turned
        if turned is values or not values.flags.c_contiguous:
            return turned
        given = np.array(turned, order="C")
        given.flags.writeable = values.flags.writeable
        return given

    def ours(self, values: Any) -> Any:
        """Return a result in our layout, as a view; what has not the axes for it stays as it is."""
        if not isinstance(values, np.ndarray):
            return values
        array = plain(values)
        if any(axis >= array.ndim or array.shape[axis] != 1 for axis in self.more):
            return array
        array = array.squeeze(self.more) if self.more else array
        if self.axes is not None:
            if array.ndim != len(self.axes):
                return array
            array = array.transpose(np.argsort(self.axes))
        return np.expand_dims(array, self.without) if self.without else array

    def folded(self, values: Any, shape: Shape) -> Any:
        """Return a result of `ours` in the layer's shape, where the layout changes the rank. Raises Malformed."""
        return values


@dataclass(frozen=True, kw_only=True)
class Stacked(Layout):
    """Samples along two axes, (B, T, ...) with B T = N, where their number is composite: 6 are 2 times 3."""

    def split(self, shape: Shape) -> Shape:
        """Return the shape of what is passed."""
        return stacked_shape(shape)

    def theirs(self, values: Array) -> Array:
        """Return the samples along two axes, as a view; as they are where there is a prime number of them."""
        return values.reshape(self.split(values.shape))

    def folded(self, values: Any, shape: Shape) -> Any:
        """Return the samples one after the other."""
        wanted = self.split(shape)
        if wanted == shape or not isinstance(values, np.ndarray):
            return values
        array = plain(values)
        if squeezed(array.shape) != squeezed(wanted):
            raise Malformed(f"a result has shape {array.shape}; expected {wanted}, that of x")
        return array.reshape(shape)


@dataclass(frozen=True, kw_only=True)
class InTime(Stacked):
    """Samples that are the steps of sequences: (B, T, ...) with B T = N, also of one sequence."""

    def split(self, shape: Shape) -> Shape:
        """Return the shape of what is passed."""
        found = stacked_shape(shape)
        return found if len(found) > len(shape) else (1, *shape)


def stacked_shape(shape: Shape) -> Shape:
    """Return a shape whose first axis is split into two, if its extent is composite; the first is the smaller one."""
    count = shape[0] if shape else 0
    least = next((each for each in range(2, math.isqrt(count) + 1) if count % each == 0), None)
    return shape if least is None else (least, count // least, *shape[1:])


OURS = Layout(name="")
IN_TIME = InTime(name="x (B, T, C), of which the numbers below are the rows")
STACKED = Stacked(name="x also of rank 3 (B, T, D), of which the numbers below are the rows")
NO_RANK = "x of rank 3 (B, T, D): not accepted"
"""What the report says is never asked of a function that takes the axes to normalise over, and no such x."""

ONE = {"n": 1}
PLANE = {"n": 1, "c": 1}

IMAGES = (
    Layout(name="NCHW"),
    Layout(name="NHWC", axes=(0, 2, 3, 1)),
    Layout(name="one image (C, H, W)", without=(0,), fixed=ONE),
    Layout(name="one image (H, W, C)", without=(0,), axes=(1, 2, 0), fixed=ONE),
    Layout(name="one plane (H, W)", without=(0, 1), fixed=PLANE),
)
"""Images, and the maps that come of them."""

LINES = (Layout(name=""), Layout(name="x (N, L, C)", axes=(0, 2, 1)))
ONE_LINE = (
    Layout(name="one line (C, L)", without=(0,), fixed={"n": 1}),
    Layout(name="one line (L,)", without=(0, 1), fixed={"n": 1, "c": 1}),
)
"""A sequence without a batch, and without channels."""

LINE_FILTERS = (
    Layout(name=""),
    Layout(name="w (K, C, F)", axes=(2, 1, 0)),
    Layout(name="w (F, K, C)", axes=(0, 2, 1)),
    Layout(name="w (C, F, K)", axes=(1, 0, 2)),
)
"""Sequences with channels, and the weights of their convolution."""

MEANS = (Layout(name="out (N, C, 1, 1)", more=(2, 3)), Layout(name="out (N, 1, 1, C)", more=(1, 2)))
"""What a pooling of whole planes gives that keeps their axes."""

FILTERS = (
    Layout(name="w (F, C, kh, kw)"),
    Layout(name="w (kh, kw, C, F)", axes=(2, 3, 1, 0)),
    Layout(name="w (F, kh, kw, C)", axes=(0, 2, 3, 1)),
    Layout(name="w (C, F, kh, kw)", axes=(1, 0, 2, 3)),
    Layout(name="w (kh, kw, F, C)", axes=(2, 3, 0, 1)),
    Layout(name="w (F, kh, kw)", without=(1,), fixed={"c": 1}),
    Layout(name="w (C, kh, kw)", without=(0,), fixed={"f": 1}),
    Layout(name="w (kh, kw, C)", without=(0,), axes=(1, 2, 0), fixed={"f": 1}),
    Layout(name="w (kh, kw)", without=(0, 1), fixed={"c": 1, "f": 1}),
)
"""The weights of a convolution; (C, F, ...) there is (F, C, ...) of a transposed one."""

EACH_CHANNEL = (
    Layout(name=""),
    Layout(name="w (C, kh, kw)", without=(1,)),
    Layout(name="w (kh, kw, C)", without=(1,), axes=(1, 2, 0)),
)
"""The weights of a convolution of each channel by itself."""

ROWS = (
    Layout(name=""),
    Layout(name="samples are columns", axes=(1, 0)),
    Layout(name="one sample", without=(0,), fixed=ONE),
)
"""Samples of features (N, D)."""

MATRICES = (Layout(name="w (D, M)"), Layout(name="w (M, D)", axes=(1, 0)))
"""The weights of an affine layer."""

VECTORS = (
    Layout(name=""),
    Layout(name="(1, C)", more=(0,)),
    Layout(name="(C, 1)", more=(1,)),
    Layout(name="(1, C, 1, 1)", more=(0, 2, 3)),
    Layout(name="(1, 1, 1, C)", more=(0, 1, 2)),
    Layout(name="(C, 1, 1)", more=(1, 2)),
    Layout(name="a number", without=(0,), fixed={"f": 1}),
)
"""A bias, gamma or beta."""


@dataclass(frozen=True)
class TurnedCall(LocalCall):
    """A call whose arguments have other axes than the layer's tensors; `back` maps arrays of its cache to ours."""

    back: Callable[[Array], Array] = lambda array: array

    def cached(self) -> list[Array]:
        """Return the arrays in the cache, the inputs among them in our layout."""
        return [self.back(array) for array in super().cached()]


def known_inputs(given: dict[str, Array], mine: dict[str, Array]) -> Callable[[Array], Array]:
    """Return what maps an array that equals an input in their layout to that input in ours; others stay."""

    def back(array: Array) -> Array:
        for name, values in given.items():
            if array.shape == values.shape and np.array_equal(
                array, values, equal_nan=values.dtype.kind == "f"
            ):
                return mine[name]
        return array

    return back


def narrowed(params: Params, layouts: "list[Layout]") -> dict[str, Any]:
    """Return the nearest parameters that some layouts can hold."""
    fixed = {key: value for layout in layouts for key, value in layout.fixed.items()}
    return {**params, **{key: value for key, value in fixed.items() if key in params}}
