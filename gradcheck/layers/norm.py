"""batch_norm, spatial_batch_norm, layer_norm, rms_norm, group_norm and instance_norm."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Cases, Choose, Layer, Numbers, Shape, Shapes
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Smooth
from gradcheck.grammar import EXTENTS, Grammar, Params
from gradcheck.layers.extents import draw_dims, draw_extents
from gradcheck.layers.ours import ours

LARGE_MEAN, LARGE_MEAN_OF_SINGLES = 1e8, 4096.0
"""E[x^2] - E[x]^2 cancels all digits of a double, or of a single, here; a variance of deviations keeps half of them."""

EXCUSED_MEAN = {"float64": 3e4, "float32": 100.0}
"""E[x^2] - E[x]^2 may lose what it loses up to this mean, in deviations: nine of sixteen digits, or four of seven.

In half precision it may lose all.
"""

EPS = (1e-5, 1e-3, 0.1, 1.0, 1e-8, 1e-12, 1e-6, 0.01, 7e-4)
"""The usual 1e-5, larger values with which a misplaced eps changes the leading digits, and the smallest in use."""

BATCH_OPTIONS = "_{mode}_e{eps}_m{momentum}[_{variance}]"


def batch_tensors(params: Params) -> dict[str, Shape]:
    """x (N, D) or (N, C, H, W); gamma, beta and the running statistics (D,) or (C,)."""
    channels = (params.get("d") or params["c"],)
    names = ("gamma", "beta", "running_mean", "running_var")
    return {"x": _x_shape(params)} | dict.fromkeys(names, channels)


def _x_shape(params: Params) -> Shape:
    if "dims" in params:
        return (params["n"], *params["lead"], *params["dims"])
    if "d" in params:
        return params["n"], params["d"]
    return params["n"], params["c"], params["h"], params["w"]


def sharing_axes(params: Params, ndim: int) -> tuple[int, ...]:
    """Return the axes of x whose numbers share a mean; in a group norm, those that are divided into groups."""
    if "mode" in params:
        return (0, *range(2, ndim))
    if "dims" in params:
        return tuple(range(ndim - len(params["dims"]), ndim))
    return tuple(range(1 if "g" in params else 2, ndim))


def without_lead(params: Params) -> dict[str, Any]:
    """Return the parameters of a norm over all axes but the first: no other is in front of those of gamma."""
    return {**params, "lead": ()}


def last_axis(params: Params) -> dict[str, Any]:
    """Return the parameters of a norm over the last axis alone."""
    return {**params, "dims": params["dims"][-1:]}


def is_centred(tensors: Arrays) -> bool:
    """Return whether a norm subtracts a mean: RMS norm does not, and so it is the one without a beta."""
    return "beta" in tensors


def batch_options(params: Params) -> dict[str, Any]:
    """The keyword arguments of batch_norm_forward."""
    return {
        "training": params["mode"] == "train",
        "eps": params["eps"],
        "momentum": params["momentum"],
        "unbiased": params["variance"] == "unbiased",
    }


def draw_batch(choose: Choose) -> dict[str, Any]:
    """Draw the options of a batch norm: mostly training."""
    return {
        "mode": choose.one_of("train", "train", "eval"),
        "eps": choose.one_of(*EPS),
        "momentum": choose.one_of(0.1, 0.25, 0.9, 0.0, 1.0, 0.01, 0.5, 0.99),
        "variance": choose.one_of("unbiased", "unbiased", "biased"),
    }


def draw_planes(choose: Choose) -> dict[str, Any]:
    """Draw N, C, H and W; mostly with several values per channel: two are always normalised to plus and minus one."""
    return draw_extents(choose, "n", "c", "h", "w", least=choose.one_of(2, 2, 1))


VALUES = (
    "centred",
    "constant",
    "far",
    "flat",
    "initial",
    "null",
    "outlying",
    "real",
    "repeated",
    "shifted",
    "signed",
    "sorted",
    "tiny",
    "zeros",
)


def fill_norm(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with decimals; around a large mean, if the case asks for large values."""
    shapes = case.shapes
    made = {name: _FILLERS.get(name, fill.reals)(rng, shape) for name, shape in shapes.items()}
    if case.fill == "large":
        made["x"] = made["x"] + (LARGE_MEAN if case.dtype == "float64" else LARGE_MEAN_OF_SINGLES)
    elif case.fill == "far":
        made |= _far(made, rng)
    elif case.fill in ("centred", "constant"):
        made["x"] = _SETTERS[case.fill](case, made["x"])
    return made


