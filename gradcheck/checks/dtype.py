"""The check `dtype`: results have the inputs' dtype."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradcheck.checks.check import Check, ordinary
from gradcheck.contract import Array, Case
from gradcheck.evidence import compare
from gradcheck.evidence.findings import fault, wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def dtype(trial: Trial, part: str) -> Iterator[Finding]:
    """Results have the dtype of the inputs.

    np.zeros(shape) is float64 for every x: write np.zeros(shape, dtype=x.dtype), or np.zeros_like(x).
    """
    wanted = np.dtype(trial.case.dtype)
    for name, value in _results(trial, part).items():
        came = getattr(value, "dtype", np.dtype(type(value)))
        if came != wanted:
            yield fault(trial, f"{name} has dtype {came}; the inputs have {wanted}", tensor=name)
    if (
        trial.case.dtype == "float32"
        and (part == "forward" or trial.forward_is_right)
        and not trial.subject.interface.draws_mask
    ):
        yield from _once(trial, part)


def _results(trial: Trial, part: str) -> dict[str, Any]:
    if part == "forward":
        trial.out()
        return {name: value for name, value in trial.first.outputs.items() if value is not None}
    assert trial.grads  # raises SubjectError if backward returned no usable gradients
    return {f"d{name}": trial.returned[name] for name in trial.wanted}


def _once(trial: Trial, part: str) -> Iterator[Finding]:
    """Judge the numbers, too, of which no other check asks: whether an equal call gives other, and right ones."""
    got, ours = {"out": trial.out()}, {"out": trial.reference.here[0]}
    bounds = {"out": trial.output_bound}
    if part == "backward":
        got, ours = trial.grads, trial.reference.gradients(trial.dout)
        bounds = {name: trial.gradient_bound(name, trial.dout) for name in trial.wanted}

    def again(name: str) -> Array:
        call = trial.call()
        return trial.out(call) if part == "forward" else trial.gradients(call, trial.dout.copy())[name]

    for name, values in got.items():
        found = compare.once(name, values, ours[name], bounds[name], partial(again, name))
        if found is not None:
            tensor = name if part == "forward" else f"d{name}"
            yield wrong_entry(trial, tensor, found, "wrong once: an equal call gives the right one")


def both_precisions(case: Case) -> Iterator[Case]:
    """Yield the case in double and in single precision."""
    for plain in ordinary(case):
        yield plain
        if plain.dtype == "float64":
            yield plain.but(dtype="float32")


DTYPE = Check(name="dtype", judge=dtype, derive=both_precisions, cases=4)
