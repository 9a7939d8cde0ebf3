"""rms_norm: each row over the root of its mean square, times a weight."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Shape
from gradcheck.evidence.arithmetic import Smooth
from gradcheck.grammar import Params
from gradcheck.kernels.operations.operation import Drawing, operation


def tensors(params: Params) -> dict[str, Shape]:
    """x (N, d1, ..., dk) and gamma (dk,)."""
    return {"x": output(params), "gamma": params["dims"][-1:]}


def output(params: Params) -> Shape:
    """The shape of x."""
    return params["n"], *params["dims"]


def forward(x: Array, gamma: Array, *, eps: float) -> tuple[Array, Any]:
    """gamma x / sqrt(mean(x^2) + eps), along the last axis."""
    scale = 1 / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + eps)
    return gamma * x * scale, (x, gamma, scale)


def backward(dout: Array, cache: Any) -> tuple[Array, Array]:
    """The gradients of x and gamma."""
    x, gamma, scale = cache
    up = dout * gamma
    dx = scale * up - x * scale**3 * np.mean(up * x, axis=-1, keepdims=True)
    return dx, (dout * x * scale).reshape(-1, x.shape[-1]).sum(axis=0)


def cancelled(tensors: Arrays, dout: Array, options: Mapping[str, Any]) -> Arrays:
    """The two terms of dx, which cancel where a row has one large number, or only one."""
    x, gamma = tensors["x"], tensors["gamma"]
    _, (_, _, scale) = forward(x, gamma, **options)
    up = np.abs(dout * gamma)
    return {"dx": scale * up + np.abs(x) * scale**3 * np.mean(up * np.abs(x), axis=-1, keepdims=True)}


RMS_NORM = operation(
    "rms_norm",
    inputs=tensors,
    output=output,
    arithmetic=Smooth(terms=lambda params: max(params["dims"][-1], params["n"])),
    drawing=Drawing(
        template="n{n}d{dims}[_e{eps}]",
        extents=("n", "dims"),
        choices={"eps": (1e-6, 1e-5, 1e-3, 0.1)},
        battery=("n2d3", "n3d5_e1e-05", "n2d3x4_e0.001", "n4d4_e0.1", "n5d17", "n3d33_e1e-05"),
    ),
    forward=forward,
    backward=backward,
    differentiable=("x", "gamma"),
    options=lambda params: {"eps": params["eps"]},
    neutral={"eps": (1e-6,)},
    cancelled=cancelled,
)
