"""Checking any two Python functions, without a layer's specification."""

from typing import Any

import numpy as np

from gradcheck.contract import Function, SubjectError
from gradcheck.evidence.compare import difference
from gradcheck.functions.blackbox import compare_gradient
from gradcheck.functions.findings import (
    complaint,
    evidence_finding,
    linear,
    message_of,
    repeated,
    report_on,
)
from gradcheck.functions.pair import Functions, upstream
from gradcheck.report import Finding, PartReport, Verdict


class GradientError(AssertionError):
    """A gradient is wrong, or could not be judged. `report` has the findings."""

    def __init__(self, report: PartReport, seed: int) -> None:
        super().__init__(message_of(report, seed))
        self.report = report


def check_gradients(
    forward: Function, backward: Function | None = None, /, *, seed: int = 0, **inputs: Any
) -> PartReport:
    """Check a hand-written backward against the derivative of its forward.

    Parameters
    ----------
    forward : callable
        Called as ``forward(**inputs)``, or with the inputs in order where it has other names for them.
        Returns ``(out, cache)``, or just ``out``.
    backward : callable, optional
        Called as ``backward(dout, cache)``, or, where forward returns no cache, with dout and the inputs in order.
        Returns the gradients of the floating-point arrays among the inputs: in their order, or in a dict by
        name (``"x"`` or ``"dx"``). Left out where forward returns ``(loss, gradients)``.
    seed : int
        Of the upstream gradients and directions.
    **inputs : ndarray or anything
        Where to check. Arrays of a floating dtype are differentiated, everything else is passed on.

    Returns
    -------
    PartReport
        Of a pass: the checks that ran, and the notes.

    Raises
    ------
    GradientError
        If a gradient is wrong or cannot be judged, with the place and both numbers.
    ValueError
        If there is no array of a floating dtype among the inputs.

    Notes
    -----
    The derivative is taken by complex step where forward accepts complex numbers and it agrees with
    extrapolated central differences, and otherwise by these; either has a computed bound of its error, and no
    tolerance is guessed.

    Examples
    --------
    >>> def square_forward(x):
    ...     return x**2, x
    >>> def square_backward(dout, x):
    ...     return 2 * x * dout
    >>> check_gradients(square_forward, square_backward, x=np.array([1.0, -3.0])).verdict.value
    'pass'
    """
    functions = Functions(forward, backward, inputs)
    if not functions.tensors:
        raise ValueError(
            f"check_gradients: none of {sorted(inputs)} is an array of a floating dtype (x.astype(float))"
        )
    findings = _findings(functions, np.random.default_rng(seed))
    report = report_on(functions.name, findings)
    if report.verdict is not Verdict.PASS:
        raise GradientError(report, seed)
    return report


def _findings(functions: Functions, rng: np.random.Generator) -> list[Finding]:
    inputs = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in functions.inputs.items()}
    out, back = functions.run(inputs)
    fused = functions.backward is None
    first, second = (np.ones(out.shape, out.dtype) if fused else upstream(rng, out) for _ in range(2))
    try:
        got = {name: values.copy() for name, values in functions.gradients(back, first.copy()).items()}
        findings = [
            evidence_finding(name, compare_gradient(functions, name, got[name], first, rng)) for name in got
        ]
        if not fused:
            findings += repeated(functions, back, first, got)
            findings += linear(functions, back, first, second, got)
    except SubjectError as problem:
        findings = [complaint("shapes", str(problem))]
    changed = [k for k, v in functions.tensors.items() if difference(k, inputs[k], v) is not None]
    findings += [complaint("unchanged", f"{name} is changed in place", tensor=name) for name in changed]
    return [finding for finding in findings if finding is not None]
