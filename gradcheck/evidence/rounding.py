"""How far a right result may be from the reference's by rounding alone: measured, and computed."""

import math
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Exact, gain_of
from gradcheck.evidence.reference import Reference

SLACK = 2.0**10
"""How many roundings of the size of the largest intermediate a smooth result may be off."""

NUDGES = 3


def of_output(reference: Reference, case: Case) -> float:
    """Return the rounding error that a right output may have."""
    if case.layer.arithmetic.exact:
        return _of_sums(case) * _product(reference.tensors)
    moved = [{"out": out} for out, _ in _neighbours(reference, case)]
    return _measured({"out": reference.here[0]}, moved, case, 1.0)["out"]


def of_gradients(reference: Reference, case: Case, dout: Array) -> dict[str, float]:
    """Return the rounding error that the right gradient of each tensor may have, per unit of dout's largest entry.

    Backward is linear in dout: where the error has to be measured, one upstream gradient stands for all.
    """
    names = case.wanted
    if isinstance(
        case.layer.arithmetic, Exact
    ):  # where dout is only passed on and summed, nothing multiplies it
        factor = _product(reference.tensors) if case.layer.arithmetic.multiplies else 1.0
        return dict.fromkeys(names, _of_sums(case) * factor)
    upstream = largest(dout)
    gain = gain_of(case, reference.tensors) * upstream
    moved = [reference.gradients(dout, cache) for _, cache in _neighbours(reference, case)]
    found = _measured(reference.gradients(dout), moved, case, gain)
    return {name: found[name] / upstream for name in names}


def largest(values: Array) -> float:
    """Return the largest finite absolute value, at least 1."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=1.0))


def _product(tensors: Arrays) -> float:
    """Return a bound of every product in a sum: nothing is multiplied by more than all the tensors."""
    return math.prod(largest(values) for values in tensors.values() if values.dtype.kind == "f")


def _of_sums(case: Case) -> float:
    """Return the rounding of the longest sum, per unit of its terms: n roundings of a sum of n terms."""
    return 4 * _eps(case) * case.layer.arithmetic.terms(case.params) ** 2


def _neighbours(reference: Reference, case: Case) -> list[tuple[Array, Any]]:
    """Return our own outputs and caches where every input has moved by one rounding."""
    if reference.neighbours is None:
        reference.neighbours = [
            reference.forward(**{**reference.tensors, **_nudged(reference, case, index)})
            for index in range(NUDGES)
        ]
    return reference.neighbours


def _measured(values: Arrays, moved: list[Arrays], case: Case, gain: float) -> dict[str, float]:
    """Return how far our own results are from those where every input has moved by one rounding, with slack.

    Plus one rounding of the largest intermediate, dout times `gain`.
    """
    return {
        name: SLACK * (max(_distance(m[name], value) for m in moved) + _eps(case) * max(largest(value), gain))
        for name, value in values.items()
    }


def _distance(moved: Array, value: Array) -> float:
    """Return the largest distance that is finite."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(moved - value)
    found = float(apart.max(initial=0.0))
    return found if math.isfinite(found) else float(apart[np.isfinite(apart)].max(initial=0.0))


def _nudged(reference: Reference, case: Case, index: int) -> Arrays:
    """Return the inputs, each moved up or down by one rounding of the case's dtype.

    First every other one up, so that neighbours never move alike and a mean cannot take it all up; then at random.
    """
    rng = fill.generator(case, "noise", index)
    return {
        name: values * (1 + _eps(case) * (_signs(rng, values) if index else _checkerboard(values)))
        for name, values in reference.tensors.items()
        if values.dtype.kind == "f"
    }


def _signs(rng: np.random.Generator, values: Array) -> Array:
    return rng.choice(np.array((-1.0, 1.0)), size=values.shape)


def _checkerboard(values: Array) -> Array:
    return np.asarray(1.0 - 2.0 * (np.indices(values.shape).sum(axis=0) % 2))


def _eps(case: Case) -> float:
    return float(np.finfo(case.dtype).eps)
