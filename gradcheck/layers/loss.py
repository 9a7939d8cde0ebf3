"""softmax_loss, svm_loss and mse_loss: a batch of scores or predictions to one number."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.contract import Arithmetic, Array, Arrays, Case, Cases, Choose, Layer, Numbers, Shape, Shapes
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Quadratic, Smooth, Winner, is_power_of_two
from gradcheck.grammar import Grammar, Params
from gradcheck.layers.extents import draw_dims, draw_extents
from gradcheck.layers.ours import ours

SVM_GAP = 4.0
"""Scores are distinct multiples of 4: with each of `MARGINS`, every excess is at least 1 away from the kink."""

MARGINS = (1.0, 2.0, 6.0, 1.5, 5.0, 10.0)


def tensors(params: Params) -> dict[str, Shape]:
    """x (N, C), labels y (N,)."""
    return {"x": (params["n"], params["c"]), "y": (params["n"],)}


def regression_tensors(params: Params) -> dict[str, Shape]:
    """x and targets y (N, d1, ..., dk)."""
    shape = (params["n"], *params["dims"])
    return {"x": shape, "y": shape}


def labels(rng: np.random.Generator, case: Case) -> Arrays:
    """Return integer labels; all the last class, if the case asks for that."""
    c, n = case.params["c"], case.params["n"]
    y = np.asarray(rng.integers(0, c, size=n))
    return {"y": np.full_like(y, c - 1) if case.fill == "last" else y}


IGNORED = {"ignored": "none", "label": "-100"}
"""The parameters of a loss that ignores nothing."""


def unignored(params: Params) -> dict[str, Any]:
    """Return the parameters with nothing ignored, for an interface without such an argument; of other layers, as is."""
    return {**params, **IGNORED} if "ignored" in params else dict(params)


def is_label(value: Any) -> bool:
    """Return whether the default of an argument is a label."""
    return isinstance(value, int) and not isinstance(value, bool)


def ignored_label(params: Params) -> int | None:
    """Return the label whose samples do not count; None where no label of the case can be it."""
    label = int(params.get("label", IGNORED["label"]))
    is_class = 0 <= label < params["c"]
    return label if is_class or params.get("ignored", "none") != "none" else None


def count_kept(params: Params) -> int:
    """Return how many samples of a softmax loss count."""
    n: int = params["n"]
    return {"none": n, "one": n - 1, "most": max(1, n // 4)}[params.get("ignored", "none")]


def kept_rows(params: Params, y: Array) -> Array:
    """Return which samples of a softmax loss count."""
    label = ignored_label(params)
    return np.ones(len(y), dtype=bool) if label is None else np.asarray(y != label)


def with_ignored(params: Params, y: Array, rng: np.random.Generator) -> Array:
    """Return labels of which some are the ignored one, and no others."""
    label = ignored_label(params)
    if label is None:
        return y
    found = np.where(y == label, (y + 1) % params["c"], y)
    found[rng.permutation(len(y))[count_kept(params) :]] = label
    return found


def ignored_flaw(params: Params) -> str | None:
    """Return why the parameters are impossible, or None: a sample is kept, and has a label that is not ignored."""
    if params.get("ignored", "none") != "none" and params["n"] < 2:
        return "of one sample none can be ignored"
    if params["c"] < 2 and params.get("label") == "0":
        return "the only class is ignored"
    return None


def fill_softmax(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill scores with decimals; with huge logits, if the case asks for large ones."""
    x = fill.reals(rng, tensors(case.params)["x"])
    y = with_ignored(case.params, labels(rng, case)["y"], rng)
    return {"x": x * fill.large_factor(case) if case.fill == "large" else x, "y": y}


