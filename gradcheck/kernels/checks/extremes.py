"""A NaN, scores at which exp overflows, no samples at all, and more numbers than 32 bits count."""

import numpy as np

from gradcheck.contract import Array, Arrays, Refused, SubjectError
from gradcheck.evidence import fill
from gradcheck.kernels import operations
from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.dtypes import loaded, spacing, stored
from gradcheck.kernels.fills import random_tensors
from gradcheck.kernels.report import KernelOutcome
from gradcheck.kernels.sensitivity import NUDGES, STAGES
from gradcheck.kernels.trial import KernelTrial
from gradcheck.kernels.truth import truth
from gradcheck.report import Finding

LOST = "a NaN in {} does not come out where it is seen, and only there"

OVERFLOWS = "not finite, where the right result is: exp overflows on the way"
FAR_OFF = "far from the right result at such scores: was it cut off, or is exp 0 on the way?"
CANCELS = "further from the right result than rounding explains, where a large mean is subtracted"

BEYOND = 8.0
"""How many times as large as the logarithm of the largest number the scores may be, at which exp overflows."""

FURTHER = 2.0**17
"""Scores of this size are beyond what is added in the place of minus infinity by mistake, such as -1e4."""

LARGEST = {"float64": 1.7e308, "float32": 3.4e38, "bfloat16": 3.3e38}
"""Formats in which no square of such a score overflows."""

ROUNDINGS, SHARE = 1000.0, 2.0**-10
"""How many roundings of each input, and which share of the largest output, an output may be off at such scores."""

SINGLE = 24
"""The bits of float32."""

STEP = 64
SIDE = 46_400
"""A plane of this side has more than 2**31 pixels."""


def special(trial: KernelTrial) -> KernelOutcome:
    """A NaN in the first tensor makes every output that sees it NaN, and no other."""
    if trial.inexact or trial.dtype.is_integer:
        return KernelOutcome.skipped(
            "special", "a NaN may spread" if trial.inexact else "there is no NaN among integers"
        )
    if "nan" not in trial.case.layer.numbers.kinds or trial.dtype.is_narrow:
        return KernelOutcome.skipped("special", "what it gives for a NaN is not defined")
    filled, allowed = trial.plain()
    if filled is None:
        return KernelOutcome.skipped("special", "no integers are small enough")
    values, _ = filled.values(trial.dtype)
    name = next(name for name, array in values.items() if array.dtype.kind == "f")
    spoiled = values[name].copy()
    spoiled.flat[fill.generator(trial.case, "special").integers(spoiled.size)] = np.nan
    values[name] = spoiled
    tensors = {**filled.tensors, name: stored(spoiled, trial.dtype)}
    got = trial.started(tensors, None)()
    right = truth(trial.case, values, None).values
    return KernelOutcome.of(
        "special", list(trial.compared("special", got, right, allowed, LOST.format(name)))
    )


def overflow(trial: KernelTrial) -> KernelOutcome:
    """Finite where the right output is, at scores at which exp overflows.

    A softmax that does not subtract the maximum, or a logarithm of 1 + exp(x), is not; the logarithm of a probability
    that is cut off at 1e-12 is far from it, and so is a mask that adds -1e4 to larger scores. Asked of smooth layers.
    """
    layer, most = trial.case.layer, LARGEST.get(trial.dtype.name)
    is_smooth = not layer.arithmetic.exact and operations.of(layer.name).products is None
    if most is None or not is_smooth or not layer.numbers.large:
        return KernelOutcome.skipped("overflow", "nothing in it grows like exp, or its format is too short")
    sizes = (BEYOND * np.log(most), FURTHER) if trial.dtype.bits >= SINGLE else (BEYOND * np.log(most),)
    asked = [_at_scores(trial, size, most) for size in sizes]
    if all(found is None for found in asked):
        return KernelOutcome.skipped("overflow", "the right result is as large")
    return KernelOutcome.of("overflow", [each for found in asked for each in found or ()][:1])


def _at_scores(trial: KernelTrial, size: float, most: float) -> list[Finding] | None:
    """Return what is wrong with an output at scores of some size; None where the right one is as large."""
    tensors, _ = random_tensors(trial.case, trial.dtype, False)
    values = {name: loaded(array, trial.dtype) for name, array in tensors.items()}
    name = next(name for name, array in values.items() if array.dtype.kind == "f")
    tensors[name] = stored(values[name] * size, trial.dtype)
    values[name] = loaded(tensors[name], trial.dtype)
    right = truth(trial.case, values, None).values["out"]
    if not (np.abs(right) < most / 2).all():
        return None
    got = trial.started(tensors, None)()["out"]
    lost, far = ~np.isfinite(got), np.abs(got - right) > _coarsely(trial, values, right)
    for wrong, message in ((lost, OVERFLOWS), (far, FAR_OFF)):
        if wrong.any():
            index = tuple(int(each) for each in np.argwhere(wrong)[0])
            given, expected = float(got[index]), float(right[index])
            return [
                trial.finding("overflow", message, tensor="out", index=index, got=given, expected=expected)
            ]
    return []


def _coarsely(trial: KernelTrial, values: Arrays, right: Array) -> Array:
    """Return how far an output may be off where only its size counts: a quarter, and what rounding the inputs moves."""
    rng, step = fill.generator(trial.case, "special", 1), 2.0 ** (1 - trial.dtype.bits)
    sensitive = np.zeros(right.shape)
    for _ in range(NUDGES):  # by chance, one alone may leave an entry where it is
        moved = {
            name: array * (1 + step * rng.uniform(-1, 1, array.shape)) if array.dtype.kind == "f" else array
            for name, array in values.items()
        }
        sensitive = np.maximum(sensitive, np.abs(truth(trial.case, moved, None).values["out"] - right))
    largest = float(np.abs(right).max(initial=1.0))
    return np.asarray(np.abs(right) / 4 + ROUNDINGS * sensitive + SHARE * largest)


