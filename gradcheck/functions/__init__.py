"""Check any pair of Python functions, without the specification of a layer."""

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
from gradcheck.functions.pair import (
    Functions,
    Inputs,
    clashes,
    collect,
    given_upstream,
    refuse_clashes,
    upstream,
)
from gradcheck.report import Finding, PartReport, Verdict


class _Default(int):
    """A default that can be distinguished from an equal number that a caller passes."""


# Identity shows whether the caller passed `seed`: only then may it clash with an argument of forward.
SEED = _Default(0)


class GradientError(AssertionError):
    """A gradient is wrong, or could not be judged. `report` holds the findings."""

    def __init__(self, report: PartReport, again: str) -> None:
        super().__init__(message_of(report, again))
        self.report = report


def check_gradients(
    forward: Function,
    backward: Function | None = None,
    /,
    *,
    seed: int = SEED,
    inputs: Inputs | None = None,
    dout: Any = None,
    **named: Any,
) -> PartReport:
    """Check a hand-written backward against the derivative of its forward.

    Parameters
    ----------
    forward : callable
        Called as ``forward(**named)``, or with the inputs by position if its parameters have other names.
        Returns ``(out, cache)`` or only ``out``.
    backward : callable, optional
        Called as ``backward(dout, cache)``, or as ``backward(dout, *inputs)`` if forward returns no cache.
        Returns the gradients of those inputs that are floating-point arrays: in their order, or in a dict by
        name (``"x"`` or ``"dx"``). Omitted if forward returns ``(loss, gradients)``.
    seed : int
        Seed of the upstream gradients and directions.
    inputs : mapping or sequence, optional
        More inputs. A mapping gives them by name, which may be the name of an option such as ``seed``; they take the
        order of forward's parameters. A list or tuple gives them by position; their names come from forward's
        signature, or else are ``arg0``, ``arg1``.
    dout : array_like, optional
        The upstream gradient, of out's shape; random by default. The check that backward is linear needs a second
        one, which is always random.
    **named : ndarray or any object
        The inputs. Arrays of a floating dtype are differentiated; everything else is passed on. They take the order of
        forward's parameters, not that of the call.

    Returns
    -------
    PartReport
        The report of a pass: the checks that ran, and the notes.

    Raises
    ------
    GradientError
        If a gradient is wrong or cannot be judged; the message has the place and both numbers.
    TypeError
        If an input is given twice, or if ``seed``, ``inputs`` or ``dout`` may be meant for forward because it has an
        argument of that name: pass forward's as ``inputs={"seed": ...}``.
    ValueError
        If no input is an array of a floating dtype, or if `dout` does not fit forward's output.

    Notes
    -----
    The derivative is a complex step if forward accepts complex numbers and the result agrees with extrapolated central
    differences; otherwise it is the latter. Both have a computed error bound; no tolerance is guessed.

    Examples
    --------
    >>> def square_forward(x):
    ...     return x**2, x
    >>> def square_backward(dout, x):
    ...     return 2 * x * dout
    >>> x = np.array([1.0, -3.0])
    >>> check_gradients(square_forward, square_backward, x=x).verdict.value
    'pass'

    With positional inputs and an upstream gradient:

    >>> check_gradients(square_forward, square_backward, inputs=[x], dout=[1.0, 0.5]).verdict.value
    'pass'

    An argument of forward with the name of an option:

    >>> def drop_forward(x, seed):
    ...     mask = np.random.default_rng(seed).random(x.shape) < 0.5
    ...     return x * mask, mask
    >>> def drop_backward(dout, mask):
    ...     return dout * mask
    >>> check_gradients(drop_forward, drop_backward, inputs={"x": x, "seed": 3}).verdict.value
    'pass'
    """
    given, positional = collect(forward, inputs, named)
    is_given = {"seed": seed is not SEED, "inputs": inputs is not None, "dout": dout is not None}
    refuse_clashes(forward, [name for name, is_there in is_given.items() if is_there], given)
    if dout is not None and backward is None:
        raise ValueError(
            "check_gradients: dout is given without a backward: the upstream gradient of a loss that forward returns "
            "with its gradients is 1; leave dout out, or pass a backward"
        )
    functions = Functions(forward, backward, given, positional)
    if not functions.tensors:
        raise ValueError(
            f"check_gradients: none of {sorted(given)} is an array of a floating dtype (x.astype(float))"
        )
    report = report_on(functions.name, _findings(functions, np.random.default_rng(seed), dout))
    if report.verdict is not Verdict.PASS:
        is_option = not clashes(forward, ["seed"], given)
        raise GradientError(report, f"the same call with seed={seed}" if is_option else "the same call")
    return report


def _findings(functions: Functions, rng: np.random.Generator, dout: Any) -> list[Finding]:
    inputs = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in functions.inputs.items()}
    out, back = functions.run(inputs)
    fused = functions.backward is None
    # A fused interface returns its gradients for dout = 1, and accepts no other.
    first, second = (np.ones(out.shape, out.dtype) if fused else upstream(rng, out) for _ in range(2))
    if dout is not None:
        first = given_upstream(dout, out)
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