def fill_svm(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill scores with distinct multiples of the gap."""
    return {"x": fill.distinct(rng, tensors(case.params)["x"]) * SVM_GAP, **labels(rng, case)}


def draw(choose: Choose) -> dict[str, Any]:
    """Draw batches and numbers of classes; means over a power of two are exact, the others are rounded."""
    return draw_extents(choose, "n", "c")


def draw_softmax(choose: Choose) -> dict[str, Any]:
    """Draw batches and numbers of classes; in one of two cases some samples carry a label that is ignored."""
    found = draw(choose)
    ignored = choose.one_of("none", "none", "one", "most")
    if ignored == "none" or found["n"] < 2:
        return {**found, **IGNORED}
    label = choose.one_of("-100", "-1", "255", *(("0",) if found["c"] > 1 else ()))
    return {**found, "ignored": ignored, "label": label}


def softmax_options(params: Params) -> dict[str, Any]:
    """Return the keyword arguments of a softmax loss: none, where it ignores nothing."""
    label = ignored_label(params)
    return {} if label is None else {"ignore_index": label}


def draw_regression(choose: Choose) -> dict[str, Any]:
    """Draw shapes; means over a power of two are exact, the others are rounded."""
    if choose.one_of(True, False):
        return {"n": choose.one_of(1, 2, 4, 16), "dims": choose.one_of((1,), (2,), (4,), (2, 4), (8,), (32,))}
    n, dims = draw_dims(choose)
    return {"n": n, "dims": dims}


def count(params: Params) -> int:
    """Return the number of entries that the mean of a regression loss is over."""
    return math.prod((params["n"], *params["dims"]))


def loss(
    name: str,
    inputs: Callable[[Params], dict[str, Shape]],
    arithmetic: Arithmetic,
    cases: Cases,
    numbers: Numbers,
    options: Callable[[Params], dict[str, Any]] = lambda params: {},
) -> Layer:
    """Return a loss: its output is one number, the mean over the batch."""
    shapes = Shapes(
        inputs=inputs, output=lambda params: (), differentiable=("x",), per_sample=False, is_loss=True
    )
    return Layer(name, shapes, arithmetic, cases, numbers, ours(name, options))


SOFTMAX_LOSS = loss(
    "softmax_loss",
    tensors,
    Smooth(terms=lambda params: params["n"] * params["c"]),
    Cases(
        grammar=Grammar("n{n}c{c}[_i{ignored}][_l{label}]", IGNORED),
        draw=draw_softmax,
        # The last ones are of the same extents as others, of which code without the option is asked already.
        battery=("n3c4", "n1c2", "n5c3", "n4c4", "n1c5", "n5c3_imost", "n4c4_ione_l-1", "n3c4_ione_l0"),
        tiny="n1c1",
        flaw=ignored_flaw,
        allows_empty=False,
    ),
    Numbers(
        fill=fill_softmax,
        kinds=("nan", "masked"),
        values=(
            "blank",
            "equal",
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
    options=softmax_options,
)
SVM_LOSS = loss(
    "svm_loss",
    tensors,
    Winner(
        terms=lambda params: params["n"] * params["c"],
        unit=lambda params: params["n"] * (1 if params["margin"].is_integer() else 2),
        rounds=lambda params: not is_power_of_two(params["n"]),
        apart=True,
    ),
    Cases(
        grammar=Grammar("n{n}c{c}_m{margin}"),
        draw=lambda choose: {**draw(choose), "margin": choose.one_of(*MARGINS)},
        battery=("n4c4_m2", "n2c4_m1", "n4c3_m1", "n2c6_m6", "n1c5_m1"),
        tiny="n1c1_m1",
        allows_empty=False,
    ),
    # No NaN: a hinge is a comparison, and `if margin > 0`, as courses hand it out, is right code that loses it.
    Numbers(fill=fill_svm, values=("big", "blank", "equal", "last", "outlying", "sorted")),
    options=lambda params: {"margin": params["margin"]},
)
MSE_LOSS = loss(
    "mse_loss",
    regression_tensors,
    Quadratic(
        terms=count,
        unit=count,
        rounds=lambda params: not is_power_of_two(count(params)),
        scaled=("x", "y"),
        degree=2,
    ),
    Cases(
        grammar=Grammar("n{n}d{dims}"),
        draw=draw_regression,
        battery=("n2d4", "n4d2x4", "n4d1", "n1d8"),
        tiny="n1d1",
        allows_empty=False,
    ),
    Numbers(
        fill=fill.by_name(x=fill.integers, y=fill.integers),
        kinds=("nan", "inf", "nan-others", "inf-others"),
        values=("big", "blank", "flat", "graded", "null", "offset", "repeated", "sorted", "zeros"),
    ),
)
