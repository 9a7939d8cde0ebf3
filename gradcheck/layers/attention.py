"""scaled_dot_product_attention and multi_head_attention: queries (N, S, D) that look at keys and values (N, T, D)."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Cases, Choose, Layer, Numbers, Shape, Shapes
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Smooth
from gradcheck.grammar import Grammar, Params
from gradcheck.layers.ours import ours

LENGTHS = (1, 2, 3, 4, 5, 6, 8, 17)
WIDTHS = (1, 2, 3, 4, 5, 6, 7, 8, 9)
MASKINGS = ("none", "none", "all", "shared", "some", "tail")
"""No mask, one that leaves nothing out, one for all samples, one for each of them, and padding behind the last key."""

LARGE = 1e4
"""Scores beyond the range of exp, and far above the -1e9 that hides a key in much code."""

OPTIONS: Mapping[str, Any] = {"masking": "none", "order": "any"}
WRITTEN = "[_m{masking}][_{order}]"


def _mask(params: Params, lead: Shape) -> dict[str, Shape]:
    """Return the shape of the mask, if there is one; `lead` has the axes before the queries and keys."""
    s, t = params["s"], params["t"]
    none: Shape = ()
    shape = {
        "none": none,
        "all": (s, t),
        "shared": (s, t),
        "some": (*lead, s, t),
        "tail": (lead[0], *(1,) * (len(lead) - 1), 1, t),
    }[params["masking"]]
    return {"mask": shape} if shape else {}


def draw_mask(rng: np.random.Generator, params: Params, shape: Shape) -> Array:
    """Return which keys each query sees: at least one, also where it sees none that comes later."""
    t = params["t"]
    if params["masking"] == "all":
        return np.ones(shape, dtype=bool)
    if params["masking"] == "tail":
        return np.arange(t) < rng.integers(1, t + 1, size=(*shape[:-1], 1))
    last = np.arange(params["s"]) if params["order"] == "causal" else np.full(params["s"], t - 1)
    sure = rng.integers(0, np.minimum(last, t - 1) + 1, size=shape[:-1])
    return np.asarray((rng.random(shape) < 0.6) | (np.arange(t) == sure[..., None]))


def _lengths(choose: Choose) -> dict[str, int]:
    """Draw S and T, mostly two different ones."""
    s, t = choose.one_of(*LENGTHS), choose.one_of(*LENGTHS)
    return {"s": s, "t": choose.one_of(*LENGTHS) if s == t else t}


def _options(choose: Choose) -> dict[str, Any]:
    return {"masking": choose.one_of(*MASKINGS), "order": choose.one_of("any", "any", "causal")}


def _squared(params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters with as many keys as queries, where that is asked for."""
    return {**params, "t": params["s"]} if params["order"] == "causal" else params


def flaw(params: Params) -> str | None:
    """Return why the parameters are impossible, or None: of a rectangle, a causal mask may start from either corner."""
    is_oblong = params["order"] == "causal" and params["s"] != params["t"]
    return "a causal mask is square" if is_oblong else None


def _causal(params: Params) -> dict[str, Any]:
    return {"causal": params["order"] == "causal"}


def _with_ties(keys: Array) -> Array:
    """Return keys of which every second one is equal to the first: their scores are tied."""
    tied = keys.copy()
    tied[..., 1::2, :] = keys[..., :1, :]
    return tied


def _largest(*tensors: Array) -> float:
    """Return the largest finite absolute value in some tensors, at least 1."""
    return max([1.0, *(float(np.abs(each[np.isfinite(each)]).max(initial=0.0)) for each in tensors)])


def _lead(params: Params) -> Shape:
    """Return the axes before the queries and keys: N, or N and H."""
    return (params["n"], params["heads"]) if params["heads"] else (params["n"],)


def tensors(params: Params) -> dict[str, Shape]:
    """q (N, [H,] S, D), k (N, [H,] T, D), v (N, [H,] T, E), and mask, absent or of a shape that broadcasts."""
    lead, (s, t, d, e) = _lead(params), (params[name] for name in "stde")
    return {"q": (*lead, s, d), "k": (*lead, t, d), "v": (*lead, t, e), **_mask(params, lead)}


