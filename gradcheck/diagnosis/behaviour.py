"""Which mistake, where the numbers are right: the mutant that fails the very checks that the subject fails."""

from collections.abc import Iterable, Sequence

from gradcheck import checks
from gradcheck.checks.check import Check
from gradcheck.contract import Case, Subject, SubjectError, parse_case
from gradcheck.diagnosis.budget import Deadline
from gradcheck.diagnosis.matching import Match, Scene, candidates
from gradcheck.diagnosis.results import alike, of_pair
from gradcheck.evidence.trial import Trial
from gradcheck.layers import LAYERS
from gradcheck.mistakes.mutant import Mutant
from gradcheck.mistakes.mutation import StaleMutant, apply, apply_afresh
from gradcheck.report import Finding
from gradcheck.subjects.dialects.pair import PAIR

Question = tuple[Case, Check]


def match_behaviour(
    subject: Subject, part: str, wrong: Sequence[Finding], found: Sequence[Scene], deadline: Deadline
) -> Match:
    """Return the mutants with right numbers that fail the very checks, on the same cases, that the subject fails."""
    is_right = (m for m in candidates(subject.layer.name, part) if _gives_the_truth(m, part, found))
    return alike_in_behaviour(subject, part, wrong, is_right, deadline)


def alike_in_behaviour(
    subject: Subject, part: str, wrong: Sequence[Finding], mutants: Iterable[Mutant], deadline: Deadline
) -> Match:
    """Return those of the mutants that fail the very checks, on the same cases, that the subject fails."""
    cases = [parse_case(line, LAYERS) for line in dict.fromkeys(f.case for f in wrong if f.case)]
    asked = [(case, check) for case in cases for check in _asked(subject, part, case)]
    seen = [question for question in asked if _fails(subject, part, *question)]
    explained = []
    for mutant in mutants:
        if deadline.passed:
            return Match()
        if _behaves(mutant, part, seen, [question for question in asked if question not in seen]):
            explained.append((mutant,))
    return Match(tuple(explained))


def _gives_the_truth(mutant: Mutant, part: str, found: Sequence[Scene]) -> bool:
    try:
        pair = apply(mutant)
    except StaleMutant:
        return False
    return all(alike(s.trial, part, of_pair(s.trial, part, pair), s.right) for s in found)


def _behaves(mutant: Mutant, part: str, seen: Iterable[Question], others: Iterable[Question]) -> bool:
    """Tell whether a mutant fails what the subject fails, and nothing else that it was asked."""
    pair = apply_afresh(mutant)
    members = {f"{mutant.layer}_forward": pair.forward, f"{mutant.layer}_backward": pair.backward}
    (spoiled,) = PAIR.subjects(members)
    fails_all = all(_fails(spoiled, part, *question) for question in seen)
    return fails_all and not any(_fails(spoiled, part, *question) for question in others)


def _asked(subject: Subject, part: str, case: Case) -> list[Check]:
    """Return the checks that a verification runs on a case."""
    return [c for c in checks.CHECKS if part in c.parts and c.applies(subject, part) is None and c.asks(case)]


def _fails(subject: Subject, part: str, case: Case, check: Check) -> bool:
    try:
        findings = list(check.judge(Trial(subject, case), part))
    except SubjectError:
        return True
    return any(finding.verdict.is_wrong for finding in findings)
