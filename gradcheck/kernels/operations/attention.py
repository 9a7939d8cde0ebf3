"""attention and grouped_attention: softmax(q k^T / sqrt(d)) v, with a mask or causal; keys may serve several heads."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Shape
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Smooth
from gradcheck.grammar import Params
from gradcheck.kernels.operations.operation import Drawing, Operation, operation

KEPT = 0.7
"""The share of the keys that a mask lets through; the first one always is, as no row may be without any."""


def tensors(params: Params) -> dict[str, Shape]:
    """q (N, H, S, D), k and v (N, H / G, T, D), mask (S, T)."""
    n, h, s, t, d = (params[name] for name in "nhstd")
    keys = (n, h, t, d)
    mask = {} if params["mask"] == "none" else {"mask": (s, t)}
    return {"q": output(params), "k": keys, "v": keys, **mask}


def output(params: Params) -> Shape:
    """(N, H G, S, D)."""
    return params["n"], params["h"] * params.get("g", 1), params["s"], params["d"]


def flaw(params: Params) -> str | None:
    """Return why the parameters are impossible, or None. Libraries disagree about what is causal and masked."""
    return "either causal or masked" if params["causal"] and params["mask"] != "none" else None


def disputed(params: Params, spelled: Mapping[str, str]) -> str | None:
    """Return why right kernels differ, or None.

    PyTorch's `is_causal` starts from the first key, whatever the extents; what others call `causal` may not.
    """
    if params["causal"] and params["s"] != params["t"] and spelled.get("is_causal") != "is_causal":
        return "libraries disagree about the corner that `causal` starts from: `is_causal` is PyTorch's"
    return None


def filled(case: Case, rng: np.random.Generator) -> Arrays:
    """Decimals; a mask of both kinds lets the first key through."""
    made = {name: fill.reals(rng, shape) for name, shape in case.shapes.items()}
    if "mask" in made:
        keeps = rng.random(made["mask"].shape) < KEPT
        keeps[:, :1] = True
        made["mask"] = keeps if case.params["mask"] == "bool" else np.where(keeps, made["mask"], -np.inf)
    return made


def forward(
    q: Array,
    k: Array,
    v: Array,
    mask: Array | None = None,
    *,
    is_causal: bool = False,
    enable_gqa: bool = False,
) -> tuple[Array, Any]:
    """softmax(q k^T / sqrt(d) + mask) v."""
    groups, scale = q.shape[1] // max(k.shape[1], 1), 1 / math.sqrt(q.shape[-1])
    keys, values = np.repeat(k, groups, axis=1), np.repeat(v, groups, axis=1)
    scores = q @ np.swapaxes(keys, -1, -2) * scale
    if is_causal:
        mask = np.tri(*scores.shape[-2:], dtype=bool)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf) if mask.dtype == bool else scores + mask
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True, initial=-np.inf))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return weights @ values, (q, keys, values, weights, groups, scale)


def backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """The gradients of q, k and v; those of shared keys are summed."""
    q, keys, values, weights, groups, scale = cache
    dweights = dout @ np.swapaxes(values, -1, -2)
    dscores = weights * (dweights - (weights * dweights).sum(axis=-1, keepdims=True)) * scale
    dk, dv = np.swapaxes(dscores, -1, -2) @ q, np.swapaxes(weights, -1, -2) @ dout
    return dscores @ keys, *(_summed(each, groups) for each in (dk, dv))


def cancelled(tensors: Arrays, dout: Array, options: Mapping[str, Any]) -> Arrays:
    """The gradients of the weights, and their mean, which cancel where a query has one key: root sums of squares."""
    given: dict[str, Any] = {**tensors, **options}
    _, (q, keys, values, weights, groups, scale) = forward(**given)
    dweights = dout**2 @ np.swapaxes(values, -1, -2) ** 2
    dscores = weights**2 * (dweights + (weights**2 * dweights).sum(axis=-1, keepdims=True)) * scale**2
    dq, dk = dscores @ keys**2, np.swapaxes(dscores, -1, -2) @ q**2
    return {"dq": np.sqrt(dq), "dk": np.sqrt(_summed(dk, groups))}


def _summed(values: Array, groups: int) -> Array:
    n, heads, t, d = values.shape
    return np.asarray(values.reshape(n, heads // groups, groups, t, d).sum(axis=2))


CHOICES: dict[str, tuple[Any, ...]] = {
    "causal": (False, False, True),
    "mask": ("none", "none", "bool", "float"),
}
SPELLED = {"is_causal": ("is_causal", "causal")}


def alone(params: Params) -> Params:
    """Return the parameters with one key, which every query sees."""
    return {**params, "t": 1, "mask": "none", "causal": False}


def _of(name: str, drawing: Drawing, *, is_grouped: bool) -> Operation:
    def options(params: Params) -> dict[str, Any]:
        return {"is_causal": params["causal"], **({"enable_gqa": True} if is_grouped else {})}

    return operation(
        name,
        inputs=tensors,
        output=output,
        arithmetic=Smooth(
            terms=lambda params: max(params["s"], params["t"]) * params.get("g", 1) + params["d"]
        ),
        drawing=drawing,
        forward=forward,
        backward=backward,
        differentiable=("q", "k", "v"),
        options=options,
        numbers=filled,
        neutral={"enable_gqa": (True, False)},  # most kernels see it from the shapes
        spelled=SPELLED,
        cancelled=cancelled,
        disputed=disputed,
        alone=alone,
    )


def _square(params: Params) -> Params:
    """Return the parameters with as many keys as queries, where they are causal: in half of the cases."""
    if not params["causal"]:
        return params
    is_square = (params["s"] + params["t"]) % 2 == 0
    return {**params, "mask": "none", **({"t": params["s"]} if is_square else {})}


ATTENTION = _of(
    "attention",
    Drawing(
        template="n{n}h{h}s{s}t{t}d{d}[_c{causal}][_{mask}]",
        extents=("n", "h", "s", "t", "d"),
        choices=CHOICES,
        battery=(
            "n1h2s3t4d2",
            "n2h1s4t4d3_cyes",
            "n1h2s5t3d4_bool",
            "n2h2s3t5d4_float",
            "n1h1s9t9d8_cyes",
            "n1h1s7t17d8",
            "n1h2s3t5d4_cyes",
            "n1h1s9t4d4_cyes",
        ),
        flaw=flaw,
        fitted=_square,
    ),
    is_grouped=False,
)
GROUPED_ATTENTION = _of(
    "grouped_attention",
    Drawing(
        template="n{n}h{h}g{g}s{s}t{t}d{d}[_c{causal}][_{mask}]",
        extents=("n", "h", "s", "t", "d"),
        choices={**CHOICES, "g": (2, 3, 4, 8)},
        battery=(
            "n1h2g2s3t4d2",
            "n2h1g3s4t4d3_cyes",
            "n1h2g2s5t3d4_bool",
            "n1h1g4s3t5d4_float",
            "n1h1g2s3t5d4_cyes",
        ),
        flaw=flaw,
        fitted=_square,
    ),
    is_grouped=True,
)
