"""The check `dtype`: results have the inputs' dtype."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcheck.checks.check import Check, ordinary
from gradcheck.contract import Case
from gradcheck.evidence.findings import fault
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


def _results(trial: Trial, part: str) -> dict[str, Any]:
    if part == "forward":
        trial.out()
        return {name: value for name, value in trial.first.outputs.items() if value is not None}
    assert trial.grads  # raises SubjectError if backward returned no usable gradients
    return {f"d{name}": trial.returned[name] for name in trial.wanted}


def both_precisions(case: Case) -> Iterator[Case]:
    """Yield the case in double and in single precision."""
    for plain in ordinary(case):
        yield plain
        if plain.dtype == "float64":
            yield plain.but(dtype="float32")


DTYPE = Check(name="dtype", judge=dtype, derive=both_precisions, cases=4)
