"""What a subject, a mutant and the truth give for one part on one case, in a form that can be compared."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Call, Pair, SubjectError
from gradcheck.evidence import compare, numeric
from gradcheck.evidence.arithmetic import Exact, Point, Winner
from gradcheck.evidence.reference import Reference
from gradcheck.evidence.trial import Trial
from gradcheck.layers import BY_NAME


@dataclass(frozen=True)
class Results:
    """The arrays of one part by name, or why there are none (`trouble`)."""

    arrays: Arrays
    trouble: str | None = None


def of_subject(trial: Trial, part: str) -> Results:
    """Return what the subject gives: arrays as they came, whatever their shapes."""
    try:
        call = trial.first
        if part == "forward":
            arrays = {name: np.asarray(v) for name, v in call.outputs.items() if _is_array(v)}
            return Results(_by_name(trial, arrays))
        return Results(_gradients(trial, call))
    except SubjectError as problem:
        return Results({}, type(problem).__name__)


def _by_name(trial: Trial, arrays: Arrays) -> Arrays:
    """Return results of forward with each of several outputs under its own name."""
    if "out" not in arrays:
        return arrays
    tracked = {name: values for name, values in arrays.items() if name != "out"}
    return {**trial.layer.shapes.by_name(arrays["out"]), **tracked}


def _gradients(trial: Trial, call: Call) -> Arrays:
    returned = call.backward(trial.dout.copy())
    return {f"d{name}": np.asarray(returned[name]) for name in trial.wanted if _is_array(returned.get(name))}


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.number | float) and np.asarray(value).dtype.kind in "fiu"


def of_pair(trial: Trial, part: str, pair: Pair, reference: Reference | None = None) -> Results:
    """Return what a pair of functions in our naming gives on the same inputs: those of the reference."""
    inputs = (reference or trial.reference).tensors
    tensors = {name: values.astype(trial.case.dtype) if values.dtype.kind == "f" else values.copy()
               for name, values in inputs.items()}  # fmt: skip
    try:
        out, cache = pair.forward(**tensors, **trial.case.options)
        if part == "forward":
            tracked = {name: np.asarray(getattr(cache, name)) for name in trial.layer.shapes.tracked}
            return Results(_by_name(trial, {"out": np.asarray(out), **tracked}))
        returned = pair.backward(trial.dout.copy(), cache)
    except Exception as problem:  # noqa: BLE001 - a mutant may raise anything; that it does is its result
        return Results({}, type(problem).__name__)
    values = returned if isinstance(returned, tuple) else (returned,)
    named = dict(zip(trial.layer.shapes.differentiable, values, strict=False))
    return Results(
        {f"d{name}": np.asarray(named[name]) for name in trial.wanted if named.get(name) is not None}
    )


def truth(trial: Trial, part: str) -> Results:
    """Return what is right: the reference's output, the gradient of every tensor.

    The verdict is known by now, and stays; so our own backward, which takes no time, stands for the true gradient.
    """
    if part == "forward":
        return of_pair(trial, part, trial.reference.pair)
    if _has_one_gradient(trial):
        found = trial.reference.gradients(trial.dout)
        return Results({f"d{name}": np.asarray(found[name]) for name in trial.wanted})
    return Results({f"d{name}": _true_gradient(trial, name) for name in trial.wanted})


def _has_one_gradient(trial: Trial) -> bool:
    """Return whether our own backward gives the gradient, not one of several as at a tie."""
    return trial.layer.name in BY_NAME and not isinstance(trial.layer.arithmetic, Winner)


def _true_gradient(trial: Trial, name: str) -> Array:
    arithmetic = trial.layer.arithmetic
    if isinstance(arithmetic, Exact):
        return arithmetic.whole_gradient(Point(trial.reference, name, trial.dout))
    f, x = trial.reference.of(name), trial.reference.tensors[name]
    dout = np.asarray(trial.dout, dtype=np.float64)
    return numeric.smooth_gradient(f, x, dout, trial.reference.method(name))[0]


def alike(trial: Trial, part: str, one: Results, other: Results) -> bool:
    """Return whether two results are the same: equal arrays but for rounding, or the same kind of trouble."""
    if one.trouble is not None or other.trouble is not None:
        return one.trouble is not None and other.trouble is not None
    if one.arrays.keys() != other.arrays.keys():
        return False
    return all(agree(trial, part, name, one, other) for name in one.arrays)


def agree(trial: Trial, part: str, name: str, one: Results, other: Results) -> bool:
    """Return whether two results have the same numbers but for rounding in one tensor; or both lack it."""
    mine, its = one.arrays.get(name), other.arrays.get(name)
    if mine is None or its is None:
        return mine is its
    if np.squeeze(mine).shape != np.squeeze(its).shape:
        return False
    # An axis of one entry more or less is a matter of its own, which the check of shapes has seen.
    return _near(trial, part, name, mine.reshape(its.shape), its)


def _near(trial: Trial, part: str, name: str, one: Array, other: Array) -> bool:
    scale = float(np.abs(one[np.isfinite(one)]).max(initial=1.0))
    return compare.is_same(one, other, max(_bound(trial, part, name), 1e-11 * scale))


def _bound(trial: Trial, part: str, name: str) -> float:
    """Return how far two right results may be apart by rounding."""
    if part == "backward":
        return trial.gradient_bound(name[1:], trial.dout)
    return trial.output_bound if name in trial.layer.shapes.outputs else trial.tracked_bounds[name]
