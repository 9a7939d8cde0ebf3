"""Losses: a sum in place of a mean, a half in front, a backward without dout."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, SubjectError
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.layers.loss import kept_rows
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.im2col_classes.objects import Turn
from gradcheck.subjects.dialects.inferred.factors import FACTORS, Factor, extents_of
from gradcheck.subjects.dialects.inferred.ways import CLOSE
from gradcheck.subjects.dialects.objects.calls import call
from gradcheck.subjects.dialects.objects.roles import ON_TARGETS
from gradcheck.subjects.dialects.objects.using import AS_IT_COMES, Used, times_dout

GEOMETRIES = {
    "softmax_loss": ("n4c5", "n2c3"),
    "smoothed_softmax_loss": ("n4c5_t0.1", "n2c3_t0.1"),
    "svm_loss": ("n4c5_m1", "n2c3_m1"),
    **dict.fromkeys(ON_TARGETS, ("n4d2", "n2d8")),
    "huber_loss": ("n4d2_m1", "n2d8_m1"),
}


def with_factor(used: Used, members: Members) -> Used:
    """Return the use with what its loss is multiplied by taken out, and with dout where backward takes none."""
    if "dout" not in used.back.values():
        why = "backward takes no dout, as a loss comes last"
        used = used.noting(why, turn=replace(used.turn, gradient=times_dout))
    name = _factor(used, members)
    if name in (None, "1"):
        return used
    assert name is not None
    factor = FACTORS[name]
    turn = Turn(partial(_divided_output, factor), partial(_divided_gradient, factor, used.turn.gradient))
    return used.noting(f"is the mean times {name}, and so is its gradient", turn=turn)


def _divided_output(factor: Factor, params: Params, tensors: Arrays, out: Any) -> Any:
    return _divided(factor, params, out)


def _divided_gradient(
    factor: Factor, before: Callable[[Params, Array, Any], Any], params: Params, dout: Array, dx: Any
) -> Any:
    return _divided(factor, params, before(params, dout, dx))


def _divided(factor: Factor, params: Params, value: Any) -> Any:
    found = numbers(value)
    return value if found is None else found / factor(*extents_of(params))


def _factor(used: Used, members: Members) -> str | None:
    """Return what the loss is multiplied by on two geometries; None if it is nothing known."""
    ratios = [_ratio(used, members, geometry) for geometry in GEOMETRIES[used.layer.name]]
    for name, factor in FACTORS.items():
        if all(
            ratio is not None and abs(ratio - factor(*extents)) <= CLOSE * factor(*extents)
            for ratio, extents in ratios
        ):
            return name
    return None


def _ratio(used: Used, members: Members, geometry: str) -> tuple[float | None, tuple[int, int]]:
    case = used.layer.case(geometry, seed=11)
    case = case.but(params=used.express(case.params))
    tensors = fill.tensors(case)
    extents = extents_of(case.params)
    out = _output(used, members, case.params, tensors)
    right, _ = used.layer.ours.fast.forward(**tensors, **case.options)
    return (None if out is None else out / float(right)), extents


def _output(used: Used, members: Members, params: Params, tensors: Arrays) -> float | None:
    try:
        out = numbers(call(used, members, params, tensors).outputs["out"])
    except SubjectError:
        return None
    return float(out.reshape(())) if out is not None and out.size == 1 else None


def fitted_loss(used: Used, members: Members) -> Used:
    """Find whether backward looks at its dout, and what the loss is where a probability is 0."""
    if used.turn.gradient is AS_IT_COMES.gradient and _ignores_dout(used, members):
        used = used.noting(
            "backward takes dout for 1, as a loss comes last", turn=replace(used.turn, gradient=times_dout)
        )
    return _with_infinity(used, members) if used.layer.name == "softmax_loss" else used


def _ignores_dout(used: Used, members: Members) -> bool:
    case = used.layer.case(GEOMETRIES[used.layer.name][0], seed=11)
    case = case.but(params=used.express(case.params))
    found = []
    for dout in (1.0, 2.0):
        try:
            back = call(used, members, case.params, fill.tensors(case)).backward(np.array(dout))
        except SubjectError:
            return False
        found.append(numbers(back.get("x")))
    once, twice = found
    return once is not None and twice is not None and np.array_equal(once, twice) and bool(once.any())


def _where_infinite(
    before: Callable[[Params, Arrays, Any], Any], params: Params, tensors: Arrays, out: Any
) -> Any:
    """Return the loss; the right one where it is infinite because a probability is rounded to 0."""
    found = before(params, tensors, out)
    values = numbers(found)
    if values is None or values.size != 1 or not np.isposinf(values.reshape(())):
        return found
    shifted = tensors["x"] - tensors["x"].max(axis=1, keepdims=True)
    sums, kept = np.log(np.exp(shifted).sum(axis=1)), kept_rows(params, tensors["y"])
    losses = sums[kept] - shifted[kept, tensors["y"][kept]]
    return losses.mean() if losses.max() > SMALLEST else found


SMALLEST = 700.0
"""A loss beyond which the probability is next to the least number that a double holds."""


def _with_infinity(used: Used, members: Members) -> Used:
    """Find whether the loss is infinite where a probability is rounded to 0."""
    params = used.express(used.layer.cases.grammar.read("n1c2"))
    scores, labels = np.array([[0.0, -1000.0]]), np.array([1])
    loss = _output(used, members, params, {"x": scores, "y": labels})
    if loss is None or not np.isposinf(loss):
        return used
    turn = replace(used.turn, output=partial(_where_infinite, used.turn.output))
    why = "takes the logarithm of the probability: the loss is infinite where that is rounded to 0"
    return used.noting(why, turn=turn)
