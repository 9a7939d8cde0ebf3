"""Checking any two Python functions, without a layer's specification."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck import calling
from gradcheck.blackbox import Evidence, compare_gradient
from gradcheck.compare import difference
from gradcheck.contract import Array, Arrays, Function, SubjectError
from gradcheck.report import CheckReport, Finding, PartReport, Severity, Verdict, worst
from gradcheck.text import one_line
from gradcheck.trial import array_of

CHECKED = ("shapes", "gradient", "linear", "repeatable", "unchanged")

Back = Callable[[Array], Any]


class GradientError(AssertionError):
    """A gradient is wrong, or could not be judged. `report` has the findings."""

    def __init__(self, report: PartReport, seed: int) -> None:
        super().__init__(_told(report, seed))
        self.report = report


@dataclass(frozen=True)
class Functions:
    """A forward and a backward as somebody wrote them, and the inputs to check them at."""

    forward: Function
    backward: Function | None
    inputs: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What the function to blame is called."""
        function = self.forward if self.backward is None else self.backward
        return one_line(getattr(function, "__name__", type(function).__name__), 60)

    @property
    def tensors(self) -> Arrays:
        """The inputs that there are gradients for: arrays of a floating dtype."""
        return {k: v for k, v in self.inputs.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f"}

    @cached_property
    def _by_name(self) -> bool:
        """Whether forward takes the inputs by their names; otherwise it gets them in order."""
        try:
            inspect.signature(self.forward).bind(**self.inputs)
        except (TypeError, ValueError):
            return False
        return True

    def call(self, **changed: Array) -> tuple[Array, Back]:
        """Return the output, and the backward that belongs to it."""
        copies = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in self.inputs.items()}
        return self.run({**copies, **changed})

    def run(self, inputs: Mapping[str, Any]) -> tuple[Array, Back]:
        """Call forward on these very inputs, in whichever of the three ways it returns its results."""
        returned = self.forward(**inputs) if self._by_name else self.forward(*inputs.values())
        is_pair = isinstance(returned, tuple) and len(returned) == 2
        if self.backward is None:
            if not is_pair:
                raise TypeError("without a backward, forward must return (loss, gradients)")
            return np.asarray(returned[0]), lambda dout: returned[1]
        backward = self.backward
        if is_pair:
            return np.asarray(returned[0]), lambda dout: backward(dout, returned[1])
        return np.asarray(returned), lambda dout: backward(dout, *inputs.values())

    def double(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of one tensor, all tensors in double precision."""
        wide = {key: values.astype(np.float64) for key, values in self.tensors.items()}

        def f(values: Array) -> Array:
            others = {k: v.astype(values.dtype) for k, v in wide.items()} if np.iscomplexobj(values) else wide
            return self.call(**{**{k: v.copy() for k, v in others.items()}, name: values.copy()})[0]

        return f

    def gradients(self, back: Back, dout: Array) -> Arrays:
        """Return the gradients by name, as arrays of the right shapes. Raises SubjectError."""
        returned, tensors = back(dout), self.tensors
        if isinstance(returned, Mapping):
            found = {name: returned.get(name, returned.get(f"d{name}")) for name in tensors}
        else:
            found = calling.gradients(self.name, returned, tuple(tensors))
        return {name: array_of(f"d{name}", found[name], tensors[name].shape) for name in tensors}


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
    report = _report(functions, findings)
    if report.verdict is not Verdict.PASS:
        raise GradientError(report, seed)
    return report


def _findings(functions: Functions, rng: np.random.Generator) -> list[Finding]:
    inputs = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in functions.inputs.items()}
    out, back = functions.run(inputs)
    fused = functions.backward is None
    first, second = (np.ones(out.shape, out.dtype) if fused else _upstream(rng, out) for _ in range(2))
    try:
        got = {name: values.copy() for name, values in functions.gradients(back, first.copy()).items()}
        findings = [
            told_evidence(name, compare_gradient(functions, name, got[name], first, rng)) for name in got
        ]
        if not fused:
            findings += _repeated(functions, back, first, got)
            findings += _linear(functions, back, first, second, got)
    except SubjectError as problem:
        findings = [complaint("shapes", str(problem))]
    changed = [k for k, v in functions.tensors.items() if difference(k, inputs[k], v) is not None]
    findings += [complaint("unchanged", f"{name} is changed in place", tensor=name) for name in changed]
    return [finding for finding in findings if finding is not None]


def _upstream(rng: np.random.Generator, out: Array) -> Array:
    """Return a random upstream gradient: never constant, nowhere near zero."""
    sign = rng.choice((-1.0, 1.0), size=out.shape)
    return np.asarray(
        rng.uniform(0.5, 2.0, size=out.shape) * sign, dtype=out.dtype if out.dtype.kind == "f" else float
    )


def _repeated(functions: Functions, back: Back, dout: Array, got: Arrays) -> list[Finding | None]:
    again = functions.gradients(back, dout.copy())
    wrong = [name for name in got if difference(name, again[name], got[name]) is not None]
    return [
        complaint("repeatable", f"a second backward returns another d{name}", tensor=f"d{name}")
        for name in wrong
    ]


def _linear(
    functions: Functions, back: Back, first: Array, second: Array, got: Arrays
) -> list[Finding | None]:
    """Check backward(2a + 3b) against 2 backward(a) + 3 backward(b), up to a generous share of rounding."""
    b = {name: values.copy() for name, values in functions.gradients(back, second.copy()).items()}
    both = functions.gradients(back, 2 * first + 3 * second)
    findings: list[Finding | None] = []
    for name, a in got.items():
        expected = 2 * a + 3 * b[name]
        scale = float(np.abs(a).max(initial=0.0) + np.abs(b[name]).max(initial=0.0))
        found = difference(name, both[name], expected, 2.0**14 * float(np.finfo(a.dtype).eps) * scale)
        if found is not None:
            what = f"d{name} is not linear in dout: backward(2a + 3b) is not 2 backward(a) + 3 backward(b)"
            findings.append(complaint("linear", what, tensor=f"d{name}"))
    return findings


def told_evidence(name: str, evidence: Evidence | None) -> Finding | None:
    """Return the finding on a gradient that evidence speaks against, if any does."""
    if evidence is None:
        return None
    found = evidence.difference
    if found is None:
        return complaint("gradient", evidence.message, Verdict.INCONCLUSIVE, f"d{name}")
    return Finding(
        check="gradient",
        severity=Severity.FAULT,
        verdict=Verdict.FAIL,
        message=evidence.message,
        tensor=f"d{name}",
        index=found.index,
        got=found.got,
        expected=found.expected,
        bound=found.bound,
        where=found.where,
    )


def complaint(
    check: str, message: str, verdict: Verdict = Verdict.FAIL, tensor: str | None = None
) -> Finding:
    """Return a finding that something is wrong."""
    told = one_line(message)
    return Finding(check=check, severity=Severity.FAULT, verdict=verdict, message=told, tensor=tensor)


def _report(functions: Functions, findings: list[Finding]) -> PartReport:
    by_check = {name: [f.verdict for f in findings if f.check == name] or [Verdict.PASS] for name in CHECKED}
    checks = tuple(CheckReport(check=name, verdict=worst(found), cases=1) for name, found in by_check.items())
    return PartReport(
        layer="function",
        part="backward",
        function=functions.name,
        verdict=worst(check.verdict for check in checks),
        cases=1,
        miss_bound=None,
        seconds=0.0,
        findings=tuple(findings),
        checks=checks,
    )


def _told(report: PartReport, seed: int) -> str:
    """Return the failure as a person reads it."""
    lines = [f"{report.function}    {report.verdict.upper()}"]
    for finding in report.findings:
        lines.append(f"  {finding.message}")
        if finding.where is not None:
            lines.append(f"  wrong at  {finding.where}")
    return "\n".join([*lines, f"  again     the same call with seed={seed}"])
