"""Which mistake, where the numbers are right: the mutant that fails the very checks that the subject fails."""

import time
from collections.abc import Sequence

from gradcheck import checks
from gradcheck.case import parse_case
from gradcheck.contract import Mutant, Pair, Subject, SubjectError
from gradcheck.diagnosis.match import Match, Scene, candidates
from gradcheck.diagnosis.results import alike, of_pair
from gradcheck.dialects.pair import PAIR
from gradcheck.layers import LAYERS
from gradcheck.mutation import StaleMutant, apply
from gradcheck.report import Finding
from gradcheck.trial import Trial

Seen = set[tuple[str, str | None, str]]


def match_behaviour(
    subject: Subject, part: str, wrong: Sequence[Finding], found: Sequence[Scene], deadline: float
) -> Match:
    """Return the mutants with right numbers that fail on the same cases, in the same checks, for the same tensors."""
    if not found or not all(alike(s.trial, part, s.given, s.right) for s in found):
        return Match()
    seen = {(finding.check, finding.tensor, finding.case or "") for finding in wrong}
    explained = []
    for mutant in candidates(subject.layer.name, part):
        if time.perf_counter() > deadline:
            return Match()
        if _behaves(mutant, part, seen, found):
            explained.append((mutant,))
    return Match(tuple(explained))


def _behaves(mutant: Mutant, part: str, seen: Seen, found: Sequence[Scene]) -> bool:
    try:
        pair = apply(mutant)
    except StaleMutant:
        return False
    is_right = all(alike(s.trial, part, of_pair(s.trial, part, pair), s.right) for s in found)
    return is_right and _failures(mutant.layer, pair, part, seen) == {
        (check, tensor) for check, tensor, _ in seen
    }


def _failures(layer: str, pair: Pair, part: str, seen: Seen) -> set[tuple[str, str | None]]:
    """Return which of all checks a pair fails on the cases seen, and for which tensors."""
    (subject,) = PAIR.subjects({f"{layer}_forward": pair.forward, f"{layer}_backward": pair.backward})
    failures: set[tuple[str, str | None]] = set()
    for line in {case for _, _, case in seen}:
        case = parse_case(line, LAYERS)
        for check in checks.CHECKS:
            is_asked = part in check.parts and check.applies(subject, part) is None
            if is_asked and any(str(derived) == line for derived in check.derive(case)):
                failures |= _failing(Trial(subject, case), check.name, part)
    return failures


def _failing(trial: Trial, check: str, part: str) -> set[tuple[str, str | None]]:
    try:
        findings = list(checks.BY_NAME[check].judge(trial, part))
    except SubjectError:
        return set()
    return {(check, finding.tensor) for finding in findings if finding.verdict.is_wrong}
