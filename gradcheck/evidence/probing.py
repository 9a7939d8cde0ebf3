"""Evidence about an exact layer's gradient: probes on integers, and the whole gradient if a probe refutes it."""

import math

import numpy as np

from gradcheck.contract import Array
from gradcheck.evidence import compare, fill
from gradcheck.evidence.arithmetic import Exact, Point
from gradcheck.evidence.compare import Evidence
from gradcheck.evidence.reference import Reference
from gradcheck.evidence.trial import Trial

MISS_TARGET = 1e-9
"""The probability of a miss at which no further probe is made."""

MOST_PROBES = 24
"""Limit on the time of a case. At the least width, 2 bits, 24 probes still miss with 2**-24 at most."""

MOST_BITS = 31
"""Wider numbers gain nothing: with 31 bits a single probe misses with 2 * 2**-31 = 9.3e-10, below MISS_TARGET."""

DISAGREEMENT = "the suite's own two implementations disagree here: please report this case"


def arithmetic_of(trial: Trial) -> Exact:
    """Return the arithmetic of a layer that is exact on integers."""
    found = trial.layer.arithmetic
    assert isinstance(found, Exact), f"{trial.layer.name} is not exact"
    return found


def probe_bits(trial: Trial) -> int:
    """Return how many bits a probe's numbers may have, so that the dtype holds every sum exactly."""
    arithmetic = arithmetic_of(trial)
    limit = math.log2(fill.EXACT_LIMIT[trial.case.dtype])
    # 2 bits in reserve: for the sum x + v, and for the difference of two outputs.
    used = math.log2(arithmetic.terms(trial.params) * arithmetic.unit(trial.params) ** 2) + 2
    largest = 1.0
    for values in trial.tensors.values():
        largest = max(largest, float(np.abs(values).max(initial=1)))
    used += math.log2(largest)
    return max(2, min(MOST_BITS, arithmetic.bits(limit - used)))


def chance_of_a_miss(trial: Trial, bits: int) -> float:
    """Return an upper bound on the probability that a wrong gradient passes one probe.

    It has a term for dout and one for the direction. If every entry of the gradient is compared, because winners must
    not change, there is no direction; if the interface has no dout but 1, there is only the direction.
    """
    return 2.0**-bits * ((not arithmetic_of(trial).compares_all) + (not trial.subject.interface.fused))


def exact_suspects(trial: Trial) -> list[str]:
    """Return the tensors whose gradients a probe refutes; record the probability that a wrong one passed."""
    arithmetic, bits = arithmetic_of(trial), probe_bits(trial)
    each = chance_of_a_miss(trial, bits)
    probes = min(MOST_PROBES, math.ceil(math.log(MISS_TARGET) / math.log(each))) if each else 1
    suspects: list[str] = []
    for index in range(probes):
        dout = trial.upstream(bits, index)
        gradients = trial.fresh_gradients(dout)
        for name in trial.wanted:
            at, v = Point(trial.reference, name, dout), _direction(trial, name, bits, index)
            if name not in suspects and not arithmetic.probe(at, gradients[name], v):
                suspects.append(name)
    trial.miss_bound = each**probes
    return suspects


def _direction(trial: Trial, name: str, bits: int, index: int) -> Array:
    """Return a direction of integers, different for each tensor and probe (a case has fewer than 8 tensors)."""
    rng = fill.generator(trial.case, "direction", index * 8 + trial.wanted.index(name))
    return fill.wide(rng, trial.reference.tensors[name].shape, bits)


def explain(trial: Trial, name: str) -> Evidence | None:
    """Return the worst entry of a refuted gradient; None if the whole gradient is right within rounding.

    A readable upstream gradient comes first; if it shows nothing, that of the first probe.
    """
    found = whole_difference(trial, name, trial.dout)
    return found if found is not None else whole_difference(trial, name, trial.upstream(probe_bits(trial)))


def whole_difference(trial: Trial, name: str, dout: Array) -> Evidence | None:
    """Compare a whole gradient with the true one, on which both our implementations must agree."""
    arithmetic = arithmetic_of(trial)
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
