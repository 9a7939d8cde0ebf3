"""How far a right result may be from the reference by rounding alone: computed for exact layers, else measured."""

import math
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np

from gradcheck.contract import Array, Arrays, Case
from gradcheck.evidence import fill, kept
from gradcheck.evidence.arithmetic import Exact, Linear, Smooth, gain_of
from gradcheck.evidence.reference import Reference

Value = TypeVar("Value")

SLACK = 2.0**10
"""Factor on the measured rounding of a smooth result.

Another right formula may lose a few digits more than ours. A mistake moves a result by far more than this allows.
"""

SLACK_OF_HALVES = 2.0**3
"""The same factor in half precision, where results have three digits: it leaves room for one of them.

To it comes half the number of terms of a sum, which is the most that their sum rounds.
"""

LEAST_MOVE = 2.0**-26
"""The smallest relative move of the inputs where gradients are differences, whose noise is not rounding."""

CANCELLING = 64.0
"""Roundings allowed for each one of the largest number that cancels: a sum of n numbers has log2(n) of them or more."""

CANCELLING_HALVES = 4.0
"""The same in half precision, which is asked of few numbers."""

NUDGES = 3
"""How often the inputs are moved by one rounding: the checkerboard, and two random patterns."""

ADDED = ("b",)
"""What a linear layer adds."""


def of_output(reference: Reference, case: Case) -> float:
    """Return the rounding error that a right output may have."""
    return _once(reference, case, "output", make=lambda: _of_output(reference, case))


def _of_output(reference: Reference, case: Case) -> float:
    if case.exact:
        return _of_sums(case) * _product(reference.tensors)
    moved = [{"out": out} for out, _ in _neighbours(reference, case)]
    found = _measured({"out": reference.here[0]}, moved, reference, case, 1.0)["out"]
    return found + _cancelled(reference, case)


def of_tracked(reference: Reference, case: Case) -> dict[str, float]:
    """Return the rounding error that right running statistics may have: their size is not that of the output."""
    return dict(_once(reference, case, "tracked", make=lambda: _of_tracked(reference, case)))


def _of_tracked(reference: Reference, case: Case) -> dict[str, float]:
    values = _tracked(case, reference.here[1])
    if not values:
        return {}
    moved = [_tracked(case, cache) for _, cache in _neighbours(reference, case)]
    found = _measured(values, moved, reference, case, 1.0)
    # A variance as E[x^2] - E[x]^2 loses what the square of the mean has more than the variance.
    # And a step from the old value, old + momentum (batch - old), rounds as the larger of the two does.
    squared = largest(reference.tensors["x"]) ** 2
    return {
        name: bound + CANCELLING * _eps(case) * (squared + largest(reference.tensors[name]))
        for name, bound in found.items()
    }


def _tracked(case: Case, cache: Any) -> Arrays:
    """Return the updated running statistics that our own cache holds."""
    values = {name: getattr(cache, name) for name in case.layer.shapes.tracked}
    return {name: value for name, value in values.items() if value is not None}


def _cancelled(reference: Reference, case: Case) -> float:
    """Return the rounding of a right output in which large numbers cancel."""
    arithmetic = case.layer.arithmetic
    if not isinstance(arithmetic, Smooth):
        return 0.0
    allowed = CANCELLING_HALVES if case.dtype == "float16" else CANCELLING
    return allowed * _eps(case) * arithmetic.cancelled(case.params, reference.tensors, case.dtype)


def of_gradients(reference: Reference, case: Case, dout: Array) -> dict[str, float]:
    """Return the rounding error that a right gradient of each tensor may have, per unit of dout's largest entry.

    Backward is linear in dout, so that an error measured with one upstream gradient holds for all.
    """

    def make() -> dict[str, float]:
        return _of_gradients(reference, case, dout)

    return dict(_once(reference, case, "bounds", kept.digest(dout) if kept.is_keeping() else b"", make=make))


