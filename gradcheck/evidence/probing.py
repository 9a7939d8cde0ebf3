"""Evidence about an exact layer's gradient: probes on integers, and the whole gradient if a probe refutes it."""

import math
from typing import NamedTuple

import numpy as np

from gradcheck.contract import Array
from gradcheck.evidence import compare, fill
from gradcheck.evidence.arithmetic import LEAST_BITS, Bits, Point
from gradcheck.evidence.compare import Evidence
from gradcheck.evidence.exact import Inexact
from gradcheck.evidence.reference import Reference
from gradcheck.evidence.trial import Trial

MISS_TARGET = 1e-9
"""The probability of a miss at which no further probe is made."""

BRIEF_TARGET = 1e-4
"""The same where a case is one of many that ask for what is wrong in a region, which several of them meet."""

MOST_PROBES = 24
"""Limit on the time of a case. At the least width, 2 bits, 24 probes still miss with 2**-24 at most."""

QUARTERS = 2
"""The bits of a number after the binary point where it is a multiple of 1/4."""

WRONG_ONCE = "not the gradient, while an equal call gives the right one"

DISAGREEMENT = "the suite's own two implementations disagree here: please report this case"


def chance_of_a_miss(trial: Trial, bits: Bits) -> float:
    """Return an upper bound on the probability that a wrong gradient passes one probe.

    It has a term for dout and one for the direction. If every entry of the gradient is compared, there is no direction;
    if the interface has no dout but 1, there is only the direction.
    """
    along = 0.0 if bits.along is None else 2.0**-bits.along
    return along if trial.subject.interface.fused else along + 2.0**-bits.dout


class Suspect(NamedTuple):
    """A gradient that a probe refutes: a copy of it, and the upstream gradient of the probe."""

    dout: Array
    got: Array


def exact_suspects(trial: Trial) -> dict[str, Suspect]:
    """Return the tensors whose gradients a probe refutes, each with what was refuted.

    Record the probability that a wrong one passed.
    """
    bits = trial.probe_bits
    each = chance_of_a_miss(trial, bits)
    target = BRIEF_TARGET if trial.is_brief else MISS_TARGET
    probes = min(MOST_PROBES, math.ceil(math.log(target) / math.log(each))) if each else 1
    suspects: dict[str, Suspect] = {}
    for index in range(probes):
        dout = trial.upstream(bits.dout, index) if index else trial.probing
        gradients = trial.fresh_gradients(dout)
        for name in trial.wanted:
            if name not in suspects and not _passes(trial, name, dout, gradients[name], index):
                suspects[name] = Suspect(dout, gradients[name].copy())
    trial.miss_bound = each**probes
    return suspects


def is_right_on_quarters(trial: Trial, name: str) -> bool:
    """Return whether the gradient for the trial's `dout` passes a probe where the tensors are multiples of 1/4."""
    arithmetic, bits, fraction = trial.exact_arithmetic, trial.probe_bits, 2 * QUARTERS
    # The bits of a product of two tensors are taken from the direction's.
    along = None if bits.along is None else max(LEAST_BITS, bits.along - fraction)
    v = fill.wide(fill.generator(trial.case, "direction"), trial.case.shapes[name], along or LEAST_BITS)
    at = Point(trial.reference, name, trial.dout, unit=2**fraction)
    try:
        return arithmetic.probe(at, trial.grads[name], v, Bits(bits.dout, along))
    except Inexact:  # a declared layer may not be exact on quarters
        return False


def explain(trial: Trial, name: str, suspect: Suspect) -> Evidence | None:
    """Return the worst entry of a gradient that is refuted; None if all is right within rounding.

    A readable upstream gradient comes first; if it shows nothing, that of the probe. Where a new call is right for
    both, the gradient of the probe itself is compared: then one of two equal calls was wrong.
    """
    for dout in (trial.dout, suspect.dout):
        found = whole_difference(trial, name, dout)
        if found is not None:
            return found
    found = whole_difference(trial, name, suspect.dout, suspect.got)
    if found is None or found.difference is None:
        return found
    return Evidence(WRONG_ONCE, found.difference)


def differences_for(trial: Trial, dout: Array) -> dict[str, Evidence]:
    """Return the evidence of one more probe, with a given upstream gradient, against the gradients, by tensor."""
    gradients = {name: values.copy() for name, values in trial.fresh_gradients(dout).items()}
    refuted = [name for name, got in gradients.items() if not _is_exact(trial, name, dout, got)]
    found = {name: whole_difference(trial, name, dout, gradients[name]) for name in refuted}
    return {name: evidence for name, evidence in found.items() if evidence is not None}


def _is_exact(trial: Trial, name: str, dout: Array, gradient: Array) -> bool:
    try:
        return _passes(trial, name, dout, gradient, MOST_PROBES)
    except Inexact:  # an upstream gradient that is given need not be of integers
        return False


def _passes(trial: Trial, name: str, dout: Array, gradient: Array, index: int) -> bool:
    """Return whether a gradient passes the probe of this index. Raises Inexact."""
    # A direction of integers, different for each tensor and probe: a case has fewer than 8 tensors.
    rng = fill.generator(trial.case, "direction", index * 8 + trial.wanted.index(name))
    at, bits = Point(trial.reference, name, dout), trial.probe_bits
    v = fill.wide(rng, at.x.shape, bits.along or bits.dout)
    return trial.exact_arithmetic.probe(at, gradient, v, bits)


def whole_difference(trial: Trial, name: str, dout: Array, got: Array | None = None) -> Evidence | None:
    """Compare a whole gradient, by default that of a new call, with the true one, on which both of ours must agree."""
    arithmetic = trial.exact_arithmetic
    truth = arithmetic.whole_gradient(Point(trial.reference, name, dout))
    if got is None:
        got = trial.fresh_gradients(dout)[name]
    found = compare.difference(name, got, truth, trial.gradient_bound(name, dout))
    if found is None:
        return None
    # Before an accusation the truth is computed once more, from `naive`: a bug in `fast` must not fail a right subject.
    if trial.subject.reference is None:
        other = Reference(trial.layer, trial.layer.ours.naive, trial.params, trial.reference.tensors)
        if not np.array_equal(arithmetic.whole_gradient(Point(other, name, dout)), truth):
            return Evidence(DISAGREEMENT)
    return Evidence("not the gradient", found)
