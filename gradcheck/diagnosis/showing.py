"""The findings of one part as a report shows them: each on an instructive case, with the place that is seen there."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from gradcheck import checks
from gradcheck.checks.check import Check
from gradcheck.contract import Case, Subject, parse_case
from gradcheck.diagnosis.lessons import numbers, place
from gradcheck.diagnosis.seeing import failure_of
from gradcheck.diagnosis.shrinking import Search
from gradcheck.layers.cases import cases_for
from gradcheck.report import Finding

MOST_STARTS = 12
"""How many drawn cases a search may start from, besides the one that failed and the battery."""


@dataclass
class Showing:
    """What is shown of the failures of one part.

    Attributes
    ----------
    subject : Subject
        What was judged.
    part : str
        Of it.
    seed : int
        Of the verification.
    shrink : bool
        Whether another case than the one that failed may be shown.
    """

    subject: Subject
    part: str
    seed: int
    shrink: bool = True
    _cases: dict[str | None, list[Case]] = field(default_factory=dict)

    def of(self, finding: Finding) -> Finding:
        """Return the finding on the case that teaches most, with the place that its numbers show."""
        check = checks.BY_NAME.get(finding.check)
        if finding.index is None or finding.case is None or check is None:
            return finding
        case = parse_case(finding.case, [self.subject.layer])
        fails = failure_of(self.subject, self.part, check, finding.tensor)
        if not self.shrink:
            seen = fails(case)
        else:
            seen = Search(self.subject, fails, check.asks).best(self._starts(case, check, finding.tensor))
        if seen is None:
            return finding
        self._cases.setdefault(finding.tensor, []).append(seen.case)
        where = place(seen) or seen.finding.where
        return msgspec.structs.replace(seen.finding, case=str(seen.case), where=where)

    def _starts(self, case: Case, check: Check, tensor: str | None) -> Iterator[Case]:
        """Yield the cases to start from: those that other findings about the tensor show, this one's, and others."""
        yield from self._cases.get(tensor, [])
        yield case
        others = [
            derived
            for other in cases_for(self.subject, MOST_STARTS, self.seed)
            for derived in check.derive(other)
        ]
        alike = [each for each in others if each.params.get("mode") == case.params.get("mode")]
        yield from sorted(alike, key=numbers)
