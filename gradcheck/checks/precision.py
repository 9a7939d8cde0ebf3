"""The check `precision`: results on float32 are those on float64, but for rounding."""

import math
from collections.abc import Iterator

import numpy as np

from gradcheck.checks.check import Check, ordinary
from gradcheck.contract import Array, Arrays, Case, Subject, SubjectError
from gradcheck.evidence import compare
from gradcheck.evidence.arithmetic import Linear
from gradcheck.evidence.compare import Difference
from gradcheck.evidence.fill import EXACT_LIMIT
from gradcheck.evidence.findings import wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding

ONLY_SINGLE = "to single precision it is right: is something float32 on the way?"
"""Added where double precision was asked for, and seven digits are right."""

MANY = 1000
"""So many numbers in x are many: the sums of single precision are long there."""

MOST_OF_HALVES = 300
"""The most numbers of a case in half precision."""

LARGE_IN_HALVES = 100.0
"""Results of half precision that are larger may have passed its largest number on the way."""

LEAST_EPS_OF_HALVES = 1e-3
"""A smaller eps is nothing beside a variance of half precision, or is rounded to few digits itself."""


def precision(trial: Trial, part: str) -> Iterator[Finding]:
    """Results in single precision are as accurate as float32 allows.

    The same numbers are given as float32 and as float64, and results may differ by rounding only. Networks are trained
    in float32: code that looks at the dtype, sums in float16, or uses a constant that float32 cannot hold, is wrong
    there only. Which dtype comes back is left to the check `dtype`. The same is asked of float16 on some small cases.
    """
    right = _on_doubles(trial, part)
    if not all(np.isfinite(values).all() for values in right.values()):
        return
    try:
        got = _on_its_own(trial, part)
    except SubjectError:
        return  # it does not take float32, which is left to the check `dtype`
    if trial.case.dtype == "float16" and not (_fits_half(trial, right) and _is_finite(got)):
        return
    bounds = _bounds(trial, part, right)
    for name, values in got.items():
        found = compare.difference(name, values, right[name], bounds[name])
        if found is not None and name == "out" and part == "backward":
            return  # forward is to blame, and so its cache is no evidence against backward
        if found is not None and (name == "out") == (part == "forward"):
            tensor = "out" if name == "out" else f"d{name}"
            yield wrong_entry(
                trial, tensor, found, f"in {trial.case.dtype} the result is not that of float64, rounded"
            )


def _widened(values: Array) -> Array:
    return values.astype(np.float64) if values.dtype.kind == "f" else values.copy()


def _on_doubles(trial: Trial, part: str) -> Arrays:
    """Return copies of the results on the same numbers in double precision: the output, and for backward gradients."""
    call = trial.call(**{name: _widened(values) for name, values in trial.tensors.items()})
    found = _doubled({"out": trial.out(call)})
    return found if part == "forward" else found | _doubled(trial.gradients(call, _widened(trial.dout)))


def _on_its_own(trial: Trial, part: str) -> Arrays:
    """Return copies of the same results on the trial's own numbers, in double precision."""
    found = _doubled({"out": trial.out()})
    return found if part == "forward" else found | _doubled(trial.grads)


def _doubled(found: Arrays) -> Arrays:
    return {name: values.astype(np.float64) for name, values in found.items()}


def _is_finite(got: Arrays) -> bool:
    """Return whether nothing has passed the largest float16 on the way: a step by a large learning rate does."""
    return all(np.isfinite(values).all() for values in got.values())


def _fits_half(trial: Trial, right: Arrays) -> bool:
    """Return whether float16 holds every sum exactly, in whichever order it is added; smooth results it rounds."""
    arithmetic = trial.layer.arithmetic
    if not arithmetic.exact:
        return max(float(np.abs(values).max(initial=0.0)) for values in right.values()) < LARGE_IN_HALVES
    # The sizes of a linear layer are those of whole sums; a winner's gradient may sum as many terms.
    is_linear = isinstance(arithmetic, Linear)
    sizes, terms = (_sizes(trial, right), 1) if is_linear else (right, arithmetic.terms(trial.params))
    largest = max(float(np.abs(values).max(initial=0.0)) for values in sizes.values())
    return largest * terms <= EXACT_LIMIT["float16"]


