"""No samples at all, and more numbers than 32 bits count."""

import numpy as np

from gradcheck.contract import Refused
from gradcheck.evidence import fill
from gradcheck.kernels.checks.check import KernelCheck, outcome, skipped
from gradcheck.kernels.dtypes import stored
from gradcheck.kernels.report import Outcome
from gradcheck.kernels.trial import Trial
from gradcheck.kernels.truth import truth

STEP = 64
SIDE = 46_400
"""A plane of this side has more than 2**31 pixels."""


def empty(trial: Trial) -> Outcome:
    """A batch of no samples has an output of no samples, and gradients of zeros."""
    if "empty" in trial.declared:
        return skipped("empty", "declared not to take a batch of no samples")
    small = trial.but(params={**trial.case.params, "n": 0})
    if small.skips is not None:
        return skipped("empty", small.skips)
    filled = small.filled("even" if trial.dtype.is_integer else "reals")
    assert filled is not None
    try:
        got = small.results(filled)
    except Refused as problem:
        return skipped("empty", f"it refuses: {problem}")
    message = "not what a batch of no samples gives"
    return outcome("empty", list(small.compared("empty", got, filled.truth.values, None, message)))


def large(trial: Trial) -> Outcome:
    """Right on an image of more than 2**31 pixels.

    The kernel steps over all but one pixel in 64 x 64, and only those are not zero: the rest of the memory is
    never written. What is right is worked out from the pixels alone.
    """
    params = trial.case.params
    if trial.case.layer.name != "conv2d" or (params["c"], params["f"]) != (1, 1):
        return skipped("large", "asked of one problem: conv2d n1c1h1w1_f1kh1kw1_s1x1_p0x0_d1x1_g1_bnone")
    pixels = -(-SIDE // STEP)
    small = trial.case.but(params={**params, "h": pixels, "w": pixels})
    big = trial.case.but(params={**params, "h": SIDE, "w": SIDE, "stride": (STEP, STEP)})
    shapes = small.shapes
    values = {name: fill.integers(fill.generator(small, "tensors"), shape) for name, shape in shapes.items()}
    tensors = {name: stored(array, trial.dtype) for name, array in values.items()}
    x = np.zeros(big.shapes["x"], dtype=tensors["x"].dtype)
    x[:, :, ::STEP, ::STEP] = tensors["x"]
    got = trial.kernel.started(big, trial.dtype, {**tensors, "x": x}, None)()
    right = truth(small, values, None).values
    message = f"wrong on an image of {SIDE} x {SIDE}"
    return outcome("large", list(trial.compared("large", got, right, None, message)))


EMPTY = KernelCheck(name="empty", judge=empty)
LARGE = KernelCheck(name="large", judge=large, on_request=True)
