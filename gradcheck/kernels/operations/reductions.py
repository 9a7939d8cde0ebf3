"""sum, mean, max, min and argmax along an axis."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Shape
from gradcheck.evidence.arithmetic import Linear, Winner
from gradcheck.grammar import Params
from gradcheck.kernels.operations.operation import Drawing, Operation, operation
from gradcheck.kernels.operations.softmax import axis_flaw, shape

DRAWING = Drawing(
    template="n{n}d{dims}[_a{axis}]",
    extents=("n", "dims"),
    choices={"axis": (-1, -1, 1, 0, -2)},
    battery=("n2d4", "n3d5", "n2d3x4", "n4d4_a0", "n2d4x3_a1", "n5d17"),
    flaw=axis_flaw,
    allows_empty=False,
)
PRODUCTS = {"out": ("x",), "dx": ("dout",)}


def output(params: Params) -> Shape:
    """The shape of x without the axis."""
    extents = list(shape(params))
    del extents[params["axis"]]
    return tuple(extents)


def extent(params: Params) -> int:
    """The extent of the axis."""
    return shape(params)[params["axis"]]


def distinct(case: Case, rng: np.random.Generator) -> Arrays:
    """Integers that are distinct along the axis, in random order, of either sign or all of one."""
    axis, count = case.params["axis"], extent(case.params)
    ranks = np.argsort(np.argsort(rng.random(shape(case.params)), axis=axis), axis=axis)
    return {"x": ranks - float(rng.choice([count // 2, count + 1, -1]))}


def total(x: Array, *, dim: int) -> tuple[Array, Any]:
    """The sum."""
    return x.sum(axis=dim), (x.shape, dim)


def total_backward(dout: Array, cache: Any) -> tuple[Array]:
    """Dout everywhere."""
    extents, dim = cache
    return (np.broadcast_to(np.expand_dims(dout, dim), extents).copy(),)


def mean(x: Array, *, dim: int) -> tuple[Array, Any]:
    """The mean."""
    return x.sum(axis=dim) / x.shape[dim], (x.shape, dim)


def mean_backward(dout: Array, cache: Any) -> tuple[Array]:
    """Dout over the count, everywhere."""
    extents, dim = cache
    return (total_backward(dout, cache)[0] / extents[dim],)


def _extreme(argument: Callable[..., Array], value: Callable[..., Array]) -> Callable[..., Any]:
    def forward(x: Array, *, dim: int) -> tuple[Array, Any]:
        return value(x, axis=dim), (x.shape, dim, np.expand_dims(argument(x, axis=dim), dim))

    return forward


def extreme_backward(dout: Array, cache: Any) -> tuple[Array]:
    """Dout where the winner is."""
    extents, dim, winner = cache
    dx = np.zeros(extents)
    np.put_along_axis(dx, winner, np.expand_dims(dout, dim), axis=dim)
    return (dx,)


def argmax(x: Array, *, dim: int) -> tuple[Array, Any]:
    """The index of the largest."""
    return np.argmax(x, axis=dim), None


def nothing(dout: Array, cache: Any) -> tuple[()]:
    """An index has no gradient."""
    return ()


def _of(name: str, forward: Callable[..., Any], backward: Callable[..., Any], **more: Any) -> Operation:
    return operation(
        name,
        inputs=lambda params: {"x": shape(params)},
        output=output,
        drawing=DRAWING,
        forward=forward,
        backward=backward,
        options=lambda params: {"dim": params["axis"]},
        **more,
    )


SUM = _of("sum", total, total_backward, arithmetic=Linear(terms=extent), products=PRODUCTS)
MEAN = _of("mean", mean, mean_backward, arithmetic=Linear(terms=extent, unit=extent))
WINNER = Winner(terms=lambda params: 1)
MAX = _of("max", _extreme(np.argmax, np.max), extreme_backward, arithmetic=WINNER, numbers=distinct)
MIN = _of("min", _extreme(np.argmin, np.min), extreme_backward, arithmetic=WINNER, numbers=distinct)
ARGMAX = _of(
    "argmax",
    argmax,
    nothing,
    arithmetic=WINNER,
    numbers=distinct,
    kinds=(),
    differentiable=(),
    returns="int64",
)
