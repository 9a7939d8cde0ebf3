"""Findings: one sentence with the tensor, the place and both numbers; and whether forward is to blame for backward.

A wrong forward must not fail a right backward. Backward is compared with the true gradient, but it uses the cache that
forward left. If forward is wrong on a case, and its cache holds more than the inputs, a wrong gradient proves nothing.
"""

import numpy as np

from gradcheck.calling.results import two_numbers
from gradcheck.contract import Array, SubjectError, TimedOut, Unadapted
from gradcheck.evidence import compare
from gradcheck.evidence.compare import Difference, Evidence
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding, Severity, Verdict
from gradcheck.text import one_line


def fault(trial: Trial, message: str, verdict: Verdict = Verdict.FAIL, tensor: str | None = None) -> Finding:
    """Return a finding that reports a fault."""
    return _finding(trial, message, verdict, Severity.FAULT, tensor)


def verdict_of(problem: SubjectError) -> Verdict:
    """Return the verdict for a call that gave no result."""
    if isinstance(problem, Unadapted):
        return Verdict.INCONCLUSIVE
    return Verdict.TIMEOUT if isinstance(problem, TimedOut) else Verdict.ERROR


def note(trial: Trial, message: str, tensor: str | None = None) -> Finding:
    """Return a finding that reports a convention or something unusual, which is not a fault."""
    return _finding(trial, message, Verdict.PASS, Severity.NOTE, tensor)


def _finding(trial: Trial, message: str, verdict: Verdict, severity: Severity, tensor: str | None) -> Finding:
    line = str(trial.case)
    return Finding(
        check="", severity=severity, verdict=verdict, message=one_line(message), tensor=tensor, case=line
    )


def wrong_entry(trial: Trial, tensor: str, found: Difference, what: str) -> Finding:
    """Return a finding that an entry of a tensor is wrong; `what` says in which respect."""
    tensor, index = trial.layer.shapes.place(tensor, found.index)
    place = f"{tensor}[{', '.join(map(str, index))}]" if index else tensor
    exact = trial.case.exact
    given, expected = two_numbers(found.got, found.expected)
    allowed = "exact arithmetic: no tolerance" if exact else f"bound {found.bound:.1e}"
    return Finding(
        check="",
        severity=Severity.FAULT,
        verdict=Verdict.FAIL,
        message=f"{what}: {place} is {given}; expected {expected} ({allowed})",
        tensor=tensor,
        case=str(trial.case),
        index=index,
        got=found.got,
        expected=found.expected,
        bound=0.0 if exact else found.bound,
        # Of a stack, the place of all wrong entries is that of several outputs.
        where=found.where if index == found.index else None,
    )


def against(trial: Trial, name: str, evidence: Evidence, what: str = "not the gradient") -> Finding:
    """Return the finding for evidence against the gradient of one tensor."""
    if evidence.difference is None:
        return fault(trial, evidence.message, Verdict.INCONCLUSIVE, f"d{name}")
    return wrong_entry(trial, f"d{name}", evidence.difference, what)


FIX_FORWARD = "forward is wrong or missing here, and backward uses its cache; fix forward first"
OVERWRITES = "forward overwrites its arguments here, and perhaps its cache; fix forward first"


def excuse(trial: Trial) -> str | None:
    """Return why forward may be to blame for a wrong result of backward, or None if it cannot be."""
    if trial.subject.interface.fused:  # one function: there is no other to blame
        return None
    try:
        left = trial.first.cached()
        trial.out()
    except SubjectError as problem:
        return f"forward gives no output here: {problem}"
    changes = changes_arguments(trial)
    if not changes and trial.forward_is_right and plain(trial).forward_is_right:
        return None
    # A cache of nothing but inputs is right whatever forward did: then backward answers for its own gradient.
    is_input = [any(_same(array, tensor) for tensor in trial.tensors.values()) for array in left]
    return None if left and all(is_input) else OVERWRITES if changes else FIX_FORWARD


def changes_arguments(trial: Trial) -> bool:
    """Return whether forward overwrites what it was given, and perhaps what it keeps for backward."""
    given = trial.first.arguments
    fixed = trial.tensors.keys() - set(trial.layer.shapes.tracked)
    return any(
        name in given and compare.difference(name, given[name], trial.tensors[name]) is not None
        for name in fixed
    )


def plain(trial: Trial) -> Trial:
    """Return the trial on ordinary numbers, because a wrong forward may be within the bound at large values."""
    return trial if trial.case.fill == "plain" else Trial(trial.subject, trial.case.but(fill="plain"))


def _same(array: Array, tensor: Array) -> bool:
    """Return whether a cached array holds the numbers of an input, in any shape."""
    return array.size == tensor.size and bool(np.array_equal(array.ravel(), tensor.ravel()))
