"""What one check has seen so far on one part."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gradcheck.checks.check import Check
from gradcheck.report import CheckReport, Finding, Severity, Verdict, worst

ENOUGH = 3
"""After failing on so many cases a check is not run again: the smallest of them is reported."""


@dataclass
class Tally:
    """What one check has seen so far on one part. The only state of a verification."""

    check: Check
    reason: str | None
    lenient: bool = False
    seen: set[str] = field(default_factory=set)
    failures: int = 0
    blocked: str | None = None
    findings: dict[tuple[str | None, Verdict], tuple[int, Finding]] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether the check wants more cases."""
        enough = self.check.cases is not None and len(self.seen) >= self.check.cases
        return self.reason is None and not enough and self.failures < ENOUGH

    def add(self, size: int, findings: Iterable[Finding]) -> None:
        """Keep of each tensor and verdict the finding on the smallest case."""
        faulty = False
        for finding in findings:
            faulty |= finding.severity is Severity.FAULT
            key = (finding.tensor, finding.verdict)
            if key not in self.findings or size < self.findings[key][0]:
                self.findings[key] = size, finding
        self.failures += faulty

    def report(self, is_missing: bool) -> CheckReport:
        """Return how the check fared; on a part that is not implemented, the others are skipped."""
        name, ran = self.check.name, len(self.seen)
        faults = [f.verdict for _, f in self.findings.values() if f.severity is Severity.FAULT]
        if faults:
            return CheckReport(check=name, verdict=worst(faults), cases=ran)
        if ran:
            return CheckReport(check=name, verdict=Verdict.PASS, cases=ran)
        if self.blocked is not None and not is_missing and not self.lenient:
            why = f"did not run: {self.blocked}"
            return CheckReport(check=name, verdict=Verdict.INCONCLUSIVE, cases=0, reason=why)
        why = self.reason or ("not implemented" if is_missing else self.blocked or "no case for it")
        return CheckReport(check=name, verdict=Verdict.SKIP, cases=0, reason=why)