def _of_gradients(reference: Reference, case: Case, dout: Array) -> dict[str, float]:
    names = case.wanted
    arithmetic = case.layer.arithmetic
    if isinstance(arithmetic, Exact) and case.exact:
        return {name: _of_sums(case) * _factor(arithmetic, reference.tensors, name) for name in names}
    upstream = largest(dout)
    gain = gain_of(case, reference.tensors) * upstream
    moved = [reference.gradients(dout, cache) for _, cache in _neighbours(reference, case)]
    found = _measured(reference.gradients(dout), moved, reference, case, gain)
    more = _cancelled(reference, case) * gain
    return {name: (found[name] + more) / upstream for name in names}


def largest(values: Array) -> float:
    """Return the largest finite absolute value, at least 1."""
    found = float(np.abs(values).max(initial=1.0))
    return found if math.isfinite(found) else float(np.abs(values[np.isfinite(values)]).max(initial=1.0))


def _factor(arithmetic: Exact, tensors: Arrays, name: str) -> float:
    """Return a bound of what dout is multiplied by in the gradient of a tensor: nothing where it is only passed on.

    The gradient of a linear layer with regard to a tensor has no product with that tensor, and none with a bias.
    """
    if not arithmetic.multiplies:
        return 1.0
    absent = (name, *ADDED) if isinstance(arithmetic, Linear) else ()
    return _product({each: values for each, values in tensors.items() if each not in absent})


def _product(tensors: Arrays) -> float:
    """Return a bound of every product in a sum: the product of the largest entries of all tensors."""
    return math.prod(largest(values) for values in tensors.values() if values.dtype.kind == "f")


def _of_sums(case: Case) -> float:
    """Return the rounding of the longest sum, per unit of its terms.

    A sum of n terms is rounded n times, each time by at most eps times n terms; hence the square. The factor 4 leaves
    room for products that are rounded before they are added.
    """
    return 4 * _eps(case) * case.layer.arithmetic.terms(case.params) ** 2


def _neighbours(reference: Reference, case: Case) -> list[tuple[Array, Any]]:
    """Return our own outputs and caches on inputs that are all moved by one rounding, or by `_move`."""
    if reference.neighbours is None:
        reference.neighbours = [
            reference.forward(
                **{**reference.tensors, **_nudged(reference, case, index, _move(reference, case))}
            )
            for index in range(NUDGES)
        ]
    return reference.neighbours


def _once(reference: Reference, case: Case, *what: Hashable, make: Callable[[], Value]) -> Value:
    """Return a bound; the noise by which it is measured is that of the case's dtype and seed."""
    return kept.once(lambda: reference.key(case.dtype, case.seed, case.fill, *what), make)


def _measured(
    values: Arrays, moved: list[Arrays], reference: Reference, case: Case, gain: float
) -> dict[str, float]:
    """Return how far our own results move if every input moves by one rounding, times a slack.

    Plus one rounding of the largest intermediate, dout times `gain`.
    """
    share = _eps(case) / _move(reference, case)
    slack = SLACK
    if case.dtype == "float16":
        slack = SLACK_OF_HALVES + case.layer.arithmetic.terms(case.params) / 2
    return {
        name: slack
        * (share * max(_distance(m[name], value) for m in moved) + _eps(case) * max(largest(value), gain))
        for name, value in values.items()
    }


def _distance(moved: Array, value: Array) -> float:
    """Return the largest finite distance."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(moved - value)
    found = float(apart.max(initial=0.0))
    return found if math.isfinite(found) else float(apart[np.isfinite(apart)].max(initial=0.0))


def _move(reference: Reference, case: Case) -> float:
    """Return the relative move of the inputs: one rounding of the case's dtype, at least `LEAST_MOVE` where it must."""
    return max(_eps(case), LEAST_MOVE) if reference.pair.by_differences else _eps(case)


def _nudged(reference: Reference, case: Case, index: int, move: float) -> Arrays:
    """Return the inputs, each moved up or down by a share of its size.

    First alternately up and down, so that neighbours move apart and a mean cannot absorb the moves; then at random.
    """
    rng = fill.generator(case, "noise", index)
    return {
        name: values * (1 + move * (fill.signs(rng, values.shape) if index else _checkerboard(values)))
        for name, values in reference.tensors.items()
        if values.dtype.kind == "f"
    }


def _checkerboard(values: Array) -> Array:
    return np.asarray(1.0 - 2.0 * (np.indices(values.shape).sum(axis=0) % 2))


def _eps(case: Case) -> float:
    return float(np.finfo(case.dtype).eps)
