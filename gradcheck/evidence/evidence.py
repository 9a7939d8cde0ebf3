"""Evidence about an exact layer's gradient: probes on integers, and the whole gradient where one refutes it."""

import math

import numpy as np

from gradcheck.contract import Arithmetic, Array
from gradcheck.evidence import compare, exact, fill
from gradcheck.evidence.compare import Difference
from gradcheck.evidence.reference import Reference
from gradcheck.evidence.trial import Trial

MISS_TARGET = 1e-9
MOST_PROBES = 24
MOST_BITS = 31


def probe_bits(trial: Trial) -> int:
    """Return how wide a probe's numbers may be, so that every sum stays an integer the dtype holds."""
    limit = math.log2(fill.EXACT_LIMIT[trial.case.dtype])
    used = math.log2(trial.layer.terms(trial.params) * trial.layer.unit(trial.params) ** 2) + 2
    used += math.log2(max(float(np.abs(values).max(initial=1)) for values in trial.tensors.values()))
    is_quadratic = trial.layer.arithmetic is Arithmetic.QUADRATIC
    return max(2, min(MOST_BITS, int((limit - used) / 2 - 1 if is_quadratic else limit - used)))


def chance_of_a_miss(trial: Trial, bits: int) -> float:
    """Return the probability that one probe does not see a wrong gradient.

    Where winners must not change, every entry of the gradient is compared, and only dout is left to chance;
    where dout is always 1, only the direction.
    """
    is_whole = trial.layer.arithmetic is Arithmetic.WINNER
    return 2.0**-bits * ((not is_whole) + (not trial.subject.fused))


def exact_suspects(trial: Trial) -> list[str]:
    """Return the tensors whose gradient a probe refutes; record the chance that a wrong one was missed."""
    bits = probe_bits(trial)
    each = chance_of_a_miss(trial, bits)
    probes = min(MOST_PROBES, math.ceil(math.log(MISS_TARGET) / math.log(each))) if each else 1
    suspects: list[str] = []
    for index in range(probes):
        dout = trial.upstream(bits, index)
        gradients = trial.fresh_gradients(dout)
        suspects += [
            name
            for name in trial.wanted
            if name not in suspects and not _agrees(trial, name, gradients[name], dout, bits, index)
        ]
    trial.miss_bound = each**probes
    return suspects


def _agrees(trial: Trial, name: str, gradient: Array, dout: Array, bits: int, index: int) -> bool:
    """Tell whether a gradient passes one probe, in integers."""
    if trial.layer.arithmetic is Arithmetic.WINNER:
        return np.array_equal(gradient, true_gradient(trial, trial.reference, name, dout))
    unit = trial.layer.unit(trial.params)
    f, x = trial.reference.of(name), trial.reference.tensors[name]
    v = fill.wide(
        fill.generator(trial.case, "direction", index * 8 + trial.wanted.index(name)), x.shape, bits
    )
    try:
        claimed = exact.exact_dot(v, gradient, unit)
    except exact.Inexact:
        return False
    if trial.layer.arithmetic is Arithmetic.QUADRATIC:
        return 2 * claimed == exact.central_difference(f, x, v, dout, unit)
    return unit * claimed == exact.difference(
        f, x, unit * v, dout, unit, trial.reference.here[0]
    )  # a mean of multiples is exact


def explain(trial: Trial, name: str) -> Difference | str | None:
    """Return the worst entry of a refuted gradient; None if it is right but for rounding.

    First with a readable upstream gradient, then, if that shows nothing, with that of the probe.
    """
    found = whole_difference(trial, name, trial.dout)
    return found if found is not None else whole_difference(trial, name, trial.upstream(probe_bits(trial)))


def whole_difference(trial: Trial, name: str, dout: Array) -> Difference | str | None:
    """Compare a whole gradient with the truth, which both our implementations must agree about."""
    truth = true_gradient(trial, trial.reference, name, dout)
    got = trial.fresh_gradients(dout)[name]
    found = compare.difference(name, got, truth, trial.gradient_bound(name, dout))
    if found is None or trial.subject.reference is not None:
        return found
    other = Reference(trial.layer, trial.layer.naive, trial.params, trial.reference.tensors)
    if not np.array_equal(true_gradient(trial, other, name, dout), truth):
        return "the suite's own two implementations disagree here: please report this case"
    return found


def true_gradient(trial: Trial, reference: Reference, name: str, dout: Array) -> Array:
    """Return the whole gradient of a tensor, exactly, in as few forwards as the layer's structure allows."""
    colours, arithmetic = trial.layer.colours, trial.layer.arithmetic
    return exact.whole_gradient(
        reference.of(name),
        reference.tensors[name],
        np.asarray(dout, dtype=np.float64),
        None if colours is None else colours(trial.params, name),
        central=arithmetic is Arithmetic.QUADRATIC,
        size=trial.layer.unit(trial.params) if arithmetic is Arithmetic.LINEAR else 1.0,
    )
