"""Whether a backward is the derivative of the subject's own forward, which is wrong.

The derivative is that of extrapolated central differences (`numeric.central`), with a bound of its error. All tensors
move at once along one random direction, so that one slope decides about all gradients. The complex step is not used:
someone's forward may lose the imaginary part.
"""

from math import log

import numpy as np

from gradcheck.contract import Array, Arrays, Call, Malformed, SubjectError
from gradcheck.evidence import compare, fill, numeric, rounding
from gradcheck.evidence.arithmetic import gain_of
from gradcheck.evidence.trial import Trial

PROBES = 4
"""Limit on the calls of a subject's forward: each probe takes 7 to 19."""

MISS = 1e-6
"""The probability of crediting a wrong gradient at which no further probe is made."""

RESOLUTION = 1e-4
"""The smallest error that `MISS` covers, as a share of the gradient's scale.

Differences of a function that is not ours resolve less than a complex step; mistakes are larger still.
"""

MANY, COARSE = 300, 1e-2
"""A case of so many numbers rounds so much that only larger errors show in a slope; small cases show the others."""


def right_for_its_own_forward(trial: Trial) -> bool | None:
    """Return whether backward is the derivative of the subject's own forward on a case; None if that cannot be decided.

    It cannot where forward fails, draws other numbers each time or is constant, at a kink, where rounding hides the
    slope, and in single precision, which has no digits left for a difference.
    """
    if trial.case.dtype != "float64":
        return None
    try:
        return _agrees(trial)
    except SubjectError:
        return None


def has_the_dtype_of_its_own_forward(trial: Trial) -> bool:
    """Return whether forward's output and cache have another dtype than the inputs, and the gradients have it too."""
    try:
        call = trial.call()
        dtype = np.asarray(trial.out(call)).dtype
        kept = {each.dtype for each in call.cached() if each.dtype.kind == "f"}
        if dtype == trial.case.dtype or dtype not in kept:
            return False
        returned = call.backward(trial.dout.astype(dtype))
        return all(np.asarray(returned.get(name)).dtype == dtype for name in trial.wanted)
    except SubjectError:
        return False


def _agrees(trial: Trial) -> bool | None:
    base = _output(trial.first)
    if compare.difference("out", _output(trial.call()), base, _noise(base)) is not None:
        # A new mask for each call: there is no function to differentiate.
        return _follows_its_mask(trial) if trial.subject.interface.draws_mask else None
    missed, resolution = 1.0, RESOLUTION if trial.case.size <= MANY else COARSE
    for index in range(PROBES):
        found = _probe(trial, base, index, resolution)
        if found is None or not found[0]:
            return None if found is None else False
        missed *= found[1]
        if missed <= MISS:
            return True
    return None


def _follows_its_mask(trial: Trial) -> bool | None:
    """Return whether backward multiplies dout by what forward multiplied x by; None where x, zero, hides that."""
    call, x = trial.call(), trial.tensors["x"]
    out = _output(call)
    if out.shape != x.shape or not (out.any() and x.all()):
        return None
    expected = trial.dout * (out / x)
    bound = rounding.SLACK * numeric.EPS * rounding.largest(expected)
    return compare.is_same(trial.gradients(call, trial.dout.copy())["x"], expected, bound)


def _noise(out: Array) -> float:
    """Return how far two equal calls may differ, because the order of sums varies."""
    return rounding.SLACK * numeric.EPS * rounding.largest(out)


def _output(call: Call) -> Array:
    """Return a call's output, which may have another shape than the layer's. Raises SubjectError."""
    out = call.outputs["out"]
    if call.missing is not None or not isinstance(out, np.ndarray | np.generic | float):
        raise Malformed("forward gives no output")
    try:
        return np.array(out, dtype=np.float64)
    except (TypeError, ValueError):
        raise Malformed("forward's output does not consist of numbers") from None


def _probe(trial: Trial, base: Array, index: int, resolution: float) -> tuple[bool, float] | None:
    """Return whether the slopes agree along one direction, and the chance that wrong ones do; None at a kink."""
    fused = trial.subject.interface.fused
    dout = (
        np.ones(base.shape) if fused else fill.generator(trial.case, "own", index).uniform(-2, 2, base.shape)
    )
    dout[~np.isfinite(base)] = 0.0
    gradients = trial.gradients(trial.call(), dout.copy())
    if base.size and not any(values.any() for values in gradients.values()):
        return None  # zeros are the derivative of a constant: of a stub, whose backward is one too
    directions = _directions(trial, index)
    slope, bound, largest = 0.0, 0.0, gain_of(trial.case, trial.tensors) * rounding.largest(dout)
    for name, values in gradients.items():
        along, rounded = numeric.dot(values, directions[name])
        size = float(np.abs(values).max(initial=0.0))
        slope, largest = slope + along, max(largest, size)
        bound += rounded + float(np.abs(directions[name]).sum()) * max(
            trial.gradient_bound(name, dout), rounding.SLACK * numeric.EPS * size
        )
    f = _Output(trial, base)
    truth = numeric.central(f, f.here, f.flat(directions), dout)
    if not np.isfinite([slope, truth.value, truth.bound]).all():
        return None if not np.isfinite([truth.value, truth.bound]).all() else (False, 1.0)
    if truth.kink > 0:
        return None
    chance = _chance((bound + truth.bound) / (resolution * largest), fused)
    return (abs(slope - truth.value) <= bound + truth.bound, chance) if chance < 1 else None


def _directions(trial: Trial, index: int) -> Arrays:
    """Return a direction for each tensor, with entries between 1/2 and 1, of either sign."""
    rng = fill.generator(trial.case, "own", PROBES + index)
    shapes = {name: trial.tensors[name].shape for name in trial.wanted}
    return {
        name: np.asarray(rng.uniform(0.5, 1, size=shape) * rng.choice((-1.0, 1.0), size=shape))
        for name, shape in shapes.items()
    }


class _Output:
    """The subject's output as a function of one vector: the entries of all tensors that backward differentiates."""

    def __init__(self, trial: Trial, base: Array) -> None:
        self._trial, self._base = trial, base
        self.here = self.flat(trial.tensors)

    def flat(self, tensors: Arrays) -> Array:
        """Return the tensors' entries in one vector."""
        return np.concatenate([np.zeros(0), *(tensors[name].ravel() for name in self._trial.wanted)])

    def __call__(self, vector: Array) -> Array:
        """Return the output there. Raises SubjectError, also if its shape depends on the numbers."""
        if vector is self.here:
            return self._finite(self._base)
        moved, start = {}, 0
        for name in self._trial.wanted:
            values = self._trial.tensors[name]
            moved[name] = vector[start : start + values.size].reshape(values.shape)
            start += values.size
        out = _output(self._trial.call(**moved))
        if out.shape != self._base.shape:
            raise Malformed("the shape of the output depends on the numbers")
        return self._finite(out)

    def _finite(self, out: Array) -> Array:
        """Return the output without the entries that are not finite at the point itself, and so have no slope."""
        return np.where(np.isfinite(self._base), out, 0.0)


def _chance(share: float, fused: bool) -> float:
    """Return an upper bound on the probability that an error of size 1 changes a slope by `share` at most.

    As in `gradcheck.evidence.smooth`: an entry of dout is uniform on [-2, 2], one of the direction on a length of 1.
    """
    if share >= 1:
        return 1.0
    return min(1.0, 2 * share if fused or not share else share * (1 + log(1 / share)))
