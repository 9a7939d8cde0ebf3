"""What a reader sees of a failure: the wrong array of a case beside the right one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import numpy as np

from gradcheck.calling.results import squeezed
from gradcheck.checks.check import Check
from gradcheck.contract import Array, Arrays, Case, Subject, SubjectError
from gradcheck.diagnosis.results import of_subject, truth
from gradcheck.evidence import compare
from gradcheck.evidence.findings import excuse
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding, Verdict


@dataclass(frozen=True)
class Sight:
    """A failure on one case.

    `got` and `right` are the whole tensor as the subject gives it and as it should be. Both are None where the
    finding's numbers are not among them: a check may compare under another upstream gradient, or other inputs.
    `inputs` and `dout` are what the function was given. `known` has what follows from all this, computed once.
    """

    case: Case
    finding: Finding
    got: Array | None = None
    right: Array | None = None
    inputs: Arrays = field(default_factory=dict)
    dout: Array | None = None
    known: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def wrong(self) -> Array | None:
        """Which entries are wrong, or None where the arrays are unknown."""
        if self.got is None or self.right is None:
            return None
        return compare.wrong_entries(self.got, self.right, allowed(self.finding))


Fails = Callable[[Case], Sight | None]


def allowed(finding: Finding) -> float:
    """Return the error that is allowed in the tensor of a finding."""
    return finding.bound or 1e-9


def failure_of(subject: Subject, part: str, check: Check, tensor: str | None) -> Fails:
    """Return a function that gives the check's failure about a tensor on a case, or None.

    A failure of backward counts only where forward is not to blame for it.
    """

    def fails(case: Case) -> Sight | None:
        trial = Trial(subject, case)
        try:
            found = list(check.judge(trial, part))
        except SubjectError:
            return None
        wrong = [f for f in found if f.tensor == tensor and f.verdict is Verdict.FAIL and f.index is not None]
        if not wrong or (part == "backward" and check.excusable and excuse(trial) is not None):
            return None
        return sight(trial, part, msgspec.structs.replace(wrong[0], check=check.name))

    return fails


def sight(trial: Trial, part: str, finding: Finding) -> Sight:
    """Return what is seen of a finding on its trial."""
    bare = Sight(trial.case, finding)
    try:
        inputs, dout = trial.reference.tensors, trial.dout if part == "backward" else None
        got, right = _given(trial, part, finding.tensor), truth(trial, part).arrays.get(finding.tensor or "")
    except SubjectError:
        return bare
    if got is None or right is None or squeezed(got.shape) != squeezed(right.shape):
        return bare
    seen = replace(
        bare,
        got=np.asarray(got, np.float64).reshape(right.shape),
        right=np.asarray(right, np.float64),
        inputs=inputs,
        dout=dout,
    )
    return seen if _shows(seen) else bare


def _given(trial: Trial, part: str, tensor: str | None) -> Array | None:
    """Return the tensor as the checks compare it."""
    if part == "backward":
        return trial.grads.get((tensor or "").removeprefix("d"))
    return of_subject(trial, part).arrays.get(tensor or "")


def _shows(seen: Sight) -> bool:
    """Return whether the arrays contain both numbers of the finding."""
    finding, got, right = seen.finding, seen.got, seen.right
    if got is None or right is None or finding.index is None or len(finding.index) != got.ndim:
        return False
    if any(at >= extent for at, extent in zip(finding.index, got.shape, strict=True)):
        return False
    given, expected = finding.got, finding.expected
    pairs = ((got[finding.index], given), (right[finding.index], expected))
    return all(
        np.isclose(seen, np.nan if said is None else said, 1e-6, allowed(finding), equal_nan=True)
        for seen, said in pairs
    )
