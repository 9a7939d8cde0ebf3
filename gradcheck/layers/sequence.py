"""word_embedding, temporal_affine, temporal_softmax_loss and positional_encoding: layers of sequences (N, T, ...)."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Cases, Choose, Colour, Layer, Numbers, Shape, Shapes
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Linear, Smooth
from gradcheck.grammar import Grammar, Params
from gradcheck.layers import geometry
from gradcheck.layers.extents import draw_extents
from gradcheck.layers.ours import ours
from gradcheck.layers.weights import PRODUCTS


def embedding_tensors(params: Params) -> dict[str, Shape]:
    """Indices x (N, T), W (V, D)."""
    return {"x": (params["n"], params["t"]), "W": (params["v"], params["d"])}


def fill_embedding(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill W with integers, and draw the indices; all the last one, if the case asks for that."""
    shapes, v = case.shapes, case.params["v"]
    x = np.asarray(rng.integers(0, v, size=shapes["x"]))
    x = np.full_like(x, v - 1) if case.fill == "last" else x
    return {"x": x, "W": fill.integers(rng, shapes["W"])}


def embedding_colours(params: Params, name: str) -> Iterator[Colour]:
    """Yield the rows of W: of a row, each output depends on one entry at most, the one of its feature."""
    out, (words, features) = (params["n"], params["t"], params["d"]), embedding_tensors(params)["W"]
    *_, feature = np.indices(out, sparse=True)
    for word in range(words):
        yield geometry.owned_by((words, features), out, word, feature)


WORD_EMBEDDING = Layer(
    "word_embedding",
    shapes=Shapes(
        inputs=embedding_tensors,
        output=lambda params: (params["n"], params["t"], params["d"]),
        differentiable=("W",),
        main="W",
    ),
    arithmetic=Linear(
        terms=lambda params: params["n"] * params["t"] + 1,
        colours=embedding_colours,
        scaled=("W",),
    ),
    cases=Cases(
        grammar=Grammar("n{n}t{t}v{v}d{d}"),
        draw=lambda choose: draw_extents(choose, "n", "t", "v", "d"),
        battery=("n2t4v5d3", "n3t3v2d4", "n1t5v4d2", "n3t3v3d3"),
        tiny="n1t1v1d1",
    ),
    numbers=Numbers(
        fill=fill_embedding,
        kinds=("nan", "inf"),
        values=("big", "blank", "graded", "last", "offset", "repeated", "sorted", "zeros"),
    ),
    ours=ours("word_embedding"),
)


def affine_tensors(params: Params) -> dict[str, Shape]:
    """x (N, T, D), w (D, M), b (M,)."""
    x = (params["n"], params["t"], params["d"])
    return {"x": x, "w": (params["d"], params["m"]), "b": (params["m"],)}


def affine_output(params: Params) -> Shape:
    """(N, T, M)."""
    return params["n"], params["t"], params["m"]


def affine_colours(params: Params, name: str) -> Iterator[Colour]:
    """Yield the inputs to perturb together: one feature at all times, one row of w, all of b."""
    out, shape = affine_output(params), affine_tensors(params)[name]
    sample, time, unit = np.indices(out, sparse=True)
    if name == "b":
        yield geometry.owned_by(shape, out, unit)
        return
    for feature in range(params["d"]):
        yield geometry.owned_by(shape, out, *((sample, time, feature) if name == "x" else (feature, unit)))


TEMPORAL_AFFINE = Layer(
    "temporal_affine",
    shapes=Shapes(inputs=affine_tensors, output=affine_output, differentiable=("x", "w", "b")),
    arithmetic=Linear(
        terms=lambda params: max(params["n"] * params["t"], params["d"], params["m"]) + 1,
        colours=affine_colours,
        scaled=("x", "b"),
        also_scaled=("w", "b"),
    ),
    cases=Cases(
        grammar=Grammar("n{n}t{t}d{d}_m{m}"),
        draw=lambda choose: draw_extents(choose, "n", "t", "d", "m"),
        battery=("n2t3d4_m5", "n3t2d3_m2", "n3t3d3_m3", "n2t4d1_m3"),
        tiny="n1t1d1_m1",
    ),
    numbers=PRODUCTS,
    ours=ours("temporal_affine"),
)


