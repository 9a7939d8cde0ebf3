"""Making findings: what a check saw, told in one sentence with role, place and both numbers."""

from gradcheck.calling.results import number
from gradcheck.contract import SubjectError, TimedOut
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
