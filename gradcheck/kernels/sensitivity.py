"""How far rounding may take a result of a layer that is not a sum of products: a bound from its own conditioning.

Every input, and dout, is moved by random shares of itself, and the reference says how far each entry of each result
moves with it. A rounding of an input, or of something that is kept in between, moves it no further.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gradcheck.contract import Array, Arrays, Case
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Smooth, Winner, gain_of
from gradcheck.kernels import operations
from gradcheck.kernels.dtypes import Dtype, spacing

NUDGES = 8
"""How often everything is moved. The moves are normal: that all of them leave an entry where it is has no chance."""

STAGES = 4
"""Numbers on the way that a kernel may keep in the dtype itself, such as scores and probabilities, and round once."""

ROOM = 8.0
"""A number on the way may be so many times as large as those that are known."""

NEAR = 8.0
"""So many roundings from a kink, it does not decide anything."""

MISSED = 1e-9
"""The probability that the rounding of a right kernel goes beyond its bound in any entry of a result."""

BOTH_WAYS, CURVED = 3, 16.0
"""The first moves are made in both directions; what moves by less than so many roundings is not asked about."""

LEAST_MOVE = 2.0**-30
"""Moves of fewer roundings of double precision would show its noise."""

Results = Callable[[Case, Arrays, "Array | None"], Arrays]


def bound(
    case: Case, dtype: Dtype, values: Arrays, dout: Array | None, right: Arrays, results: Results
) -> Arrays:
    """Return how far each entry of each result may be off.

    Roundings are independent and as often up as down, hence the square root of their number, and the factor of a normal
    deviation that only one in `MISSED` results exceeds anywhere (N. Higham and T. Mary, "A New Approach to
    Probabilistic Rounding Error Analysis", 2019). The terms of a sum are rounded in the accumulator's format, the
    stages and the result in the dtype.
    """
    moves = _moves(case, dtype, values, dout, right, results)
    jumps = _jumps(case, dtype, values, dout, right, results)
    terms = case.layer.arithmetic.terms(case.params) + STAGES
    found = {}
    for name, sizes in _sizes(case, values, dout, right, moves).items():
        deviation = math.sqrt(2 * math.log(2 * max(right[name].size, 1) / MISSED))
        stages = math.sqrt(STAGES) * (dtype.roundoff * sizes.kept + dtype.accumulator * sizes.passed)
        sums = math.sqrt(terms) * dtype.accumulator * sizes.summed
        # In double precision our own results are rounded like the kernel's.
        rounded = (2.0 if dtype.name == "float64" else 1.0) * deviation * (stages + sums)
        found[name] = rounded + 0.501 * spacing(right[name], dtype) + jumps.get(name, 0.0)
        if ROOM * np.max(sizes.kept, initial=0.0) > 2.0 ** (1 - dtype.smallest):
            found[name] = np.full_like(found[name], np.inf)  # a number on the way may be infinite
    return found


class Sizes(NamedTuple):
    """What roundings are relative to: of numbers that are kept on the way, of terms of sums, and of dout alone."""

    kept: Array
    summed: Array
    passed: float


def _sizes(case: Case, values: Arrays, dout: Array | None, right: Arrays, moves: Arrays) -> dict[str, Sizes]:
    """Return the sizes for each result: how far it moves, itself, and what the layer declares to cancel."""
    upstream = 0.0 if dout is None else float(np.abs(dout).max(initial=0.0))
    lost, gain = _magnified(case, values, dout)
    declared = operations.of(case.layer.name).cancelled
    entries = {} if declared is None or dout is None else declared(values, dout, case.options)
    found = {}
    for name, expected in right.items():
        size = moves[name] + np.abs(expected) + float(np.abs(expected).max(initial=0.0))
        if name == "out":
            found[name] = Sizes(size, size + lost, 0.0)
        else:
            size = size + gain + entries.get(name, 0.0)
            found[name] = Sizes(size, size + lost * gain, 0.0 if name in entries else upstream)
    return found


def _jumps(
    case: Case, dtype: Dtype, values: Arrays, dout: Array | None, right: Arrays, results: Results
) -> Arrays:
    """Return how far the entries of a piecewise linear layer move where the inputs move by some roundings.

    Beside a kink a rounding decides on which side a number lies. Each move is made in both directions: one of them
    crosses a kink that is near.
    """
    found: Arrays = {}
    if not isinstance(case.layer.arithmetic, Winner):
        return found
    for index in range(NUDGES):
        for sign in (1.0, -1.0):
            rng = fill.generator(case, "noise", NUDGES + index + 1)
            share = sign * NEAR * dtype.roundoff
            moved = {name: _moved(array, share, rng) for name, array in values.items()}
            for name, array in results(case, moved, dout).items():
                with np.errstate(invalid="ignore"):
                    found[name] = np.fmax(found.get(name, 0.0), np.abs(array - right[name]))
    return found


def _moves(
    case: Case, dtype: Dtype, values: Arrays, dout: Array | None, right: Arrays, results: Results
) -> Arrays:
    """Return the largest move of each entry, for relative moves of everything that is of size 1."""
    share = max(dtype.roundoff, LEAST_MOVE)
    found = {name: np.zeros(np.shape(expected)) for name, expected in right.items()}
    for index in range(NUDGES):
        rng = fill.generator(case, "noise", index + 1)
        moved = {name: _moved(array, share, rng) for name, array in values.items()}
        upstream = None if dout is None else _moved(dout, share, rng)
        for name, array in results(case, moved, upstream).items():
            with np.errstate(invalid="ignore"):
                away = np.abs(array - right[name]) / share
            found[name] = np.fmax(found[name], away)
        if index < BOTH_WAYS:
            _leave_out_curved(case, values, dout, right, share, index, results, found)
    return found


def _leave_out_curved(
    case: Case,
    values: Arrays,
    dout: Array | None,
    right: Arrays,
    share: float,
    index: int,
    results: Results,
    found: Arrays,
) -> None:
    """Give up each entry that is so ill-conditioned that moves in both directions do not cancel: no bound holds."""
    both = []
    for sign in (1.0, -1.0):
        rng = fill.generator(case, "noise", index + 1)
        moved = {name: _moved(array, sign * share, rng) for name, array in values.items()}
        both.append(results(case, moved, None if dout is None else _moved(dout, sign * share, rng)))
    for name, expected in right.items():
        with np.errstate(invalid="ignore"):
            ahead, back = (moved[name] - expected for moved in both)
            largest = np.fmax(np.abs(ahead), np.abs(back))
            size = np.abs(expected) + float(np.abs(expected).max(initial=0.0))
            curved = (np.abs(ahead + back) > 0.5 * largest) & (largest > CURVED * share * size)
        found[name] = np.where(curved, np.inf, found[name])


def _moved(values: Array, share: float, rng: np.random.Generator) -> Array:
    if values.dtype.kind != "f":
        return values
    return values * (1 + share * rng.standard_normal(values.shape))


def _magnified(case: Case, values: Arrays, dout: Array | None) -> tuple[float, float]:
    """Return how many roundings cancelling may cost the output, and the size to which backward magnifies dout.

    Both are what the layer declares; where it declares nothing, the moves say how large a gradient's terms are.
    """
    arithmetic = case.layer.arithmetic
    if not isinstance(arithmetic, Smooth):
        return 0.0, 0.0
    lost = arithmetic.cancelled(case.params, values, "float64")  # its own digits are asked for by `offset`
    if dout is None or arithmetic.gain is Smooth.gain:
        return lost, 0.0
    return lost, gain_of(case, values) * float(np.abs(dout).max(initial=0.0))