def loss_tensors(params: Params) -> dict[str, Shape]:
    """x (N, T, V), labels y and mask (N, T)."""
    words = (params["n"], params["t"])
    return {"x": (*words, params["v"]), "y": words, "mask": words}


def fill_loss(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill scores with decimals; with huge ones, if the case asks for them. The labels as of any softmax loss."""
    shapes, v = case.shapes, case.params["v"]
    x = fill.reals(rng, shapes["x"])
    y = np.asarray(rng.integers(0, v, size=shapes["y"]))
    y = np.full_like(y, v - 1) if case.fill == "last" else y
    mask = draw_mask(rng, shapes["mask"], case.params["masking"])
    return {"x": x * fill.large_factor(case) if case.fill == "large" else x, "y": y, "mask": mask}


def draw_mask(rng: np.random.Generator, shape: Shape, masking: str) -> Array:
    """Return which words count: all, some, or those up to the end of each sentence; at least one of each sentence."""
    n, t = shape
    if masking == "all":
        return np.ones(shape, dtype=bool)
    if masking == "tail":
        return np.arange(t) < rng.integers(1, t + 1, size=(n, 1))
    mask = rng.random(shape) < 0.6
    mask[np.arange(n), rng.integers(0, t, size=n)] = True
    return mask


def draw_loss(choose: Choose) -> dict[str, Any]:
    """Draw extents, and what is masked."""
    return {**draw_extents(choose, "n", "t", "v"), "masking": choose.one_of("all", "some", "tail")}


TEMPORAL_SOFTMAX_LOSS = Layer(
    "temporal_softmax_loss",
    shapes=Shapes(
        inputs=loss_tensors, output=lambda params: (), differentiable=("x",), per_sample=False, is_loss=True
    ),
    arithmetic=Smooth(terms=lambda params: params["n"] * params["t"] * params["v"]),
    cases=Cases(
        grammar=Grammar("n{n}t{t}v{v}_m{masking}"),
        draw=draw_loss,
        battery=("n3t4v5_msome", "n2t3v4_mall", "n4t2v3_mtail", "n3t3v3_msome"),
        tiny="n1t1v1_mall",
        allows_empty=False,
    ),
    numbers=Numbers(
        fill=fill_loss,
        kinds=("nan", "masked"),
        values=(
            "blank",
            "far",
            "last",
            "outlying",
            "real",
            "repeated",
            "saturated",
            "sorted",
            "tiny",
            "zeros",
        ),
    ),
    ours=ours("temporal_softmax_loss"),
)


def encoding_shape(params: Params) -> Shape:
    """(N, T, D)."""
    return params["n"], params["t"], params["d"]


POSITIONAL_ENCODING = Layer(
    "positional_encoding",
    shapes=Shapes(
        inputs=lambda params: {"x": encoding_shape(params)}, output=encoding_shape, differentiable=("x",)
    ),
    # Linear, but what is added is no integer, so that no result is exact. The angle of the last time is rounded as
    # a number of that size.
    arithmetic=Smooth(
        terms=lambda params: 2 + params["t"], cancelled=lambda params, tensors, dtype: float(params["t"])
    ),
    cases=Cases(
        grammar=Grammar("n{n}t{t}d{d}"),
        draw=lambda choose: draw_extents(choose, "n", "t", "d"),
        battery=("n2t3d4", "n2t5d3", "n1t4d6", "n3t3d3"),
        tiny="n1t1d1",
    ),
    numbers=Numbers(
        fill=fill.by_name(x=fill.reals),
        kinds=("nan", "inf"),
        values=("blank", "far", "real", "repeated", "sorted", "tiny", "zeros"),
        large=False,
    ),
    ours=ours("positional_encoding"),
)
