"""Evidence about a smooth layer's gradient: its slopes along random directions, within a computed bound."""

import math
from dataclasses import replace
from math import log
from typing import NamedTuple

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.evidence import compare, fill, numeric
from gradcheck.evidence.arithmetic import gain_of
from gradcheck.evidence.compare import Difference, Evidence
from gradcheck.evidence.exact import unit_step
from gradcheck.evidence.probing import BRIEF_TARGET, MISS_TARGET
from gradcheck.evidence.trial import Trial

SMOOTH_PROBES = 8
"""Limit on the time of a case. In double precision 3 to 5 probes reach MISS_TARGET; in single precision 8 do not."""

MORE = SMOOTH_PROBES
"""The index of a probe beyond those, whose directions are its own."""

HOPELESS = 0.1
"""If a probe misses with a higher probability, rounding hides small errors here, and further probes cost more than
they find."""

RESOLUTION = 1e-6
"""The smallest error that `miss_bound` covers, as a share of the scale: the largest factor by which dout is magnified.

Mistakes are far larger, and the rounding of a right gradient in double precision is far smaller.
"""

BRIEF_RESOLUTION = 1e-3
"""The same for a brief case: what is wrong in a region is wrong by more than rounding."""

READABLE_BOUND = 0.01
"""If the error bound is beyond this share of the gradient's scale, it is too coarse for a verdict."""


MANY = 300
"""A tensor has many numbers where a forward for each of them would take long."""


class Probe(NamedTuple):
    """One comparison of slopes along directions of some tensors.

    `agrees`: whether they agree within the bound. `bounds`: the part that each tensor has in it. `scale`: the largest
    factor by which the layer magnifies dout.
    """

    agrees: bool
    bounds: dict[str, float]
    scale: float

    def resolution(self, *, is_brief: bool = False) -> float:
        """Return the whole bound as a share of the smallest error that must not be missed."""
        return sum(self.bounds.values()) / (self.scale * (BRIEF_RESOLUTION if is_brief else RESOLUTION))


def smooth_differences(trial: Trial) -> dict[str, Evidence]:
    """Return the evidence against the gradients of a smooth layer, by tensor; a tensor without evidence is left out.

    A probe of all tensors together costs one backward of the subject and one forward of the reference, however many
    entries there are. Only a gradient that fails one of its own is compared entry by entry.
    """
    found: dict[str, Evidence] = {}
    first: Arrays | None = None
    if _begins_with_a_probe(trial):
        first = trial.fresh_gradients(trial.probing)
        if _is_clear(trial, first):
            return found
        first = {name: values.copy() for name, values in first.items()}  # the next call may overwrite them
    trial.miss_bound = 1.0
    target = BRIEF_TARGET if trial.is_brief else MISS_TARGET
    for index in range(SMOOTH_PROBES):
        if trial.miss_bound <= target:
            break
        dout = _upstream(trial, index)
        # What a probe refuted is judged, and not what an equal call may give.
        gradients = trial.fresh_gradients(dout) if first is None or index != 1 else first
        probe = _probe(trial, trial.wanted, gradients, dout, index)
        for name in trial.wanted:
            # Which of the tensors it is shows where each has a slope of its own.
            own = probe if probe.agrees else _probe(trial, (name,), gradients, dout, index)
            evidence = None if name in found else _evidence(trial, name, gradients[name], dout, own)
            if evidence is not None:
                found[name] = evidence
        # The first upstream gradient is readable: short decimals, too coarse a grid for the bound on a miss to hold.
        missed = _chance(probe.resolution(is_brief=trial.is_brief), both=not trial.subject.interface.fused)
        if index or trial.subject.interface.fused:
            trial.miss_bound *= missed
        if index and missed > HOPELESS:
            break
    trial.is_coarse = bool(found) and all(evidence.difference is None for evidence in found.values())
    return {name: found[name] for name in trial.wanted if name in found}


def smooth_differences_for(trial: Trial, dout: Array) -> dict[str, Evidence]:
    """Return the evidence of one more probe, with a given upstream gradient; where it is too coarse it says nothing."""
    gradients = trial.fresh_gradients(dout)
    if _probe(trial, trial.wanted, gradients, dout, MORE).agrees:
        return {}
    probes = {name: _probe(trial, (name,), gradients, dout, MORE) for name in trial.wanted}
    found = {name: _evidence(trial, name, gradients[name], dout, probe) for name, probe in probes.items()}
    return {
        name: evidence for name, evidence in found.items() if evidence is not None and evidence.difference
    }


def _begins_with_a_probe(trial: Trial) -> bool:
    """Return whether a probe comes before the readable upstream gradient, as on a brief case it does."""
    return trial.is_brief and not trial.subject.interface.fused


def _is_clear(trial: Trial, gradients: Arrays) -> bool:
    """Return whether one probe, of which the gradients are given, clears a brief case.

    The readable upstream gradient shows a person what is wrong, and counts for nothing.
    """
    probe = _probe(trial, trial.wanted, gradients, trial.probing, 1)
    trial.miss_bound = _chance(probe.resolution(is_brief=True), both=True)
    is_readable = all(_coarseness(probe, name, trial.probing) <= READABLE_BOUND for name in trial.wanted)
    return probe.agrees and is_readable and trial.miss_bound <= BRIEF_TARGET


def _upstream(trial: Trial, index: int) -> Array:
    """Return the upstream gradient of a probe: the first is readable, the others have all digits."""
    if index == 0 or trial.subject.interface.fused:
        return trial.dout
    return trial.probing if index == 1 else fill.full_upstream(trial.case, index)


