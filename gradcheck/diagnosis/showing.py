"""The findings of one part as a report shows them: each on an instructive case, with the place that is seen there."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from gradcheck import checks
from gradcheck.checks.check import Check
from gradcheck.contract import Case, Subject, parse_case
from gradcheck.diagnosis.lessons import numbers, place
from gradcheck.diagnosis.seeing import Sight, failure_of
from gradcheck.diagnosis.shrinking import Budget, Search
from gradcheck.evidence.trial import Trial
from gradcheck.layers.cases import cases_for
from gradcheck.report import Finding
from gradcheck.text import one_line

MOST_STARTS = 12
"""How many drawn cases a search may start from, besides the one that failed and the battery."""


MOST_TRIED = 25
"""On how many cases of each mode it is tried whether a tensor is wrong in one mode only."""

LEAST_PASSED = 2
"""How many cases of the other mode must pass before it is called right."""

MODES = {"train": "training mode", "eval": "evaluation mode"}


LARGEST_START = 150
"""How many numbers such a case has at most: what fails on larger ones only is shown as it was found."""


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
    _started: float = field(default_factory=time.perf_counter)
    _drawn: list[Case] | None = None
    _cases: dict[str | None, list[Case]] = field(default_factory=dict)

    def of(self, finding: Finding) -> Finding:
        """Return the finding on the case that teaches most, with the place that its numbers show."""
        seen = self.look(finding)
        if seen is None:
            return finding
        where = place(seen) or seen.finding.where
        return msgspec.structs.replace(
            seen.finding, case=str(seen.case), where=where, call=self._call(seen), when=self._when(finding)
        )

    def _call(self, seen: Sight) -> str | None:
        """Return the call of forward as the author would write it."""
        spoken = self.subject.interface.spoken
        if spoken is None:
            return None
        return one_line(spoken(seen.case.params, Trial(self.subject, seen.case).tensors))

    def _when(self, finding: Finding) -> str | None:
        """Return that a tensor is wrong in one mode only, and on how many cases; None where it is not, or unknown."""
        check = checks.BY_NAME[finding.check]
        tracked = self.subject.layer.shapes.tracked
        if not self.shrink or check.name not in ("gradient", "output") or finding.tensor in tracked:
            return None
        fails = failure_of(self.subject, self.part, check, finding.tensor)
        counts: dict[str, list[bool]] = {}
        for case in self._others(check):
            mode = case.params.get("mode")
            if mode in MODES and not self._skips(case) and len(counts.setdefault(mode, [])) < MOST_TRIED:
                counts[mode].append(fails(case) is not None)
        if len(counts) != len(MODES) or sum(any(each) for each in counts.values()) != 1:
            return None
        ((mode, tried), (other, passed)) = sorted(counts.items(), key=lambda item: not any(item[1]))
        if len(passed) < LEAST_PASSED:
            return None
        failing = f"in {MODES[mode]} only: {sum(tried)} of {len(tried)} cases fail"
        return f"{failing}, and none of {len(passed)} in {MODES[other]}"

    def _skips(self, case: Case) -> bool:
        return self.subject.interface.skips(self.part, case.params) is not None

    def _others(self, check: Check) -> list[Case]:
        """Return the cases of a verification as the check asks them, without the large ones, the smallest first."""
        if self._drawn is None:
            self._drawn = cases_for(self.subject, MOST_STARTS, self.seed)
        asked = [derived for case in self._drawn for derived in check.derive(case)]
        return sorted((case for case in asked if numbers(case) <= LARGEST_START), key=numbers)

    def look(self, finding: Finding) -> Sight | None:
        """Return what is seen of a finding on that case; None where it is not about an entry of a tensor."""
        check = checks.BY_NAME.get(finding.check)
        if finding.index is None or finding.case is None or check is None:
            return None
        case = parse_case(finding.case, [self.subject.layer])
        fails = failure_of(self.subject, self.part, check, finding.tensor)
        if not self.shrink:
            return fails(case)
        known = (fails(each) for each in self._cases.get(finding.tensor, []) if check.asks(each))
        if (again := next((sight for sight in known if sight is not None), None)) is not None:
            return again  # one case of a tensor is enough to look at
        search = Search(self.subject, fails, check.asks, Budget(started=self._started))
        seen = search.best(self._starts(case, check))
        if seen is not None:
            self._cases.setdefault(finding.tensor, []).append(seen.case)
        return seen

    def _starts(self, case: Case, check: Check) -> Iterator[Case]:
        """Yield the cases to start from: the finding's own, and others."""
        yield case
        alike = [each for each in self._others(check) if each.params.get("mode") == case.params.get("mode")]
        yield from alike
