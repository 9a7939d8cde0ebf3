"""Numbers that stand in an author's code, and steps that a function adds to its layer: found by comparing outputs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradcheck.calling.results import numbers, squeezed
from gradcheck.contract import Array, SubjectError
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.inferred.ways import CLOSE, Way, probe_of

CANDIDATES: Mapping[str, Sequence[Any]] = {
    "eps": (1e-5, 1e-8, 1e-6, 1e-7, 1e-4, 1e-3, 1e-2, 1e-10, 1e-9, 1e-12, 0.0),
    "slope": (0.01, 0.1, 0.2, 0.3, 0.05, 0.001, 0.25, 0.02),
    "alpha": (1.0, 0.5, 2.0, 0.1, 0.2, 0.3, 1.5, 1.6732632423543772),
    "approximate": ("none", "tanh"),
}
"""Parameter -> what people write into their code for it."""

ACTIVATIONS: Mapping[str, Callable[[Array], Array]] = {
    "relu": lambda out: np.maximum(out, 0),
    "sigmoid": lambda out: 1 / (1 + np.exp(-np.clip(out, -500, 500))),
    "tanh": np.tanh,
}


PAIRS = {
    "batch_norm": "n2d1_train_e0.1_m0.1_biased",
    "spatial_batch_norm": "n2c1h1w1_train_e0.1_m0.1_biased",
    "layer_norm": "n1d2_e0.1",
    "rms_norm": "n1d2_e0.1",
    "group_norm": "n1c2h1w1_g1_e0.1",
    "instance_norm": "n1c1h1w2_e0.1",
}
"""Layer -> a geometry in which two values are normalised together."""

SPREADS = (1e-3, 1e-2)
"""Half the distance between two values, small enough that an eps shows in what they are normalised to."""

LARGEST_EPS = 0.1


def constant(way: Way, parameter: str) -> Any:
    """Return the value of a parameter in the author's code: measured, or else the usual one that agrees best."""
    if parameter == "eps":
        found = {_measured_eps(way, spread) for spread in SPREADS}
        eps = found.pop() if len(found) == 1 else None
        if eps is not None:
            return eps
    out = output(way, probe_of(way.layer).params)
    values = CANDIDATES[parameter]
    if out is None:
        return values[0]
    errors = [
        _error(out, expected(way, {**probe_of(way.layer).params, parameter: value})) for value in values
    ]
    return values[int(np.argmin(errors))]


def _measured_eps(way: Way, spread: float) -> float | None:
    """Return eps from spread / sqrt(spread ** 2 + eps), to three digits; None where it cannot be."""
    case = way.layer.case(PAIRS[way.layer.name])
    if way.express(case.params) | {"eps": 0} != {**case.params, "eps": 0}:
        return None
    shapes = case.shapes
    tensors = {name: np.ones(shape) for name, shape in shapes.items()}
    tensors |= {name: np.zeros(shapes[name]) for name in ("beta", "running_mean") if name in shapes}
    tensors["x"] = np.array([spread, -spread]).reshape(shapes["x"])
    try:
        out = numbers(way.call(case.params, tensors).outputs["out"])
    except SubjectError:
        return None
    if out is None or out.size != 2 or not 0 < (first := float(out.ravel()[0])) < 1:
        return None
    eps = float(f"{spread**2 * (1 / first**2 - 1):.3g}")
    return eps if 0 < eps <= LARGEST_EPS else None


def activation_of(way: Way) -> str | None:
    """Return the activation function that the author's code applies to the layer's output, if it does."""
    params = probe_of(way.layer).params
    out, right = output(way, params), expected(way, params)
    if out is None:
        return None
    scale = CLOSE * (float(np.abs(right).max(initial=0.0)) or 1.0)
    return next(
        (name for name, function in ACTIVATIONS.items() if _error(out, function(right)) <= scale), None
    )


def output(way: Way, params: Params) -> Array | None:
    """Return what the author's code gives on the probe at given parameters, if that is numbers."""
    case = probe_of(way.layer)
    case = case.but(params=way.express(params))
    try:
        call = way.call(case.params, {name: values.copy() for name, values in fill.tensors(case).items()})
        return numbers(call.outputs["out"])
    except SubjectError:
        return None


def expected(way: Way, params: Mapping[str, Any]) -> Array:
    """Return what the layer gives on the probe at given parameters."""
    case = probe_of(way.layer)
    case = case.but(
        params={**way.express(case.params), **{key: params[key] for key in CANDIDATES if key in params}}
    )
    return np.asarray(case.layer.ours.fast.forward(**fill.tensors(case), **case.options)[0])


def _error(out: Array, right: Array) -> float:
    if squeezed(out.shape) != squeezed(right.shape):
        return float("inf")
    return float(np.abs(out.reshape(right.shape) - right).max(initial=0.0))
