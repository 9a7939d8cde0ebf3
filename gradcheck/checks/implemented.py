"""The check `implemented`: the function exists and runs."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.contract import Malformed, Missing, Refused, SubjectError
from gradcheck.evidence.findings import fault, note, verdict_of
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding, Verdict


def implemented(trial: Trial, part: str) -> Iterator[Finding]:
    """The function exists and runs.

    A stub (pass, None, NotImplementedError) is missing, not wrong. An exception on a legal case is an error. A forward
    that deliberately refuses a stride with a remainder, or one value per channel, follows a convention: it gets a note.
    """
    if part == "backward":
        _ = trial.first  # an exception of forward is reported for forward only
    try:
        _run(trial, part)
    except Malformed:  # it runs; `shapes` reports what is wrong with the result
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
    """Return the finding for a call that raised: an error, or a note that it refuses what right code may refuse."""
    why = trial.layer.cases.refusable(trial.params)
    if part == "forward" and isinstance(problem, Refused) and why is not None:
        return note(trial, f"refuses {why}: {problem}")
    return fault(trial, str(problem), verdict_of(problem))


IMPLEMENTED = Check(name="implemented", judge=implemented, by_value=True)
