"""cumsum and cumprod along an axis; exclusive (without the entry itself) and from the end."""

from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Shape
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Linear, Smooth
from gradcheck.grammar import Params
from gradcheck.kernels.operations.operation import Drawing, operation
from gradcheck.kernels.operations.softmax import axis_flaw, shape

DRAWING = Drawing(
    template="n{n}d{dims}[_a{axis}][_x{exclusive}][_r{reverse}]",
    extents=("n", "dims"),
    choices={
        "axis": (-1, -1, 1, 0, -2),
        "exclusive": (False, False, False, True),
        "reverse": (False, False, False, True),
    },
    battery=(
        "n2d3",
        "n3d5",
        "n2d3x4",
        "n4d4_a0",
        "n2d3x4_a1",
        "n5d17",
        "n3d4_xyes",
        "n3d4_ryes",
        "n2d5_xyes_ryes",
    ),
    flaw=axis_flaw,
    allows_empty=False,
)


def options(params: Params) -> dict[str, Any]:
    """The keyword arguments of a scan."""
    return {"dim": params["axis"], "exclusive": params["exclusive"], "reverse": params["reverse"]}


def extent(params: Params) -> int:
    """The extent of the axis."""
    return shape(params)[params["axis"]]


def inputs(params: Params) -> dict[str, Shape]:
    """x (N, d1, ..., dk)."""
    return {"x": shape(params)}


def near_one(case: Case, rng: np.random.Generator) -> Arrays:
    """Decimals of either sign, whose products stay in sight and are never zero."""
    extents = shape(case.params)
    return {"x": fill.signs(rng, extents) * np.round(rng.uniform(0.8, 1.25, extents), 2)}


def cumsum(x: Array, *, dim: int, exclusive: bool = False, reverse: bool = False) -> tuple[Array, Any]:
    """The sums up to each entry."""
    return _sums(x, dim, exclusive, reverse), (dim, exclusive, reverse)


def cumsum_backward(dout: Array, cache: Any) -> tuple[Array]:
    """The sums of dout from each entry on."""
    dim, exclusive, reverse = cache
    return (_sums(dout, dim, exclusive, not reverse),)


def _sums(x: Array, dim: int, exclusive: bool, reverse: bool) -> Array:
    moved = np.moveaxis(x[..., None], dim - (dim < 0), -1)
    moved = moved[..., ::-1] if reverse else moved
    sums = np.cumsum(moved, axis=-1)
    sums = np.concatenate([np.zeros_like(sums[..., :1]), sums[..., :-1]], axis=-1) if exclusive else sums
    return np.moveaxis(sums[..., ::-1] if reverse else sums, -1, dim - (dim < 0))[..., 0]


def cumprod(x: Array, *, dim: int, exclusive: bool = False, reverse: bool = False) -> tuple[Array, Any]:
    """The products up to each entry."""
    moved = np.moveaxis(x, dim, -1)
    moved = moved[..., ::-1] if reverse else moved
    out = np.cumprod(moved, axis=-1)
    out = np.concatenate([np.ones_like(out[..., :1]), out[..., :-1]], axis=-1) if exclusive else out
    out = np.moveaxis(out[..., ::-1] if reverse else out, -1, dim)
    return out, (x, out, dim, exclusive, reverse)


def cumprod_backward(dout: Array, cache: Any) -> tuple[Array]:
    """The sums of dout out from each entry on, over the entry.

    Where a line has a zero, each entry in turn is 1 for that, as nothing can be divided by it.
    """
    x, out, dim, exclusive, reverse = cache
    if np.all(x):
        return (_sums(dout * out, dim, exclusive, not reverse) / x,)
    dx, options = np.zeros(x.shape), {"dim": dim, "exclusive": exclusive, "reverse": reverse}
    for place in range(x.shape[dim]):
        at = (slice(None),) * (dim % x.ndim) + (place,)
        without = x.copy()
        without[at] = 1.0
        terms = dout * cumprod(without, **options)[0]
        dx[at] = _sums(terms, dim, exclusive, not reverse)[at]
    return (dx,)


CUMSUM = operation(
    "cumsum",
    inputs=inputs,
    output=shape,
    arithmetic=Linear(terms=extent),
    drawing=DRAWING,
    forward=cumsum,
    backward=cumsum_backward,
    options=options,
    products={"out": ("x",), "dx": ("dout",)},
)
CUMPROD = operation(
    "cumprod",
    inputs=inputs,
    output=shape,
    arithmetic=Smooth(terms=extent),
    drawing=DRAWING,
    forward=cumprod,
    backward=cumprod_backward,
    options=options,
    numbers=near_one,
)