def fill_attention(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with decimals, and draw the mask; with huge queries, or tied keys, if the case asks for them."""
    shapes = dict(case.shapes)
    mask = {"mask": draw_mask(rng, case.params, shapes.pop("mask"))} if "mask" in shapes else {}
    made = {name: fill.reals(rng, shape) for name, shape in shapes.items()}
    if case.fill == "large":
        made["q"] = made["q"] * LARGE
    if case.fill == "constant":
        made["k"] = _with_ties(made["k"])
    return made | mask


def gain(params: Params, tensors: Arrays) -> float:
    """Return the factor by which backward magnifies dout before terms cancel: by the values, and then by the keys."""
    return _largest(tensors["v"]) * _largest(tensors["q"], tensors["k"])


def draw(choose: Choose) -> dict[str, Any]:
    """Draw a few queries and keys, without heads or with some."""
    widths = {name: choose.one_of(*WIDTHS) for name in "de"}
    heads = {"n": choose.integer(1, 5), "heads": choose.one_of(0, 0, 1, 2, 4)}
    return _squared({**heads, **_lengths(choose), **widths, **_options(choose)})


VALUES = (
    "blank",
    "constant",
    "equal",
    "outlying",
    "real",
    "repeated",
    "saturated",
    "sorted",
    "tiny",
    "zeros",
)


ATTENTION = Layer(
    "scaled_dot_product_attention",
    shapes=Shapes(
        inputs=tensors,
        output=lambda params: (*_lead(params), params["s"], params["e"]),
        differentiable=("q", "k", "v"),
        main="q",
    ),
    arithmetic=Smooth(
        terms=lambda params: params["s"] * params["t"] * max(params["d"], params["e"]),
        gain=gain,
        scaled=("v",),
    ),
    cases=Cases(
        grammar=Grammar("n{n}[h{heads}]s{s}t{t}d{d}e{e}" + WRITTEN, {"heads": 0, **OPTIONS}),
        draw=draw,
        flaw=flaw,
        battery=(
            "n2s3t4d4e2_msome",
            "n1h2s3t2d3e4",
            "n2s4t4d2e3_causal",
            "n2h2s2t3d2e2_mshared",
            "n3s3t5d4e3",
            "n2s3t3d3e3",
        ),
        tiny="n1s1t1d1e1",
    ),
    numbers=Numbers(fill=fill_attention, values=VALUES),
    ours=ours("scaled_dot_product_attention", _causal),
)


def _embedded(params: Params) -> int:
    """Return E: as many features as all heads have."""
    return int(params["heads"] * params["d"])


def head_tensors(params: Params) -> dict[str, Shape]:
    """query (N, S, E), key and value (N, T, E), the weights (E, E) and biases (E,) of the projections, and mask."""
    n, e = params["n"], _embedded(params)
    found: dict[str, Shape] = {
        "query": (n, params["s"], e),
        "key": (n, params["t"], e),
        "value": (n, params["t"], e),
    }
    for letter in "qkvo":
        found |= {f"W{letter}": (e, e), f"b{letter}": (e,)}
    return found | _mask(params, (n, 1))


PROJECTIONS = tuple(f"{kind}{letter}" for letter in "qkvo" for kind in "Wb")


def fill_heads(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with decimals, and the weights with small ones, so that not every softmax saturates; and draw the mask."""
    shapes = dict(case.shapes)
    mask = {"mask": draw_mask(rng, case.params, shapes.pop("mask"))} if "mask" in shapes else {}
    made = {
        name: fill.reals(rng, shape, *((-0.6, 0.6) if name in PROJECTIONS else (-2.0, 2.0)))
        for name, shape in shapes.items()
    }
    if case.fill == "large":
        made["query"] = made["query"] * LARGE
    if case.fill == "constant":
        made["key"] = _with_ties(made["key"])
    return made | mask


def heads_gain(params: Params, tensors: Arrays) -> float:
    """Return the factor by which backward magnifies dout before terms cancel: by each product on the way."""
    q, k, v = (
        tensors[name] @ tensors[f"W{name[0]}"] + tensors[f"b{name[0]}"] for name in ("query", "key", "value")
    )
    weights = [_largest(tensors[f"W{letter}"]) for letter in "qkvo"]
    inputs = _largest(*(tensors[name] for name in ("query", "key", "value")))
    return math.prod(weights) * _largest(v) * _largest(q, k) * inputs


def heads_options(params: Params) -> dict[str, Any]:
    """The keyword arguments of multi_head_attention_forward."""
    return {"heads": params["heads"], **_causal(params)}


def draw_heads(choose: Choose) -> dict[str, Any]:
    """Draw a few queries and keys, and one to four heads."""
    found = {"n": choose.integer(1, 5), "heads": choose.one_of(1, 2, 4), **_lengths(choose)}
    return _squared({**found, "d": choose.one_of(*WIDTHS), **_options(choose)})


MULTI_HEAD_ATTENTION = Layer(
    "multi_head_attention",
    shapes=Shapes(
        inputs=head_tensors,
        output=lambda params: (params["n"], params["s"], _embedded(params)),
        differentiable=("query", "key", "value", *PROJECTIONS),
        main="query",
    ),
    arithmetic=Smooth(
        terms=lambda params: params["n"] * params["s"] * params["t"] * _embedded(params),
        gain=heads_gain,
        scaled=("Wo", "bo"),
    ),
    cases=Cases(
        grammar=Grammar("n{n}h{heads}s{s}t{t}d{d}" + WRITTEN, OPTIONS),
        draw=draw_heads,
        flaw=flaw,
        battery=("n2h2s2t3d1_msome", "n1h1s3t2d2", "n2h2s3t3d2_causal", "n1h2s2t3d2_mshared"),
        tiny="n1h1s1t1d1",
    ),
    numbers=Numbers(fill=fill_heads, values=VALUES),
    ours=ours("multi_head_attention", heads_options),
)
