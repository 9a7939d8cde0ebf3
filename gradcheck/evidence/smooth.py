"""Evidence about a smooth layer's gradient: its slope along random directions, within a computed bound."""

from math import log
from typing import NamedTuple

import numpy as np

from gradcheck.contract import Array
from gradcheck.evidence import compare, fill, numeric
from gradcheck.evidence.arithmetic import gain_of
from gradcheck.evidence.compare import Difference, Evidence
from gradcheck.evidence.probing import MISS_TARGET
from gradcheck.evidence.trial import Trial

SMOOTH_PROBES = 8
RESOLUTION = 1e-6
"""A smooth gradient's error that must not be missed, as a share of the largest magnification of dout."""

READABLE_BOUND = 0.01
"""An error bound beyond this share of the gradient's scale is too coarse for a verdict."""


class Probe(NamedTuple):
    """One comparison of slopes.

    `agrees` says whether they agree within the bound. `coarseness` is the bound as a share of the gradient's scale,
    and `resolution` as a share of the error that must not be missed.
    """

    agrees: bool
    coarseness: float
    resolution: float


def smooth_differences(trial: Trial) -> dict[str, Evidence]:
    """Return what speaks against each gradient of a smooth layer, by tensor, where anything does.

    A probe costs a backward of the subject and a few forwards of the reference, however many entries there are. Only
    what fails it is looked at entry by entry.
    """
    found: dict[str, Evidence] = {}
    trial.miss_bound = 1.0
    for index in range(SMOOTH_PROBES):
        if trial.miss_bound <= MISS_TARGET:
            break
        dout = trial.dout if index == 0 or trial.subject.interface.fused else smooth_upstream(trial, index)
        gradients = trial.fresh_gradients(dout)
        probes = {name: _probe(trial, name, gradients[name], dout, index) for name in trial.wanted}
        for name, probe in probes.items():
            if (
                name not in found
                and (evidence := _evidence(trial, name, gradients[name], dout, probe)) is not None
            ):
                found[name] = evidence
        # The first upstream gradient is a readable one: it is too coarse a grid to count.
        missed = max(
            _chance(probe.resolution, both=not trial.subject.interface.fused) for probe in probes.values()
        )
        trial.miss_bound *= missed if index or trial.subject.interface.fused else 1.0
    return {name: found[name] for name in trial.wanted if name in found}


def smooth_upstream(trial: Trial, index: int) -> Array:
    """Return an upstream gradient of full precision: too fine a grid to hide behind."""
    rng = fill.generator(trial.case, "dout", index)
    return rng.uniform(-2, 2, size=trial.case.output_shape).astype(trial.case.dtype)


def _direction(trial: Trial, name: str, index: int) -> Array:
    """Return a direction with entries between 1/2 and 1, of either sign."""
    rng = fill.generator(trial.case, "slope", index)
    shape = trial.case.shapes[name]
    return np.asarray(rng.uniform(0.5, 1, size=shape) * rng.choice((-1.0, 1.0), size=shape))


def _probe(trial: Trial, name: str, got: Array, dout: Array, index: int) -> Probe:
    """Compare the slope that a gradient claims along one direction with that of the reference."""
    upstream = np.asarray(dout, dtype=np.float64)
    direction = _direction(trial, name, index)
    truth = trial.reference.slope(name, direction, upstream)
    slope, rounding = numeric.dot(got, direction)
    per_entry = trial.gradient_bound(name, upstream)
    bound = truth.bound + rounding + float(np.sum(np.abs(direction) * per_entry))
    scale = gain_of(trial.case, trial.reference.tensors)
    return Probe(
        agrees=abs(slope - truth.value) <= bound,
        coarseness=bound / (scale * float(np.abs(upstream).max(initial=1.0))),
        resolution=bound / (scale * RESOLUTION),
    )


def _evidence(trial: Trial, name: str, got: Array, dout: Array, probe: Probe) -> Evidence | None:
    """Return what a probe says against a gradient."""
    if not probe.agrees and (worst := _worst_entry(trial, name, got, dout)) is not None:
        return Evidence("not the gradient", worst)
    if probe.coarseness > READABLE_BOUND:
        return Evidence(f"no verdict: rounding may reach {probe.coarseness:.1e} of d{name}'s scale here")
    return None


def _worst_entry(trial: Trial, name: str, got: Array, dout: Array) -> Difference | None:
    """Compare a gradient entry by entry. A slope may differ by the sum of errors each of which is allowed."""
    reference, upstream = trial.reference, np.asarray(dout, dtype=np.float64)
    truth, bound = numeric.smooth_gradient(reference.of(name), reference.tensors[name], upstream)
    return compare.difference(name, got, truth, bound + trial.gradient_bound(name, upstream))


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
