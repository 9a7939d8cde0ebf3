"""Evidence about an exact layer's gradient: probes on integers, and the whole gradient where a probe refutes it."""

import math

import numpy as np

from gradcheck.contract import Array
from gradcheck.evidence import compare, fill
from gradcheck.evidence.arithmetic import Exact, Point
from gradcheck.evidence.compare import Evidence
from gradcheck.evidence.reference import Reference
from gradcheck.evidence.trial import Trial

MISS_TARGET = 1e-9
MOST_PROBES = 24
MOST_BITS = 31
DISAGREEMENT = "the suite's own two implementations disagree here: please report this case"


def arithmetic_of(trial: Trial) -> Exact:
    """Return the arithmetic of a layer that is exact on integers."""
    found = trial.layer.arithmetic
    assert isinstance(found, Exact), f"{trial.layer.name} is not exact"
    return found


def probe_bits(trial: Trial) -> int:
    """Return how wide a probe's numbers may be, so that every sum stays an integer the dtype holds."""
    arithmetic = arithmetic_of(trial)
    limit = math.log2(fill.EXACT_LIMIT[trial.case.dtype])
    used = math.log2(arithmetic.terms(trial.params) * arithmetic.unit(trial.params) ** 2) + 2
    used += math.log2(max(float(np.abs(values).max(initial=1)) for values in trial.tensors.values()))
    return max(2, min(MOST_BITS, arithmetic.bits(limit - used)))


def chance_of_a_miss(trial: Trial, bits: int) -> float:
    """Return the probability that one probe does not see a wrong gradient.

    Where winners must not change, every entry of the gradient is compared, and only dout is left to chance;
    where dout is always 1, only the direction.
    """
    return 2.0**-bits * ((not arithmetic_of(trial).compares_all) + (not trial.subject.interface.fused))


def exact_suspects(trial: Trial) -> list[str]:
    """Return the tensors whose gradient a probe refutes; record the chance that a wrong one was missed."""
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
    """Return a direction of integers, another one for each tensor and probe (a case has fewer than 8 tensors)."""
    rng = fill.generator(trial.case, "direction", index * 8 + trial.wanted.index(name))
    return fill.wide(rng, trial.reference.tensors[name].shape, bits)


def explain(trial: Trial, name: str) -> Evidence | None:
    """Return the worst entry of a refuted gradient; None if it is right but for rounding.

    First with a readable upstream gradient, then, if that shows nothing, with that of the probe.
    """
    found = whole_difference(trial, name, trial.dout)
    return found if found is not None else whole_difference(trial, name, trial.upstream(probe_bits(trial)))


def whole_difference(trial: Trial, name: str, dout: Array) -> Evidence | None:
    """Compare a whole gradient with the truth, which both our implementations must agree about."""
    arithmetic = arithmetic_of(trial)
    truth = arithmetic.whole_gradient(Point(trial.reference, name, dout))
    got = trial.fresh_gradients(dout)[name]
    found = compare.difference(name, got, truth, trial.gradient_bound(name, dout))
    if found is None:
        return None
    if trial.subject.reference is None:
        other = Reference(trial.layer, trial.layer.ours.naive, trial.params, trial.reference.tensors)
        if not np.array_equal(arithmetic.whole_gradient(Point(other, name, dout)), truth):
            return Evidence(DISAGREEMENT)
    return Evidence("not the gradient", found)
