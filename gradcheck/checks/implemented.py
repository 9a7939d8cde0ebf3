"""The function is there and runs."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.contract import Malformed, Missing, Refused, SubjectError
from gradcheck.evidence.findings import fault, note, verdict_of
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding, Verdict


def implemented(trial: Trial, part: str) -> Iterator[Finding]:
    """The function is there and runs.

    A stub (pass, None, NotImplementedError) is missing, not wrong. An exception on a legal case is an error. Raising
    on purpose because the stride leaves a remainder is a convention, and a note.
    """
    if part == "backward":
        _ = trial.first  # what forward raises is forward's finding
    try:
        _run(trial, part)
    except Malformed:
        return
    except Missing as problem:
        yield fault(trial, str(problem), Verdict.MISSING)
    except SubjectError as problem:
        yield raised(trial, part, problem)


def _run(trial: Trial, part: str) -> None:
    if part == "backward":
        _ = trial.returned
    elif trial.first.missing is not None:
        raise Missing(trial.first.missing)


def raised(trial: Trial, part: str, problem: SubjectError) -> Finding:
    """Return the finding that a call raised: an error, or a note that forward refuses a remainder."""
    if part == "forward" and isinstance(problem, Refused) and trial.layer.cases.remainder(trial.params):
        return note(trial, f"refuses a stride that leaves a remainder: {problem}")
    return fault(trial, str(problem), verdict_of(problem))


IMPLEMENTED = Check(name="implemented", judge=implemented)
