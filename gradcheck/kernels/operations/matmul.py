"""matmul: a matrix product, and bmm: a batch of them, in which one operand may be the same for all."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.contract import Array, Shape
from gradcheck.evidence.arithmetic import Linear
from gradcheck.grammar import Params
from gradcheck.kernels.operations.operation import Drawing, Operation, operation

PRODUCTS = {"out": ("x", "w"), "dx": ("w", "dout"), "dw": ("x", "dout")}
SPELLED = {
    "transpose_a": ("transpose_a", "trans_a", "transa", "adj_x"),
    "transpose_b": ("transpose_b", "trans_b", "transb", "adj_y"),
}


def tensors(params: Params) -> dict[str, Shape]:
    """x (M, K) and w (K, F), or the transpose of each; in a batch (N, M, K) and (N, K, F), one N being 1."""
    m, k, f = (params[name] for name in "mkf")
    x = (k, m) if params["ta"] else (m, k)
    w = (f, k) if params["tb"] else (k, f)
    if "n" not in params:
        return {"x": x, "w": w}
    n, shared = params["n"], params["shared"]
    return {"x": (1 if shared == "x" else n, *x), "w": (1 if shared == "w" else n, *w)}


def output(params: Params) -> Shape:
    """(M, F), or (N, M, F)."""
    batch = (params["n"],) if "n" in params else ()
    return *batch, params["m"], params["f"]


def forward(x: Array, w: Array, *, transpose_a: bool = False, transpose_b: bool = False) -> tuple[Array, Any]:
    """x w, of which each may be given transposed."""
    left = np.swapaxes(x, -1, -2) if transpose_a else x
    right = np.swapaxes(w, -1, -2) if transpose_b else w
    return left @ right, (left, right, x.shape, w.shape, transpose_a, transpose_b)


def backward(dout: Array, cache: Any) -> tuple[Array, Array]:
    """Dout w^T and x^T dout, summed where an operand is shared."""
    left, right, x_shape, w_shape, transpose_a, transpose_b = cache
    dx, dw = dout @ np.swapaxes(right, -1, -2), np.swapaxes(left, -1, -2) @ dout
    dx, dw = (
        np.swapaxes(each, -1, -2) if is_t else each for each, is_t in ((dx, transpose_a), (dw, transpose_b))
    )
    return _summed(dx, x_shape), _summed(dw, w_shape)


def _summed(values: Array, shape: Shape) -> Array:
    return values if values.shape == shape else values.sum(axis=0, keepdims=True)


def _options(params: Params) -> dict[str, Any]:
    return {"transpose_a": params["ta"], "transpose_b": params["tb"]}


def _terms(params: Params) -> int:
    longest: int = max(params[name] for name in "mkf")
    shared: int = params["n"] if params.get("shared", "none") != "none" else 1
    return longest * shared


def _of(name: str, drawing: Drawing) -> Operation:
    return operation(
        name,
        inputs=tensors,
        output=output,
        arithmetic=Linear(terms=_terms),
        drawing=drawing,
        forward=forward,
        backward=backward,
        differentiable=("x", "w"),
        options=_options,
        products=PRODUCTS,
        spelled=SPELLED,
        is_narrow=True,
    )


FLAGS: dict[str, tuple[Any, ...]] = {"ta": (False, False, False, True), "tb": (False, False, False, True)}
Flaw = Callable[[Params], "str | None"]

MATMUL = _of(
    "matmul",
    Drawing(
        template="m{m}k{k}f{f}[_ta{ta}][_tb{tb}]",
        extents=("m", "k", "f"),
        choices=FLAGS,
        battery=(
            "m2k3f4",
            "m1k5f1",
            "m3k1f2",
            "m5k8f7",
            "m4k4f4",
            "m1k4f4",
            "m3k4f5_tayes",
            "m3k4f5_tbyes",
            "m4k9f3_tayes_tbyes",
        ),
    ),
)
BMM = _of(
    "bmm",
    Drawing(
        template="n{n}m{m}k{k}f{f}[_ta{ta}][_tb{tb}][_s{shared}]",
        extents=("n", "m", "k", "f"),
        choices={**FLAGS, "shared": ("none", "none", "x", "w")},
        battery=("n2m2k3f4", "n3m1k5f2", "n2m4k4f4_sx", "n3m5k8f2_sw", "n2m3k4f5_tayes", "n2m3k4f5_tbyes"),
    ),
)
