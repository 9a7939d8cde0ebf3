"""swiglu: silu of one tensor times another one, as between the matrix products of a transformer."""

from typing import Any

import numpy as np

from gradcheck.contract import Array, Shape
from gradcheck.evidence.arithmetic import Smooth
from gradcheck.grammar import Params
from gradcheck.kernels.operations.operation import Drawing, operation


def shape(params: Params) -> Shape:
    """(N, d1, ..., dk)."""
    return params["n"], *params["dims"]


def forward(x: Array, up: Array) -> tuple[Array, Any]:
    """x / (1 + exp(-x)) times up."""
    gate = 1 / (1 + np.exp(-x))
    return x * gate * up, (x, up, gate)


def backward(dout: Array, cache: Any) -> tuple[Array, Array]:
    """The gradients of both."""
    x, up, gate = cache
    return dout * up * gate * (1 + x * (1 - gate)), dout * x * gate


SWIGLU = operation(
    "swiglu",
    inputs=lambda params: {"x": shape(params), "up": shape(params)},
    output=shape,
    arithmetic=Smooth(terms=lambda params: 1),
    drawing=Drawing(
        template="n{n}d{dims}", extents=("n", "dims"), battery=("n2d3", "n3d5", "n2d3x4", "n4d4", "n5d17")
    ),
    forward=forward,
    backward=backward,
    differentiable=("x", "up"),
)
