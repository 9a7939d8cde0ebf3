"""embedding: the rows of a table that indices name; its gradient sums over equal indices."""

from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Shape
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Linear
from gradcheck.grammar import Params
from gradcheck.kernels.operations.operation import Drawing, operation


def tensors(params: Params) -> dict[str, Shape]:
    """Indices y (N, S), and w (V, D)."""
    return {"y": (params["n"], params["s"]), "w": (params["v"], params["d"])}


def output(params: Params) -> Shape:
    """(N, S, D)."""
    return params["n"], params["s"], params["d"]


def filled(case: Case, rng: np.random.Generator) -> Arrays:
    """Indices with the first and the last row among them, and integers."""
    shapes = case.shapes
    y = rng.integers(0, case.params["v"], size=shapes["y"])
    y.flat[:2] = (case.params["v"] - 1, 0)[: y.size]
    return {"y": y, "w": fill.integers(rng, shapes["w"])}


def forward(y: Array, w: Array) -> tuple[Array, Any]:
    """w[y]."""
    return w[y], (y, w.shape)


def backward(dout: Array, cache: Any) -> tuple[Array]:
    """Dout, added to the rows that it came from."""
    y, extents = cache
    dw = np.zeros(extents)
    np.add.at(dw, y, dout)
    return (dw,)


EMBEDDING = operation(
    "embedding",
    inputs=tensors,
    output=output,
    arithmetic=Linear(terms=lambda params: params["n"] * params["s"]),
    drawing=Drawing(
        template="n{n}s{s}v{v}d{d}",
        extents=("n", "s", "v", "d"),
        battery=("n2s3v4d2", "n1s1v1d5", "n3s5v2d4", "n2s9v17d8", "n4s4v4d4"),
    ),
    forward=forward,
    backward=backward,
    differentiable=("w",),
    numbers=filled,
)
