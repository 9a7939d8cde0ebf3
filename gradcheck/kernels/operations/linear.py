"""linear_relu and linear_gelu: a matrix product with bias and activation in one kernel."""

import math
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Shape
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Smooth, Winner
from gradcheck.grammar import Params
from gradcheck.kernels.operations.operation import Drawing, operation

BATTERY = ("n2d3m4", "n3d5m1", "n3d8m7", "n4d4m4", "n5d17m9")
SMALL = 3


def tensors(params: Params) -> dict[str, Shape]:
    """x (N, D), w (D, M), b (M,)."""
    return {"x": (params["n"], params["d"]), "w": (params["d"], params["m"]), "b": (params["m"],)}


def output(params: Params) -> Shape:
    """(N, M)."""
    return params["n"], params["m"]


def terms(params: Params) -> int:
    """The longest sum: a row of products, or those of a gradient."""
    longest: int = max(params["n"], params["d"], params["m"])
    return longest + 1


def filled(case: Case, rng: np.random.Generator) -> Arrays:
    """Small integers; biases lie between them, so that no sum is at the kink."""
    made = {name: fill.integers(rng, shape, SMALL) for name, shape in case.shapes.items()}
    return made | {"b": made["b"] + 0.5}


def relu(x: Array, w: Array, b: Array) -> tuple[Array, Any]:
    """max(x w + b, 0)."""
    scores = x @ w + b
    return np.where(np.isnan(scores), scores, np.maximum(scores, 0)), (x, w, scores)


def relu_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """The gradients of x, w and b."""
    x, w, scores = cache
    return _gradients(np.where(scores > 0, dout, 0.0), x, w)


def _gradients(upstream: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
    return upstream @ w.T, x.T @ upstream, upstream.sum(axis=0)


ERF = np.vectorize(math.erf, otypes=[np.float64])
ROOT = math.sqrt(2 / math.pi)
CUBIC = 0.044715


def gelu(x: Array, approximate: str = "none") -> tuple[Array, Array]:
    """Return x times the normal distribution function, and the derivative; by erf, or by tanh."""
    if approximate == "tanh":
        t = np.tanh(ROOT * (x + CUBIC * x**3))
        slope = ROOT * (1 + 3 * CUBIC * x**2)
        return 0.5 * x * (1 + t), 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * slope
    below = 0.5 * (1 + ERF(x / math.sqrt(2)))
    return x * below, below + x * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def linear_gelu(x: Array, w: Array, b: Array, *, approximate: str = "none") -> tuple[Array, Any]:
    """gelu(x w + b)."""
    out, slope = gelu(x @ w + b, approximate)
    return out, (x, w, slope)


def linear_gelu_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """The gradients of x, w and b."""
    x, w, slope = cache
    return _gradients(dout * slope, x, w)


LINEAR_RELU = operation(
    "linear_relu",
    inputs=tensors,
    output=output,
    arithmetic=Winner(terms=terms),
    drawing=Drawing(template="n{n}d{d}m{m}", extents=("n", "d", "m"), battery=BATTERY),
    forward=relu,
    backward=relu_backward,
    differentiable=("x", "w", "b"),
    numbers=filled,
)
LINEAR_GELU = operation(
    "linear_gelu",
    inputs=tensors,
    output=output,
    arithmetic=Smooth(terms=terms),
    drawing=Drawing(
        template="n{n}d{d}m{m}[_{approximate}]",
        extents=("n", "d", "m"),
        choices={"approximate": ("none", "tanh")},
        battery=(*BATTERY, "n3d4m5_tanh"),
    ),
    forward=linear_gelu,
    backward=linear_gelu_backward,
    differentiable=("x", "w", "b"),
    options=lambda params: {"approximate": params["approximate"]},
)
