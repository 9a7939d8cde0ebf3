"""Evidence about an exact layer's gradient: probes on integers, and the whole gradient if a probe refutes it."""

import math

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

DISAGREEMENT = "the suite's own two implementations disagree here: please report this case"


def chance_of_a_miss(trial: Trial, bits: Bits) -> float:
    """Return an upper bound on the probability that a wrong gradient passes one probe.

    It has a term for dout and one for the direction. If every entry of the gradient is compared, there is no direction;
    if the interface has no dout but 1, there is only the direction.
    """
    along = 0.0 if bits.along is None else 2.0**-bits.along
    return along if trial.subject.interface.fused else along + 2.0**-bits.dout


def exact_suspects(trial: Trial) -> dict[str, Array]:
    """Return the tensors whose gradients a probe refutes, each with the upstream gradient of that probe.

    Record the probability that a wrong one passed.
    """
    arithmetic, bits = trial.exact_arithmetic, trial.probe_bits
    each = chance_of_a_miss(trial, bits)
    target = BRIEF_TARGET if trial.is_brief else MISS_TARGET
    probes = min(MOST_PROBES, math.ceil(math.log(target) / math.log(each))) if each else 1
    suspects: dict[str, Array] = {}
    for index in range(probes):
        dout = trial.upstream(bits.dout, index) if index else trial.probing
        gradients = trial.fresh_gradients(dout)
        for place, name in enumerate(trial.wanted):
            # A direction of integers, different for each tensor and probe: a case has fewer than 8 tensors.
            rng, at = (
                fill.generator(trial.case, "direction", index * 8 + place),
                Point(trial.reference, name, dout),
            )
            v = fill.wide(rng, at.x.shape, bits.along or bits.dout)
            if name not in suspects and not arithmetic.probe(at, gradients[name], v, bits):
                suspects[name] = dout
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


def explain(trial: Trial, name: str, dout: Array) -> Evidence | None:
    """Return the worst entry of a gradient that is refuted for `dout`; None if all is right within rounding.

    A readable upstream gradient comes first; if it shows nothing, that of the probe.
    """
    found = whole_difference(trial, name, trial.dout)
    return found if found is not None else whole_difference(trial, name, dout)


def whole_difference(trial: Trial, name: str, dout: Array) -> Evidence | None:
    """Compare a whole gradient with the true one, on which both our implementations must agree."""
    arithmetic = trial.exact_arithmetic
    truth = arithmetic.whole_gradient(Point(trial.reference, name, dout))
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
