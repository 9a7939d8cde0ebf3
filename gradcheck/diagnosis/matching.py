"""Which mistake: the mutant that gives what the subject gives, on every case that can tell, and no other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from gradcheck.contract import Case, Pair, Subject, SubjectError
from gradcheck.diagnosis.budget import Deadline
from gradcheck.diagnosis.results import Results, alike, of_pair, of_subject, truth
from gradcheck.evidence.trial import Trial
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.mutant import Mutant
from gradcheck.mistakes.mutation import StaleMutant, apply_all


@dataclass(frozen=True)
class Match:
    """The mutants that explain a failure: one set if it is unique, several if they cannot be told apart."""

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
    """Return what a subject gives on a case, beside the truth; None where its forward gives nothing."""
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
