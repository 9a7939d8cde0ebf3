"""Findings: what a check saw in one sentence with role, place and both numbers, and which function is to blame.

A wrong forward must not fail a right backward. Backward is judged against the true gradient, but it works on what
forward left for it. Where forward is wrong on a case, and left more than the inputs themselves, a wrong gradient
proves nothing.
"""

import numpy as np

from gradcheck.calling.results import number
from gradcheck.contract import Array, SubjectError, TimedOut
from gradcheck.evidence.compare import Difference, Evidence
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding, Severity, Verdict
from gradcheck.text import one_line


def fault(trial: Trial, message: str, verdict: Verdict = Verdict.FAIL, tensor: str | None = None) -> Finding:
    """Return a finding that something is wrong."""
    return _finding(trial, message, verdict, Severity.FAULT, tensor)


def verdict_of(problem: SubjectError) -> Verdict:
    """Return what it means that a call gave nothing."""
    return Verdict.TIMEOUT if isinstance(problem, TimedOut) else Verdict.ERROR


def note(trial: Trial, message: str, tensor: str | None = None) -> Finding:
    """Return a finding that says which convention is followed, or what is unusual; not a fault."""
    return _finding(trial, message, Verdict.PASS, Severity.NOTE, tensor)


def _finding(trial: Trial, message: str, verdict: Verdict, severity: Severity, tensor: str | None) -> Finding:
    line = str(trial.case)
    return Finding(
        check="", severity=severity, verdict=verdict, message=one_line(message), tensor=tensor, case=line
    )


def wrong_entry(trial: Trial, tensor: str, found: Difference, what: str) -> Finding:
    """Return a finding that an entry of a tensor is not what it should be. `what` names the expectation."""
    place = f"{tensor}[{', '.join(map(str, found.index))}]" if found.index else tensor
    exact = trial.layer.arithmetic.exact
    allowed = "exact arithmetic: no tolerance" if exact else f"bound {found.bound:.1e}"
    return Finding(
        check="",
        severity=Severity.FAULT,
        verdict=Verdict.FAIL,
        message=f"{what}: {place} is {number(found.got)}; expected {number(found.expected)} ({allowed})",
        tensor=tensor,
        case=str(trial.case),
        index=found.index,
        got=found.got,
        expected=found.expected,
        bound=0.0 if exact else found.bound,
        where=found.where,
    )


def against(trial: Trial, name: str, evidence: Evidence, what: str = "not the gradient") -> Finding:
    """Return the finding that evidence against the gradient of one tensor gives."""
    if evidence.difference is None:
        return fault(trial, evidence.message, Verdict.INCONCLUSIVE, f"d{name}")
    return wrong_entry(trial, f"d{name}", evidence.difference, what)


MEND = "forward is wrong or missing here, and backward works on what it left; mend forward first"


def excuse(trial: Trial) -> str | None:
    """Return why a wrong result of backward may be forward's doing, or None where it cannot be."""
    if trial.subject.interface.fused:
        return None
    try:
        left = trial.first.cached()
        trial.out()
    except SubjectError as problem:
        return f"forward gives no output here: {problem}"
    if trial.forward_is_right and _plain(trial).forward_is_right:
        return None
    is_input = [any(_same(array, tensor) for tensor in trial.tensors.values()) for array in left]
    return None if left and all(is_input) else MEND


def _plain(trial: Trial) -> Trial:
    """Return the trial on ordinary numbers: at large values a wrong forward may be right within its bound."""
    return trial if trial.case.fill == "plain" else Trial(trial.subject, trial.case.but(fill="plain"))


def _same(array: Array, tensor: Array) -> bool:
    """Tell whether a cached array holds the numbers of an input, in whatever shape."""
    return array.size == tensor.size and bool(np.array_equal(array.ravel(), tensor.ravel()))