def offset(trial: KernelTrial) -> KernelOutcome:
    """Right where all numbers are far from zero and near each other.

    A variance in one pass, E[x^2] - E[x]^2, loses its digits there: subtract the mean first, or keep a running one.
    """
    layer = trial.case.layer
    if layer.arithmetic.exact or "centred" not in layer.numbers.values or trial.dtype.name not in LARGEST:
        return KernelOutcome.skipped("offset", "nothing in it cancels a mean, or its format is too short")
    if trial.inexact or trial.dtype.name == "bfloat16":
        return KernelOutcome.skipped("offset", "its digits do not reach from a mean to a deviation")
    filled = trial.filled("offset")
    assert filled is not None
    allowed = trial.bounds(filled, "offset")
    got = trial.results(filled)
    return KernelOutcome.of(
        "offset", list(trial.compared("offset", got, filled.truth.values, allowed, CANCELS))
    )


def empty(trial: KernelTrial) -> KernelOutcome:
    """A batch of no samples has an output of no samples, and gradients of zeros."""
    if "empty" in trial.excused:
        return KernelOutcome.skipped("empty", "declared not to take a batch of no samples")
    if "n" not in trial.case.params or not trial.case.layer.cases.allows_empty:
        return KernelOutcome.skipped("empty", "there is no such batch")
    rank = len(next(iter(trial.case.shapes.values())))
    if trial.case.params.get("axis", 1) % max(rank, 1) == 0:
        return KernelOutcome.skipped("empty", "the batch is its axis, along which nothing would be there")
    small = trial.but(params={**trial.case.params, "n": 0})
    if small.skips is not None:
        return KernelOutcome.skipped("empty", small.skips)
    filled = small.filled("even" if trial.dtype.is_narrow else "reals")
    assert filled is not None
    try:
        got = small.results(filled)
    except Refused as problem:
        return KernelOutcome.skipped("empty", f"it refuses: {problem}")
    message = "not what a batch of no samples gives"
    return KernelOutcome.of("empty", list(small.compared("empty", got, filled.truth.values, None, message)))


def lone(trial: KernelTrial) -> KernelOutcome:
    """What is known of one value alone: a batch norm in training gives beta, or refuses it, and a softmax gives one.

    The deviation from the mean of one value is zero; libraries that refuse it raise whatever they like. One score has
    all the weight, and attention to one key gives its value, but for a rounding of each step: a sum that 1e-6 is added
    to shows there.
    """
    alone = operations.of(trial.case.layer.name).alone
    if alone is not None:
        return _of_one_score(trial.but(params=alone(trial.case.params)))
    params = trial.case.params
    if params.get("mode") != "train" or trial.case.layer.shapes.per_sample:
        return KernelOutcome.skipped("lone", "nothing is known of one value")
    ones = {name: 1 for name in ("n", "h", "w") if name in params}
    # Which variance it keeps for later, if it can be asked for one, is not judged.
    small = trial.but(params={**params, **ones, "variance": "biased"})
    filled = small.filled("reals")
    assert filled is not None
    try:
        got = small.started(filled.tensors, None)()
    except SubjectError as problem:
        return KernelOutcome.skipped("lone", f"it refuses: {problem}")
    right = {"out": filled.truth.values["out"]}
    allowed = small.bounds(filled)
    return KernelOutcome.of("lone", list(small.compared("lone", got, right, allowed, NOT_BETA)))


def _of_one_score(small: KernelTrial) -> KernelOutcome:
    """Return whether one score has all the weight, but for one unit in the last place for each step on the way."""
    why = small.skips
    filled = None if why else small.filled("reals")
    if filled is None or small.dtype.is_integer or small.dtype.is_narrow:
        return KernelOutcome.skipped("lone", why or "its results are not rounded once")
    right = {"out": filled.truth.values["out"]}
    scores = filled.values(small.dtype)[0]["x"] if "x" in filled.tensors else 0.0
    largest = float(np.abs(scores).max(initial=0.0))
    # A logarithm of the weight is zero, as the difference of numbers of the scores' size, or of 1.
    sizes = {"out": np.where(right["out"] == 0, np.maximum(largest, 1.0), right["out"])}
    allowed = {"out": STAGES * spacing(sizes["out"], small.dtype)}
    got = small.started(filled.tensors, None)()
    return KernelOutcome.of("lone", list(small.compared("lone", got, right, allowed, NOT_ALL)))


NOT_BETA = "not beta, where one value is its own mean"
NOT_ALL = "one score alone does not have all the weight: is something added to the sum?"


def large(trial: KernelTrial) -> KernelOutcome:
    """Right on an image of more than 2**31 pixels.

    The kernel steps over all but one pixel in 64 x 64, and only those are not zero: the rest of the memory is
    never written. What is right is worked out from the pixels alone.
    """
    params = trial.case.params
    if trial.case.layer.name != "conv2d" or (params["c"], params["f"]) != (1, 1):
        return KernelOutcome.skipped(
            "large", "asked of one problem: conv2d n1c1h1w1_f1kh1kw1_s1x1_p0x0_d1x1_g1_bnone"
        )
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
    return KernelOutcome.of("large", list(trial.compared("large", got, right, None, message)))


SPECIAL = KernelCheck(name="special", judge=special)
OFFSET = KernelCheck(name="offset", judge=offset)
OVERFLOW = KernelCheck(name="overflow", judge=overflow)
LONE = KernelCheck(name="lone", judge=lone)
EMPTY = KernelCheck(name="empty", judge=empty)
LARGE = KernelCheck(name="large", judge=large, on_request=True)
