"""What a file of im2col classes does not promise, or does in its own way: found by calling it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, SubjectError
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.dialect import Express, Members
from gradcheck.subjects.dialects.expressing import flat
from gradcheck.subjects.dialects.im2col_classes.objects import LayerClass, Turn, call

USUAL_EPS = 1e-6
LARGEST_EPS = 1e-2
"""Beyond it eps would hide the variance that it is added to."""

SPREADS = (1e-3, 1e-2)
"""Half the distance between two values, small enough that eps shows in what they are normalised to."""


def fitted(used: LayerClass, members: Members) -> LayerClass:
    """Return a class as this file has it."""
    return _FITTERS.get(used.layer, _as_it_is)(used, members)


def output_of(used: LayerClass, members: Members, geometry: str, **tensors: Array) -> Array | None:
    """Return a class's output on given numbers; None where it gives nothing that could be looked at."""
    try:
        return numbers(call(used, members, used.spec.cases.grammar.read(geometry), tensors).outputs["out"])
    except SubjectError:
        return None


def _as_it_is(used: LayerClass, members: Members) -> LayerClass:
    return used


def _pooling(used: LayerClass, members: Members) -> LayerClass:
    """Padding is judged where it is there: in most files it raises, and in many zeros win over what is negative."""
    x = -1.0 - np.arange(16.0).reshape(1, 1, 4, 4) % 5
    found = output_of(used, members, "n1c1h4w4_k2x2_s2x2_p1x1_d1x1", x=x.copy())
    framed = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    with_zeros = used.spec.ours.fast.forward(framed, kernel=(2, 2), stride=(2, 2))[0]
    unpadded = partial(_without_padding, used.express)
    if found is None:
        return used.noting("fails at pad > 0, as it was published: judged at pad 0 only", express=unpadded)
    if np.array_equal(found, with_zeros):
        why = "pads with zeros, which win over negative inputs: judged at pad 0 only"
        return used.noting(why, express=unpadded)
    return used


def _without_padding(express: Express, params: Params) -> dict[str, Any]:
    return {**express(params), "pad": ((0, 0), (0, 0))}


def _affine(used: LayerClass, members: Members) -> LayerClass:
    """An older form takes no images."""
    flat = output_of(used, members, "n2d6_m4", x=np.ones((2, 6)), w=np.ones((6, 4)), b=np.ones(4))
    images = output_of(used, members, "n2d3x2_m4", x=np.ones((2, 3, 2)), w=np.ones((6, 4)), b=np.ones(4))
    if flat is None or images is not None:
        return used
    why = "takes flat samples only, and flattens no images: judged on flat samples"
    return used.noting(why, express=partial(_flat, used.express))


def _flat(express: Express, params: Params) -> dict[str, Any]:
    return flat(express(params))


def _batch_norm(used: LayerClass, members: Members) -> LayerClass:
    """The eps is written into the class: it is measured, and must be the same for two spreads."""
    found = {_measured_eps(used, members, spread) for spread in SPREADS}
    eps = found.pop() if len(found) == 1 else None
    usable = eps if eps is not None and 0 < eps <= LARGEST_EPS else USUAL_EPS
    return replace(used, express=partial(_with_eps, used.express, usable))


def _measured_eps(used: LayerClass, members: Members, spread: float) -> float | None:
    """Return eps from spread / sqrt(spread ** 2 + eps), to three digits; None where it cannot be."""
    one, zero = np.ones(1), np.zeros(1)
    tensors = {"gamma": one, "beta": zero, "running_mean": zero, "running_var": one}
    x = np.array([[spread], [-spread]])
    out = output_of(used, members, "n2d1_train_e0.1_m0.1_biased", x=x, **tensors)
    if out is None or out.shape != (2, 1) or not 0 < out[0, 0] < 1:
        return None
    return float(f"{spread**2 * (1 / out[0, 0] ** 2 - 1):.3g}")


def _with_eps(express: Express, eps: float, params: Params) -> dict[str, Any]:
    return {**express(params), "eps": eps}


def _dropout(used: LayerClass, members: Members) -> LayerClass:
    """Scaled at test time, as published, or in training; drawn from numbers that a seed controls, or not."""
    first, second = (_quarter_kept(used, members) for _ in range(2))
    if first is None or second is None:
        return used
    if not np.array_equal(first, second):
        why = "draws its mask from numbers that no global seed controls: no two calls agree"
        unsteady = used.lenient | {"repeatable", "reentrant", "layout"}
        used = used.noting(why, lenient=unsteady)
    if float(first.max(initial=0.0)) != 1.0:
        return used
    why = "is not inverted: it scales at test time, not in training (reported here divided by what is kept)"
    return used.noting(why, turn=Turn(_inverted, _inverted))


def _quarter_kept(used: LayerClass, members: Members) -> Array | None:
    ones = np.ones((16, 16))
    return output_of(used, members, "n16d16_k0.25_train", x=ones, mask=ones)


def _inverted(params: Params, given: Arrays | Array, result: Any) -> Any:
    """Return what an inverted dropout gives: that of one that is not, divided by the probability to keep."""
    values = numbers(result)
    return result if values is None else values / params["keep_prob"]


_FITTERS: dict[str, Callable[[LayerClass, Members], LayerClass]] = {
    "max_pool2d": _pooling,
    "affine": _affine,
    "batch_norm": _batch_norm,
    "dropout": _dropout,
}
