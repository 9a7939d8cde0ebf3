"""rotary: pairs of features turned by an angle of their position: (x cos - y sin, y cos + x sin)."""

from typing import Any

import numpy as np

from gradcheck.contract import Array, Shape
from gradcheck.evidence.arithmetic import Linear
from gradcheck.grammar import Params
from gradcheck.kernels.operations.operation import Drawing, operation


def tensors(params: Params) -> dict[str, Shape]:
    """x (N, H, S, 2 D), cos and sin (S, D)."""
    angles = (params["s"], params["d"])
    return {"x": output(params), "cos": angles, "sin": angles}


def output(params: Params) -> Shape:
    """The shape of x."""
    return params["n"], params["h"], params["s"], 2 * params["d"]


def forward(x: Array, cos: Array, sin: Array, *, interleaved: bool = False) -> tuple[Array, Any]:
    """Turn the pairs: the two halves of the last axis, or neighbours."""
    return _turned(x, cos, sin, interleaved), (cos, sin, interleaved)


def backward(dout: Array, cache: Any) -> tuple[Array]:
    """Turn back."""
    cos, sin, interleaved = cache
    return (_turned(dout, cos, -sin, interleaved),)


def _turned(x: Array, cos: Array, sin: Array, interleaved: bool) -> Array:
    half = x.shape[-1] // 2
    first, second = (x[..., ::2], x[..., 1::2]) if interleaved else (x[..., :half], x[..., half:])
    turned = first * cos - second * sin, second * cos + first * sin
    return np.stack(turned, axis=-1).reshape(x.shape) if interleaved else np.concatenate(turned, axis=-1)


ROTARY = operation(
    "rotary",
    inputs=tensors,
    output=output,
    arithmetic=Linear(terms=lambda params: 2),
    drawing=Drawing(
        template="n{n}h{h}s{s}d{d}[_i{interleaved}]",
        extents=("n", "h", "s", "d"),
        choices={"interleaved": (False, False, True)},
        battery=("n1h1s1d1", "n2h2s3d2", "n1h2s5d4", "n2h2s3d2_iyes", "n1h3s7d5_iyes"),
    ),
    forward=forward,
    backward=backward,
    options=lambda params: {"interleaved": params["interleaved"]},
)