def _bounds(trial: Trial, part: str, right: Arrays) -> dict[str, float]:
    """Return how far each result may be off: by the rounding of its sums, and by that of a Fourier transform."""
    if trial.case.dtype == "float16" and trial.layer.arithmetic.exact:
        sizes, bounds = right, dict.fromkeys(right, 0.0)
    elif isinstance(trial.layer.arithmetic, Linear):
        sizes = _sizes(trial, right)
        eps, terms = float(np.finfo(trial.case.dtype).eps), trial.layer.arithmetic.terms(trial.params)
        bounds = {name: 4 * eps * terms * float(size.max(initial=0.0)) for name, size in sizes.items()}
    else:
        sizes, bounds = right, {name: _bound(trial, name) for name in right}
    # A transform rounds in log2(n) steps, each time relative to the length of the whole result.
    step = 4 * float(np.finfo(trial.case.dtype).eps) * math.log2(2 + trial.case.size)
    return {name: bounds[name] + step * float(np.linalg.norm(sizes[name])) for name in right}


def _bound(trial: Trial, name: str) -> float:
    return trial.output_bound if name == "out" else trial.gradient_bound(name, trial.dout)


def _sizes(trial: Trial, right: Arrays) -> Arrays:
    """Return the sums of the absolute values of the products that each result of a linear layer sums."""
    absolute = {name: np.abs(values) for name, values in trial.tensors.items() if values.dtype.kind == "f"}
    reference = trial.reference_for(None, **absolute)
    found = {"out": np.abs(reference.here[0])}
    if len(right) > 1:
        found |= {
            name: np.abs(values)
            for name, values in reference.gradients(np.abs(trial.dout)).items()
            if name in right
        }
    return found


def with_digits(trial: Trial, found: Difference | None, what: str) -> str:
    """Return what is wrong; where double precision was asked, and the result is a float32 near it, it says so."""
    if found is None or trial.case.dtype != "float64" or not math.isfinite(found.got):
        return what
    if abs(found.got) > float(np.finfo(np.float32).max) or float(np.float32(found.got)) != found.got:
        return what
    allowed = 4 * float(np.finfo(np.float32).eps) * abs(found.expected)
    return f"{what}, but {ONLY_SINGLE}" if abs(found.got - found.expected) <= allowed else what


def derive(case: Case) -> Iterator[Case]:
    """Yield the case in single precision, with thirds where integers would be exact; some in half precision, too.

    Of every three cases one, and all that are large.
    """
    is_exact = case.layer.arithmetic.exact
    if case.dtype == "float16" and _has_half(case):
        yield case
    if case.dtype == "float32" and (case.fill == "thirds" or not is_exact) and case.flaw is None:
        yield case
    for each in ordinary(case):
        turn = sum(each.geometry.encode()) + each.seed
        if each.dtype == "float64" and (turn % 3 == 0 or math.prod(each.main) > MANY):
            yield each.but(dtype="float32", fill="thirds" if is_exact else each.fill)
            if (
                not is_exact and "eps" in each.params and turn % 2
            ):  # a norm: the mean may be large against the spread
                yield each.but(dtype="float32", fill="large")
            if turn % 2 == 0 and _has_half(each.but(fill="plain")):
                yield each.but(dtype="float16", fill="plain")


def _has_half(case: Case) -> bool:
    """Return whether a case has few numbers, and its results are integers or of a usual size."""
    if case.size > MOST_OF_HALVES:
        return False
    if case.layer.arithmetic.exact:
        return case.exact and case.layer.arithmetic.unit(case.params) == 1
    return case.fill == "plain" and case.params.get("eps", 1.0) >= LEAST_EPS_OF_HALVES


def _applies(subject: Subject, part: str) -> str | None:
    if subject.interface.single:
        return "every check runs in single precision here"
    return "each call draws its own mask" if subject.interface.draws_mask else None


PRECISION = Check(name="precision", judge=precision, by_value=True, derive=derive, cases=10, applies=_applies)