def _far(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return x on another scale, and parameters of all magnitudes, from tiny ones to large ones."""
    most = {"gamma": 3, "beta": 7, "running_mean": 7, "running_var": 32}
    found = {
        name: (1.0 if name == "running_var" else fill.signs(rng, values.shape))
        * 10 ** rng.uniform(-32, most[name], size=values.shape)
        for name, values in made.items()
        if name in most
    }
    return {**found, "x": made["x"] * 10.0 ** rng.choice((-33, -7, 3, 6))}


def _centred(case: Case, x: Array) -> Array:
    """Return sets of numbers whose mean is exactly zero, with entries at the mean."""
    sets = _sets(case.params, x)
    sets = sets - sets[:, ::-1]
    sets[:, [0, -1]] = 0.0
    return _from_sets(case, sets)


def _constant(case: Case, x: Array) -> Array:
    """Return sets of which every second one has equal numbers."""
    sets = _sets(case.params, x).copy()
    sets[::2] = sets[::2, :1]
    return _from_sets(case, sets)


def _from_sets(case: Case, sets: Array) -> Array:
    """Return x, of which `sets` are the rows."""
    shape = case.shapes["x"]
    if "mode" not in case.params:
        return sets.reshape(shape)
    return np.moveaxis(sets.reshape(shape[1], shape[0], *shape[2:]), 0, 1)


_SETTERS = {"centred": _centred, "constant": _constant}
_FILLERS = {"running_var": fill.positives, "gamma": fill.positives}


def gain(params: Params, tensors: Arrays) -> float:
    """Return the factor by which backward magnifies dout before terms cancel: gamma over the smallest deviation."""
    if params.get("mode") == "eval":
        used = tensors["running_var"]
    else:
        used = _variances(params, tensors["x"], is_centred(tensors))
    least = used[np.isfinite(used)].min(initial=1.0)
    return max(_largest(tensors["gamma"]), 1.0) / math.sqrt(least + params["eps"])


def cancelled(params: Params, tensors: Arrays, dtype: str) -> float:
    """Return how many roundings a right output may be away, because large numbers cancel.

    The mean is rounded, and so is a variance that is computed as E[x^2] - E[x]^2; both are divided by the deviation.
    """
    x = tensors["x"]
    if not x.size:
        return 0.0
    if params.get("mode") == "eval":
        seen = np.concatenate([x.ravel(), tensors["running_mean"]])
        return _largest(seen) * gain(params, tensors)
    sets, centred = _sets(params, x), is_centred(tensors)
    variances = _variances(params, x, centred)
    away = _largest(np.abs(sets).max(axis=1, initial=0.0) / np.sqrt(variances + params["eps"]))
    squared = away**2 if centred and away <= EXCUSED_MEAN.get(dtype, math.inf) else 0.0
    return _largest(tensors["gamma"]) * math.log2(sets.shape[1] + 2) * (away + squared)


def _largest(values: Array) -> float:
    """Return the largest finite absolute value, or 0."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _variances(params: Params, x: Array, centred: bool) -> Array:
    """Return the variances that the layer divides by: per channel, per sample or per group; around 0 for RMS norm."""
    if not x.size:
        return np.zeros(0)
    sets = _sets(params, x)
    return np.asarray(sets.var(axis=1) if centred else np.square(sets).mean(axis=1))


def _sets(params: Params, x: Array) -> Array:
    """Return the numbers that are normalised together, as rows: a channel, a sample or a group."""
    if "mode" in params:
        return np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
    together = math.prod(x.shape[axis] for axis in sharing_axes(params, x.ndim)) // params.get("g", 1)
    return x.reshape(x.size // max(together, 1), together)


def group_flaw(params: Params) -> str | None:
    """Return why the parameters are impossible, or None."""
    if params["c"] % params["g"]:
        return f"{params['g']} groups do not divide {params['c']} channels evenly"
    return None


def batch_flaw(params: Params) -> str | None:
    """Return why the parameters are impossible, or None: the unbiased variance needs two values per channel."""
    values = params["n"] * params.get("h", 1) * params.get("w", 1)
    least = 2 if params["variance"] == "unbiased" else 1
    if params["mode"] == "train" and values < least:
        return f"training needs {least} values per channel; there are {values}"
    return None


def lone_values(params: Params) -> str | None:
    """Return that training has one value per channel, which PyTorch refuses, or None."""
    is_lone = params["mode"] == "train" and params["n"] * params.get("h", 1) * params.get("w", 1) == 1
    return "one value per channel in training" if is_lone else None


def lone_pixels(params: Params) -> str | None:
    """Return that a plane is one value per channel, which PyTorch refuses, or None."""
    return "one value per channel" if params["h"] * params["w"] == 1 else None


def lone_group(params: Params) -> str | None:
    """Return that a group of one sample is one value, which PyTorch refuses, or None."""
    count = params["n"] * params["c"] // params["g"] * params["h"] * params["w"]
    return "one value per group" if count == 1 else None


def _draw_rows(choose: Choose) -> dict[str, Any]:
    """Draw N and D, with three rows or more in most cases: two are always normalised to plus and minus one."""
    found = draw_extents(choose, "n", "d")
    return {**found, "n": found["n"] + choose.integer(0, 3) if found["n"] <= 3 else found["n"]}


def _draw_groups(choose: Choose) -> dict[str, Any]:
    planes = draw_planes(choose)
    g = choose.one_of(1, 2, 3, planes["c"])
    return {**planes, "c": g * -(-planes["c"] // g), "g": g, "eps": choose.one_of(*EPS)}


def _draw_layer(choose: Choose) -> dict[str, Any]:
    """Draw a layer norm: in one of three cases over the last axes of several, such as the features of a sequence."""
    n, dims = draw_dims(choose)
    cut = choose.integer(1, len(dims) - 1) if len(dims) > 1 and choose.integer(0, 2) == 0 else 0
    lead, dims = dims[:cut], dims[cut:]
    return {
        "n": n,
        "lead": lead,
        "dims": (dims[0] + choose.integer(0, 2), *dims[1:]),
        "eps": choose.one_of(*EPS),
    }


def _layer(
    name: str,
    inputs: Callable[[Params], dict[str, Shape]],
    options: Callable[[Params], dict[str, Any]],
    cases: Cases,
    *,
    tracked: tuple[str, ...] = (),
    per_sample: bool = True,
    centred: bool = True,
) -> Layer:
    """Return a norm: its output has x's shape, and a sum may run over all of x."""
    shapes = Shapes(
        inputs=inputs,
        output=lambda params: inputs(params)["x"],
        differentiable=("x", "gamma", "beta") if centred else ("x", "gamma"),
        tracked=tracked,
        per_sample=per_sample,
    )
    arithmetic = Smooth(
        terms=lambda params: math.prod(inputs(params)["x"]) + 1,
        gain=gain,
        cancelled=cancelled,
        scaled=("gamma", "beta") if centred else ("gamma",),
    )
    numbers = Numbers(
        fill=fill_norm,
        kinds=("nan", "inf", "nan-others", "inf-others"),
        values=VALUES,
        large=centred,  # large numbers around a mean cancel only where it is subtracted
    )
    return Layer(name, shapes, arithmetic, cases, numbers, ours(name, options))


def _batch_layer(name: str, cases: Cases) -> Layer:
    """Return a batch norm: samples depend on each other, and forward updates the running statistics."""
    tracked = ("running_mean", "running_var")
    return _layer(name, batch_tensors, batch_options, cases, tracked=tracked, per_sample=False)


BATCH_NORM = _batch_layer(
    "batch_norm",
    Cases(
        grammar=Grammar("n{n}d{d}" + BATCH_OPTIONS, {"variance": "unbiased"}),
        draw=lambda choose: {**_draw_rows(choose), **draw_batch(choose)},
        flaw=batch_flaw,
        refusable=lone_values,
        battery=(
            "n3d2_eval_e0.001_m0.1",
            "n4d3_train_e1e-05_m0.1",
            "n5d4_train_e0.1_m0.25_biased",
            "n4d4_train_e0.001_m0.1",
        ),
        tiny="n2d1_train_e0.1_m0.1",
        impossible=("n1d2_train_e1e-05_m0.1",),
        allows_empty=False,
    ),
)
SPATIAL_BATCH_NORM = _batch_layer(
    "spatial_batch_norm",
    Cases(
        grammar=Grammar("n{n}c{c}h{h}w{w}" + BATCH_OPTIONS, {"variance": "unbiased"}),
        draw=lambda choose: {**draw_planes(choose), **draw_batch(choose)},
        flaw=batch_flaw,
        refusable=lone_values,
        battery=(
            "n3c2h2w3_train_e0.1_m0.25_biased",
            "n2c4h3w2_eval_e0.001_m0.1",
            "n3c3h3w3_train_e0.001_m0.1",
            "n2c3h4w2_train_e1e-05_m0.1",
        ),
        tiny="n2c1h1w1_train_e0.1_m0.1",
        impossible=("n1c2h1w1_train_e1e-05_m0.1",),
        allows_empty=False,
    ),
)
LAST_AXES = Grammar("n{n}[x{lead}]d{dims}_e{eps}", {"lead": ()}, {"lead": EXTENTS})
"""A norm over the last axes, which are those of gamma: in front of them is the batch, and there may be others."""

LAYER_NORM = _layer(
    "layer_norm",
    lambda params: {"x": _x_shape(params), "gamma": params["dims"], "beta": params["dims"]},
    lambda params: {"eps": params["eps"]},
    Cases(
        grammar=LAST_AXES,
        draw=_draw_layer,
        battery=("n2d3x2_e0.001", "n2d33_e1e-05", "n2d4_e1e-05", "n3d5_e0.1", "n4d4_e0.001", "n2x3d4_e0.001"),
        tiny="n1d1_e0.1",
    ),
)
RMS_NORM = _layer(
    "rms_norm",
    lambda params: {"x": _x_shape(params), "gamma": params["dims"]},
    lambda params: {"eps": params["eps"]},
    Cases(
        grammar=LAST_AXES,
        draw=_draw_layer,
        battery=("n2d3x2_e0.001", "n3d5_e0.1", "n4d4_e1e-05", "n2x3d4_e0.001"),
        tiny="n1d1_e0.1",
    ),
    centred=False,
)
GROUP_NORM = _layer(
    "group_norm",
    lambda params: {"x": _x_shape(params), "gamma": (params["c"],), "beta": (params["c"],)},
    lambda params: {"groups": params["g"], "eps": params["eps"]},
    Cases(
        grammar=Grammar("n{n}c{c}h{h}w{w}_g{g}_e{eps}"),
        draw=_draw_groups,
        flaw=group_flaw,
        refusable=lone_group,
        battery=(
            "n3c6h2w2_g3_e0.1",
            "n1c24h2w1_g8_e0.001",
            "n2c4h3w2_g2_e1e-05",
            "n1c3h2w3_g1_e0.001",
            "n2c4h2w3_g4_e0.001",
        ),
        tiny="n1c1h1w1_g1_e0.1",
        impossible=("n2c3h2w2_g2_e1e-05",),
    ),
)
INSTANCE_NORM = _layer(
    "instance_norm",
    lambda params: {"x": _x_shape(params), "gamma": (params["c"],), "beta": (params["c"],)},
    lambda params: {"eps": params["eps"]},
    Cases(
        grammar=Grammar("n{n}c{c}h{h}w{w}_e{eps}"),
        draw=lambda choose: {**draw_planes(choose), "eps": choose.one_of(*EPS)},
        refusable=lone_pixels,
        battery=("n3c2h2w3_e0.1", "n2c3h3w2_e1e-05"),
        tiny="n1c1h1w1_e0.1",
    ),
)
