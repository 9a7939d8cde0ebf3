"""What a check of kernels is."""

from collections.abc import Callable
from dataclasses import dataclass

from gradcheck.kernels.report import Outcome
from gradcheck.kernels.trial import Trial
from gradcheck.report import Finding, Verdict, worst


@dataclass(frozen=True, kw_only=True)
class KernelCheck:
    """One property that a kernel must have.

    Attributes
    ----------
    name : str
        What the report and ``--check`` call it.
    judge : callable
        Trial -> Outcome. Its docstring is what a person reads. Raises SubjectError.
    on_request : bool
        Whether it only runs where it is named.
    """

    name: str
    judge: Callable[[Trial], Outcome]
    on_request: bool = False

    @property
    def title(self) -> str:
        """The first line of the docstring."""
        return (self.judge.__doc__ or "").strip().splitlines()[0]


def outcome(check: str, findings: list[Finding]) -> Outcome:
    """Return a pass, or the worst that was found."""
    verdict = worst(finding.verdict for finding in findings) if findings else Verdict.PASS
    return Outcome(check=check, verdict=verdict, findings=tuple(findings))


def skipped(check: str, reason: str) -> Outcome:
    """Return that a check means nothing here, and why."""
    return Outcome(check=check, verdict=Verdict.SKIP, reason=reason)
