"""Evidence about a smooth layer's gradient: every entry against its numerical derivative, within a computed bound."""

import numpy as np

from gradcheck import compare, fill, numeric
from gradcheck.compare import Difference
from gradcheck.contract import Array
from gradcheck.evidence import MISS_TARGET
from gradcheck.trial import Trial

SMOOTH_PROBES = 4
RESOLUTION = 1e-6
"""A smooth gradient's error that must not be missed, as a share of the largest magnification of dout."""

READABLE_BOUND = 0.01
"""An error bound beyond this share of the gradient's scale is too coarse for a verdict."""


def smooth_differences(trial: Trial) -> dict[str, Difference | str | None]:
    """Return, for each tensor, the worst entry of a smooth gradient, or why there is no verdict, or None."""
    found: dict[str, Difference | str | None] = dict.fromkeys(trial.wanted)
    trial.miss_bound = 1.0
    for index in range(1 if trial.subject.fused else SMOOTH_PROBES):
        if trial.miss_bound <= MISS_TARGET:
            break
        dout = trial.dout if index == 0 else smooth_upstream(trial, index)
        gradients = trial.fresh_gradients(dout)
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
