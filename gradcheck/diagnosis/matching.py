"""Which mistake: the mutant that gives what the subject gives, on every case that separates it from the others.

Where the numbers are right it is the mutant that fails the very checks that the subject fails.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from gradcheck import checks
from gradcheck.checks.check import Check
from gradcheck.contract import Case, Pair, Subject, SubjectError, parse_case
from gradcheck.diagnosis.results import Results, alike, of_pair, of_subject, truth
from gradcheck.diagnosis.shrinking import Deadline
from gradcheck.evidence.trial import Trial
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.mutant import Mutant, StaleMutant, apply, apply_afresh, apply_all
from gradcheck.report import Finding
from gradcheck.subjects.dialects.pair import PAIR

Question = tuple[Case, Check]


@dataclass(frozen=True)
class Match:
    """The mutants that explain a failure: one set if it is unique, several if no case separates them."""

    explanations: tuple[tuple[Mutant, ...], ...] = ()

    @property
    def unique(self) -> tuple[Mutant, ...] | None:
        """The only explanation, or None."""
        return self.explanations[0] if len(self.explanations) == 1 else None


@dataclass(frozen=True)
class Scene:
    """One case of the failing subject: what it gives there, and what is right."""

    trial: Trial
    given: Results
    right: Results


def scenes(subject: Subject, part: str, cases: Iterable[Case], deadline: Deadline) -> list[Scene]:
    """Return the cases on which the subject can be compared, as many as the time allows; at least one."""
    found: list[Scene] = []
    for case in cases:
        if found and deadline.passed:
            break
        scene = _scene(Trial(subject, case), part)
        if scene is not None:
            found.append(scene)
    return found


def _scene(trial: Trial, part: str) -> Scene | None:
    """Return what a subject gives on a case, and the truth; None where its forward gives nothing."""
    given = of_subject(trial, part)
    if given.trouble is not None and part == "forward":
        return None
    try:
        return Scene(trial, given, truth(trial, part))
    except SubjectError:
        return None


@lru_cache(maxsize=64)
def candidates(layer: str, part: str) -> tuple[Mutant, ...]:
    """Return the mutants of a part."""
    return tuple(mutant for mutant in MUTANTS if (mutant.layer, mutant.part) == (layer, part))


def match(layer: str, part: str, found: Sequence[Scene], deadline: Deadline) -> Match:
    """Return the mutants that explain what a subject gives in every scene.

    One mutant if one does; otherwise two together. An explanation must differ from the truth in some scene.
    """
    single = [(mutant,) for mutant in candidates(layer, part)]
    explained = _explain(single, part, found, deadline)
    if not explained:
        explained = _explain(list(combinations(candidates(layer, part), 2)), part, found, deadline)
    return Match(tuple(explained))


def _explain(
    sets: Sequence[tuple[Mutant, ...]], part: str, found: Sequence[Scene], deadline: Deadline
) -> list[tuple[Mutant, ...]]:
    """Return the sets of mutants that explain every scene; none, if the time runs out before all were tried."""
    explained = []
    for mutants in sets:
        if deadline.passed:
            return []
        pair = _pair(mutants)
        if pair is not None and _explains(pair, part, found):
            explained.append(mutants)
    return explained


def _pair(mutants: tuple[Mutant, ...]) -> Pair | None:
    try:
        return apply_all(*mutants)
    except (StaleMutant, SyntaxError):
        return None  # two edits of the same line exclude each other


def _explains(pair: Pair, part: str, found: Sequence[Scene]) -> bool:
    differs = False
    for scene in found:
        result = of_pair(scene.trial, part, pair)
        if not alike(scene.trial, part, result, scene.given):
            return False
        differs |= not alike(scene.trial, part, result, scene.right)
    return differs


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
    cases = [parse_case(line, [subject.layer]) for line in dict.fromkeys(f.case for f in wrong if f.case)]
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
    """Return whether a mutant fails what the subject fails, and nothing else that it was asked."""
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
