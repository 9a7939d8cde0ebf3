"""softmax and log_softmax along an axis."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Shape
from gradcheck.evidence.arithmetic import Smooth
from gradcheck.grammar import Params
from gradcheck.kernels.operations.operation import Cancelled, Drawing, Operation, operation


def shape(params: Params) -> Shape:
    """(N, d1, ..., dk)."""
    return params["n"], *params["dims"]


def axis_flaw(params: Params) -> str | None:
    """Return that there is no such axis, or None."""
    rank = 1 + len(params["dims"])
    return None if -rank <= params["axis"] < rank else f"there is no axis {params['axis']} of {rank}"


def softmax(x: Array, *, dim: int) -> tuple[Array, Any]:
    """exp(x) over its sum along an axis."""
    weights = np.exp(x - x.max(axis=dim, keepdims=True, initial=-np.inf))
    out = weights / weights.sum(axis=dim, keepdims=True)
    return out, (out, dim)


def softmax_backward(dout: Array, cache: Any) -> tuple[Array]:
    """out (dout - sum(out dout))."""
    out, dim = cache
    return (out * (dout - (out * dout).sum(axis=dim, keepdims=True)),)


def log_softmax(x: Array, *, dim: int) -> tuple[Array, Any]:
    """x minus the logarithm of the sum of exp(x)."""
    shifted = x - x.max(axis=dim, keepdims=True, initial=-np.inf)
    out = shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
    return out, (out, dim)


def log_softmax_backward(dout: Array, cache: Any) -> tuple[Array]:
    """Dout minus exp(out) times its sum."""
    out, dim = cache
    return (dout - np.exp(out) * dout.sum(axis=dim, keepdims=True),)


def softmax_cancelled(tensors: Arrays, dout: Array, options: Mapping[str, Any]) -> Arrays:
    """The two terms of dx, which cancel where one entry has all the weight."""
    out, _ = softmax(tensors["x"], **options)
    size = np.abs(out * dout)
    return {"dx": size + out * size.sum(axis=options["dim"], keepdims=True)}


def log_softmax_cancelled(tensors: Arrays, dout: Array, options: Mapping[str, Any]) -> Arrays:
    """The two terms of dx; roundings of the sum are independent."""
    out, _ = log_softmax(tensors["x"], **options)
    return {"dx": np.abs(dout) + np.exp(out) * np.sqrt((dout**2).sum(axis=options["dim"], keepdims=True))}


def alone(params: Params) -> Params:
    """Return the parameters with one score along the axis."""
    axis = params["axis"] % (1 + len(params["dims"]))
    if axis == 0:
        return {**params, "n": 1}
    dims = (*params["dims"][: axis - 1], 1, *params["dims"][axis:])
    return {**params, "dims": dims}


def _of(
    name: str, forward: Callable[..., Any], backward: Callable[..., Any], cancelled: Cancelled
) -> Operation:
    return operation(
        name,
        inputs=lambda params: {"x": shape(params)},
        output=shape,
        arithmetic=Smooth(terms=lambda params: shape(params)[params["axis"]]),
        drawing=Drawing(
            template="n{n}d{dims}[_a{axis}]",
            extents=("n", "dims"),
            choices={"axis": (-1, -1, 1, 0, -2)},
            battery=("n2d2", "n3d5", "n2d3x4", "n4d4_a0", "n2d3x4_a1", "n5d17"),
            flaw=axis_flaw,
        ),
        forward=forward,
        backward=backward,
        options=lambda params: {"dim": params["axis"]},
        cancelled=cancelled,
        alone=alone,
    )


SOFTMAX = _of("softmax", softmax, softmax_backward, softmax_cancelled)
LOG_SOFTMAX = _of("log_softmax", log_softmax, log_softmax_backward, log_softmax_cancelled)
