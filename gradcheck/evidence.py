"""Evidence about a gradient: exact probes, the whole gradient where a probe fails, bounds where reals are needed."""

import math

import numpy as np

from gradcheck import compare, exact, fill, numeric
from gradcheck.compare import Difference
from gradcheck.contract import Arithmetic, Array, Arrays, Call
from gradcheck.trial import Reference, Trial

MISS_TARGET = 1e-9
MOST_PROBES = 24
MOST_BITS = 31
SMOOTH_PROBES = 4
RESOLUTION = 1e-6
"""A smooth gradient's error that must not be missed, as a share of the largest magnification of dout."""

READABLE_BOUND = 0.01
"""An error bound beyond this share of the gradient's scale is too coarse for a verdict."""


def probe_bits(trial: Trial) -> int:
    """Return how wide a probe's numbers may be, so that every sum stays an integer the dtype holds."""
    limit = math.log2(fill.EXACT_LIMIT[trial.case.dtype])
    room = math.log2(trial.layer.terms(trial.params) * trial.layer.unit(trial.params) ** 2) + 2
    arithmetic = trial.layer.arithmetic
    if arithmetic is Arithmetic.WINNER:
        return _bits(limit - room - 4 - math.log2(max(1, trial.tensors["x"].size)))
    room += math.log2(max(float(np.abs(values).max(initial=1)) for values in trial.tensors.values()))
    return _bits((limit - room) / 2 - 1 if arithmetic is Arithmetic.QUADRATIC else limit - room)


def _bits(room: float) -> int:
    return max(2, min(MOST_BITS, int(room)))


def widened(trial: Trial, bits: int) -> Arrays:
    """Return the inputs of a probe: where winners must not change, x with gaps wider than any step."""
    if trial.layer.arithmetic is not Arithmetic.WINNER:
        return {}
    return {"x": trial.tensors["x"] * np.asarray(2.0 ** (bits + 1), trial.tensors["x"].dtype)}


def exact_suspects(trial: Trial) -> list[str]:
    """Return the tensors whose gradient a probe refutes; record the chance that a wrong one was missed."""
    bits = probe_bits(trial)
    changed = widened(trial, bits)
    call = trial.call(**{name: values.copy() for name, values in changed.items()})
    reference = trial.reference_for(call, **changed)
    each = 2.0**-bits * (1 if trial.subject.fused else 2)
    probes = max(1, min(MOST_PROBES, math.ceil(math.log(MISS_TARGET) / math.log(each))))
    suspects: list[str] = []
    for index in range(probes):
        dout = trial.upstream(bits, index)
        gradients = trial.gradients(call, dout.copy())
        for name in trial.wanted:
            if name not in suspects and not _agrees(
                trial, reference, name, gradients[name], dout, bits, index
            ):
                suspects.append(name)
    trial.miss_bound = each**probes
    return suspects


def _agrees(
    trial: Trial, reference: Reference, name: str, gradient: Array, dout: Array, bits: int, index: int
) -> bool:
    """Tell whether ``<dout, J v>`` is ``<gradient, v>``, in integers, for a random v."""
    unit = trial.layer.unit(trial.params)
    x = reference.tensors[name]
    rng = fill.generator(trial.case, "direction", index * 8 + trial.wanted.index(name))
    v = fill.wide(rng, x.shape, bits)
    quadratic = trial.layer.arithmetic is Arithmetic.QUADRATIC
    measure = exact.central_difference if quadratic else exact.difference
    expected = measure(reference.of(name), x, v, dout, unit)
    try:
        claimed = exact.exact_dot(exact.as_integers(gradient, unit), exact.as_integers(v))
    except exact.Inexact:
        return False
    return claimed * (2 if quadratic else 1) == expected


def explain(trial: Trial, name: str) -> Difference | str | None:
    """Return the worst entry of a refuted gradient; None if it is right but for rounding.

    First with a readable upstream gradient, then, if that shows nothing, with that of the probe.
    """
    found = _whole_difference(trial, trial.first, name, trial.dout, {})
    if found is not None:
        return found
    bits = probe_bits(trial)
    changed = widened(trial, bits)
    call = trial.call(**{key: values.copy() for key, values in changed.items()})
    return _whole_difference(trial, call, name, trial.upstream(bits), changed)


def _whole_difference(
    trial: Trial, call: Call, name: str, dout: Array, changed: Arrays
) -> Difference | str | None:
    """Compare a whole gradient with the truth, which both our implementations must agree about."""
    reference = trial.reference_for(call, **changed)
    truth = true_gradient(trial, reference, name, dout)
    got = trial.gradients(call, dout.copy())[name]
    found = compare.difference(name, got, truth, trial.gradient_bound(name, dout))
    if found is None or trial.subject.reference is not None:
        return found
    other = Reference(trial.layer, trial.layer.naive, trial.params, reference.tensors)
    if not np.array_equal(true_gradient(trial, other, name, dout), truth):
        return "the suite's own two implementations disagree here: please report this case"
    return found


def true_gradient(trial: Trial, reference: Reference, name: str, dout: Array) -> Array:
    """Return the whole gradient of a tensor, exactly, in as few forwards as the layer's structure allows."""
    colours = trial.layer.colours
    return exact.whole_gradient(
        reference.of(name),
        reference.tensors[name],
        np.asarray(dout, dtype=np.float64),
        None if colours is None else colours(trial.params, name),
        central=trial.layer.arithmetic is Arithmetic.QUADRATIC,
    )


def smooth_differences(trial: Trial) -> dict[str, Difference | str | None]:
    """Return, for each tensor, the worst entry of a smooth gradient, or why there is no verdict, or None."""
    found: dict[str, Difference | str | None] = dict.fromkeys(trial.wanted)
    trial.miss_bound = 1.0
    for index in range(1 if trial.subject.fused else SMOOTH_PROBES):
        if trial.miss_bound <= MISS_TARGET:
            break
        dout = trial.dout if index == 0 else smooth_upstream(trial, index)
        gradients = trial.gradients(trial.first, dout.copy())
        missed = [_compare_smooth(trial, name, gradients[name], dout, found) for name in trial.wanted]
        trial.miss_bound *= max(missed) if index or trial.subject.fused else 1.0
    return found


def smooth_upstream(trial: Trial, index: int) -> Array:
    """Return an upstream gradient of full precision: too fine a grid to hide behind."""
    rng = fill.generator(trial.case, "dout", index)
    return rng.uniform(-2, 2, size=trial.layer.output(trial.params)).astype(trial.case.dtype)


def _compare_smooth(
    trial: Trial, name: str, got: Array, dout: Array, found: dict[str, Difference | str | None]
) -> float:
    """Compare one gradient, note a difference in `found`, and return the chance that an error was missed."""
    reference = trial.reference
    upstream = np.asarray(dout, dtype=np.float64)
    truth, bound = numeric.smooth_gradient(reference.of(name), reference.tensors[name], upstream)
    bound = bound + trial.gradient_bound(name, upstream)
    scale = trial.layer.gain(trial.params, reference.tensors)
    if found[name] is None:
        found[name] = compare.difference(name, got, truth, bound)
    coarse = float(bound.max(initial=0.0)) / (scale * float(np.abs(upstream).max(initial=1.0)))
    if found[name] is None and coarse > READABLE_BOUND:
        found[name] = f"no verdict: rounding may reach {coarse:.1e} of d{name}'s scale here"
    if trial.subject.fused:  # nothing is left to chance: every entry is compared, for the only dout there is
        return 0.0 if coarse < RESOLUTION else 1.0
    return min(1.0, coarse / RESOLUTION)