def _directions(trial: Trial, names: tuple[str, ...], index: int) -> Arrays:
    """Return a direction of each tensor, with entries between 1/2 and 1, of either sign."""
    found = {}
    for name in names:
        # The place of a tensor is part of the seed: directions of several are independent of each other.
        apart = max(8, len(trial.wanted))
        rng = fill.generator(trial.case, "slope", apart * index + trial.wanted.index(name))
        shape = trial.case.shapes[name]
        found[name] = rng.uniform(0.5, 1, size=shape) * fill.signs(rng, shape)
    return found


def _probe(trial: Trial, names: tuple[str, ...], got: Arrays, dout: Array, index: int) -> Probe:
    """Compare the slope along one direction of some tensors that gradients claim with that of the reference."""
    upstream = np.asarray(dout, dtype=np.float64)
    directions = _directions(trial, names, index)
    truth = trial.reference.slope(directions, upstream)
    claimed, bounds = 0.0, {}
    for name, direction in directions.items():
        slope, rounding = numeric.dot(got[name], direction)
        claimed += slope
        per_entry = trial.gradient_bound(name, upstream)
        bounds[name] = truth.bound + rounding + per_entry * float(np.abs(direction).sum())
    # Infinity is within an infinite bound.
    agrees = math.isfinite(claimed) and abs(claimed - truth.value) <= sum(bounds.values())
    return Probe(agrees, bounds, gain_of(trial.case, trial.reference.tensors))


def _evidence(trial: Trial, name: str, got: Array, dout: Array, probe: Probe) -> Evidence | None:
    """Return the evidence of a probe against a gradient, or None."""
    if not probe.agrees and (worst := _worst_entry(trial, name, got, dout)) is not None:
        return Evidence("not the gradient", worst)
    coarseness = _coarseness(probe, name, dout)
    if coarseness > READABLE_BOUND:
        return Evidence(f"no verdict: rounding may reach {coarseness:.1e} of d{name}'s scale here")
    return None


def _coarseness(probe: Probe, name: str, dout: Array) -> float:
    """Return the part of a tensor in the bound, as a share of its gradient's scale."""
    return probe.bounds[name] / (probe.scale * float(np.abs(dout).max(initial=1.0)))


def _worst_entry(trial: Trial, name: str, got: Array, dout: Array) -> Difference | None:
    """Return the worst entry; None if all are within their bounds, since many allowed errors may add up in a slope.

    An entry at a kink, which a reference that is not ours may have, is no evidence.
    """
    reference, upstream = trial.reference, np.asarray(dout, dtype=np.float64)
    f, x = reference.of(name), reference.tensors[name]
    truth = certified(trial, name, upstream)
    if truth is not None:
        found = compare.difference(name, got, truth, 2 * trial.gradient_bound(name, upstream))
        return None if found is None else confirmed(trial, name, upstream, found)
    estimates = list(numeric.whole(f, x, upstream, reference.method(name)))
    truth, bound, kinks = (
        np.array([getattr(estimate, field) for estimate in estimates]).reshape(x.shape)
        for field in ("value", "bound", "kink")
    )
    smooth = np.where(kinks > 0, got, truth)
    return compare.difference(name, got, smooth, bound + trial.gradient_bound(name, upstream))


def certified(trial: Trial, name: str, dout: Array) -> Array | None:
    """Return our own gradient of a tensor with many numbers, if its slope along a random direction is the true one.

    Otherwise, and where there are few, each entry has to be found by a forward of its own.
    """
    reference, x = trial.reference, trial.reference.tensors[name]
    if x.size <= MANY or reference.pair not in (trial.layer.ours.fast, trial.layer.ours.naive):
        return None
    own = reference.gradients(dout)[name]
    return own if has_the_true_slope(trial, name, own, dout, 1) else None


def has_the_true_slope(trial: Trial, name: str, gradient: Array, dout: Array, index: int) -> bool:
    """Return whether a gradient has the slope of the reference along a random direction, the one of this index."""
    direction = fill.generator(trial.case, "own", index).uniform(0.5, 1, size=gradient.shape)
    slope, rounding = numeric.dot(gradient, direction)
    truth = trial.reference.slope({name: direction}, dout)
    allowed = truth.bound + rounding + trial.gradient_bound(name, dout) * float(direction.sum())
    return abs(slope - truth.value) <= allowed


def confirmed(trial: Trial, name: str, dout: Array, found: Difference) -> Difference | None:
    """Return a difference from our own gradient if its worst entry is not the true slope either."""
    reference, x = trial.reference, trial.reference.tensors[name]
    at = int(np.ravel_multi_index(found.index, x.shape))
    truth = reference.method(name)(reference.of(name), x, unit_step(x, at), dout)
    bound = truth.bound + trial.gradient_bound(name, dout)
    if abs(found.got - truth.value) <= bound:
        return None
    return replace(found, expected=truth.value, bound=bound)


def _chance(bound: float, both: bool) -> float:
    """Return an upper bound on the probability that an error of size 1 changes the slope by no more than `bound`.

    An entry of dout is uniform on [-2, 2], so the error's product with it is within t of any value with probability t/2
    at most. An entry of the direction is spread over a length of 1, so the product with that is within the bound with
    probability 2 bound/t at most. Integrated over t: bound (1 + log(1/bound)). A fused interface has one dout only, and
    the direction alone is random.
    """
    if bound >= 1:
        return 1.0
    if bound <= 0:
        return 0.0
    return min(1.0, bound * (1 + log(1 / bound)) if both else 2 * bound)
