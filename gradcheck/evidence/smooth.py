"""Evidence about a smooth layer's gradient: its slope along random directions, within a computed bound."""

from math import log

import numpy as np

from gradcheck.contract import Array
from gradcheck.evidence import compare, fill, numeric
from gradcheck.evidence.compare import Difference
from gradcheck.evidence.evidence import MISS_TARGET
from gradcheck.evidence.trial import Trial

SMOOTH_PROBES = 8
RESOLUTION = 1e-6
"""A smooth gradient's error that must not be missed, as a share of the largest magnification of dout."""

READABLE_BOUND = 0.01
"""An error bound beyond this share of the gradient's scale is too coarse for a verdict."""


def smooth_differences(trial: Trial) -> dict[str, Difference | str | None]:
    """Return, for each tensor, the worst entry of a smooth gradient, or why there is no verdict, or None.

    A probe costs a backward of the subject and a few forwards of the reference, however many entries there are. Only
    what fails it is looked at entry by entry.
    """
    found: dict[str, Difference | str | None] = dict.fromkeys(trial.wanted)
    trial.miss_bound = 1.0
    for index in range(SMOOTH_PROBES):
        if trial.miss_bound <= MISS_TARGET:
            break
        dout = trial.dout if index == 0 or trial.subject.fused else smooth_upstream(trial, index)
        gradients = trial.fresh_gradients(dout)
        missed = [_probe(trial, name, gradients[name], dout, index, found) for name in trial.wanted]
        # The first upstream gradient is a readable one: it is too coarse a grid to count.
        trial.miss_bound *= max(missed) if index or trial.subject.fused else 1.0
    return found


def smooth_upstream(trial: Trial, index: int) -> Array:
    """Return an upstream gradient of full precision: too fine a grid to hide behind."""
    rng = fill.generator(trial.case, "dout", index)
    return rng.uniform(-2, 2, size=trial.layer.output(trial.params)).astype(trial.case.dtype)


def _direction(trial: Trial, name: str, index: int) -> Array:
    """Return a direction with entries between 1/2 and 1, of either sign."""
    rng = fill.generator(trial.case, "slope", index)
    shape = trial.layer.tensors(trial.params)[name]
    return np.asarray(rng.uniform(0.5, 1, size=shape) * rng.choice((-1.0, 1.0), size=shape))


def _probe(
    trial: Trial, name: str, got: Array, dout: Array, index: int, found: dict[str, Difference | str | None]
) -> float:
    """Compare one slope, note in `found` what is wrong, and return the chance that an error was missed."""
    reference = trial.reference
    upstream = np.asarray(dout, dtype=np.float64)
    direction = _direction(trial, name, index)
    truth = reference.slope(name, direction, upstream)
    slope, rounding = numeric.dot(got, direction)
    per_entry = trial.gradient_bound(name, upstream)
    bound = truth.bound + rounding + float(np.sum(np.abs(direction) * per_entry))
    if found[name] is None and not abs(slope - truth.value) <= bound:
        found[name] = _worst_entry(trial, name, got, upstream, per_entry)
    scale = trial.layer.gain(trial.params, reference.tensors)
    coarse = bound / (scale * float(np.abs(upstream).max(initial=1.0)))
    if found[name] is None and coarse > READABLE_BOUND:
        found[name] = f"no verdict: rounding may reach {coarse:.1e} of d{name}'s scale here"
    return _chance(bound / (scale * RESOLUTION), both=not trial.subject.fused)


def _worst_entry(
    trial: Trial, name: str, got: Array, upstream: Array, per_entry: Array | float
) -> Difference | None:
    reference = trial.reference
    truth, bound = numeric.smooth_gradient(reference.of(name), reference.tensors[name], upstream)
    return compare.difference(name, got, truth, bound + per_entry)


def _chance(bound: float, both: bool) -> float:
    """Return how probable it is, at most, that an error of size 1 stays within a bound of the slope.

    An entry of the error's product with dout, which is uniform on [-2, 2], is within t of any value with a chance of
    t/2 at most, and its product with an entry of the direction, spread over a length of 1, within the bound with one of
    2 bound/t. Together that is bound (1 + log(1/bound)); for the one dout of a fused interface the direction is alone.
    """
    if bound >= 1:
        return 1.0
    if bound <= 0:
        return 0.0
    return min(1.0, bound * (1 + log(1 / bound)) if both else 2 * bound)
