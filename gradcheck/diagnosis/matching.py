"""Which mistake: the mutants that give what the subject gives, one tensor and one mode at a time.

A mutant explains a tensor if it gives the subject's numbers wherever these are wrong, and right ones wherever they
are right. What else goes wrong on a case, in another tensor or in another mode, says nothing about it. Where all
numbers are right, it is the mutant that fails the very checks that the subject fails.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from operator import itemgetter

from gradcheck import checks
from gradcheck.checks.check import Check
from gradcheck.contract import VALUES, Case, Pair, Subject, SubjectError, parse_case
from gradcheck.diagnosis.results import Results, agree, alike, of_pair, of_subject, truth
from gradcheck.evidence import kept
from gradcheck.evidence.reference import Reference
from gradcheck.evidence.trial import Trial
from gradcheck.layers import BY_NAME
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.mutant import Mutant, StaleMutant, apply, apply_afresh, apply_all
from gradcheck.report import Finding
from gradcheck.subjects.dialects.pair import PAIR, members_of

Question = tuple[Case, Check]
Mutants = tuple[Mutant, ...]

WORK = 60_000
"""What the search for one name may cost, in entries of outputs: a second or less on an idle machine."""

PAIR_WORK = 90_000
"""What the search for two mistakes in one tensor may cost."""

CALL = 20
"""What one call of a mutant costs besides its output's entries."""

ENOUGH = 12
"""Further cases on which a name is tried before it is given."""

MOST_SEPARATING = 40
"""Further cases that are looked at to tell two names apart."""

MOST_PAIRED = 40
"""Mutants of which pairs are tried, at most."""


@dataclass
class Work:
    """How much may still be computed. By the clock, a busy machine would cost a mistake its name."""

    left: float = WORK

    def allows(self, amount: float) -> bool:
        """Take an amount of work, and return whether it was there."""
        self.left -= amount
        return self.left >= 0


@dataclass(frozen=True)
class Scene:
    """One case of the failing subject: what it gives there, and what is right."""

    trial: Trial
    given: Results
    right: Results

    def result_of(self, part: str, pair: Pair) -> Results:
        """Return what a pair of functions gives here."""
        return of_pair(self.trial, part, pair, self._reference(part))

    def result_of_mutants(self, part: str, mutants: Mutants) -> Results:
        """Return what mutants give here: the same for every subject, if it passes the same numbers."""
        reference = self._reference(part)

        def key() -> Hashable | None:
            trial = self.trial
            dout = kept.digest(trial.dout) if part == "backward" else b""
            return reference.key("mutants", part, mutants, trial.case.dtype, trial.wanted, dout)

        return kept.once(key, lambda: self._result_of_mutants(part, mutants, reference))

    def _result_of_mutants(self, part: str, mutants: Mutants, reference: Reference) -> Results:
        pair = pair_of(mutants)
        return Results({}, "stale") if pair is None else of_pair(self.trial, part, pair, reference)

    def _reference(self, part: str) -> Reference:
        is_unseen = part == "forward" and self.given.trouble is not None
        return self.trial.reference_for() if is_unseen else self.trial.reference

    @property
    def mode(self) -> str:
        """Training or evaluation, if the layer has modes."""
        return mode_of(self.trial.case)

    @property
    def is_ordinary(self) -> bool:
        """Whether it has ordinary numbers: no ties, no NaN, none that are large."""
        return self.trial.case.fill in (*VALUES, "thirds")

    @property
    def cost(self) -> float:
        """What one call of a mutant costs here."""
        return cost_of(self.trial.case)


def cost_of(case: Case) -> float:
    """Return what one call of a mutant costs on a case."""
    return CALL + math.prod(case.output_shape)


def mode_of(case: Case) -> str:
    """Return the mode of a case: training or evaluation; empty if its layer has no modes."""
    return str(case.params.get("mode", ""))


@dataclass(frozen=True)
class Group:
    """One tensor in one mode: the scenes in which it is wrong, and those in which it is right.

    The tensor `None` stands for the call itself: it is wrong where it raises.
    """

    tensor: str | None
    mode: str
    wrong: tuple[int, ...]
    right: tuple[int, ...]


@dataclass
class Stage:
    """The scenes of a failing part, and what each mutant gives in them, computed once."""

    layer: str
    part: str
    scenes: list[Scene]
    work: Work = field(default_factory=Work)
    _seen: dict[tuple[Mutants, int], Results] = field(default_factory=dict)

    def result(self, mutants: Mutants, index: int) -> Results | None:
        """Return what the mutants give in a scene; None if it may not be computed any more."""
        key = mutants, index
        if key not in self._seen:
            scene = self.scenes[index]
            if not self.work.allows(scene.cost):
                return None
            self._seen[key] = scene.result_of_mutants(self.part, mutants)
        return self._seen[key]

    def groups(self) -> list[Group]:
        """Return every tensor in every mode, those with wrong entries first."""
        found: list[Group] = []
        for mode in dict.fromkeys(scene.mode for scene in self.scenes):
            here = [i for i, scene in enumerate(self.scenes) if scene.mode == mode]
            raising = tuple(i for i in here if self.scenes[i].given.trouble is not None)
            calm = [i for i in here if i not in raising]
            found.append(Group(None, mode, raising, tuple(calm)))
            names = dict.fromkeys(name for i in calm for name in self._tensors(self.scenes[i]))
            found += [self._group(name, mode, calm) for name in names]
        return sorted(found, key=lambda group: not group.wrong)

    def _tensors(self, scene: Scene) -> Iterator[str]:
        """Yield the tensors to judge: of forward those that there are, of backward those that there must be."""
        for name in scene.right.arrays:
            if self.part == "backward" or name in scene.given.arrays:
                yield name

    def _group(self, name: str, mode: str, calm: Sequence[int]) -> Group:
        has = [i for i in calm if name in self._tensors(self.scenes[i])]
        cheap = sorted(has, key=lambda i: self.scenes[i].cost)
        wrong = [i for i in cheap if not self._is_right(name, i, self.scenes[i].given)]
        # At ties and at NaN there are conventions; they say nothing of what is wrong on ordinary numbers, too.
        if any(self.scenes[i].is_ordinary for i in wrong):
            cheap = [i for i in cheap if self.scenes[i].is_ordinary]
        return Group(
            name,
            mode,
            tuple(i for i in cheap if i in wrong),
            tuple(i for i in cheap if i not in wrong),
        )

    def _is_right(self, name: str, index: int, result: Results) -> bool:
        scene = self.scenes[index]
        return agree(scene.trial, self.part, name, result, scene.right)

    def agrees(self, mutants: Mutants, tensor: str | None, index: int) -> bool:
        """Return whether the mutants give what the subject gives for a tensor in a scene."""
        result, scene = self.result(mutants, index), self.scenes[index]
        if result is None:
            return False
        if tensor is None:
            return (result.trouble is None) == (scene.given.trouble is None)
        same = agree(scene.trial, self.part, tensor, result, scene.given)
        return result.trouble is None and same

    def differs(self, mutants: Mutants, tensor: str | None, index: int) -> bool:
        """Return whether the mutants give something wrong for a tensor in a scene."""
        result = self.result(mutants, index)
        if result is None:
            return False
        if tensor is None or result.trouble is not None:
            return tensor is None and result.trouble is not None
        return not self._is_right(tensor, index, result)

    def explains(self, mutants: Mutants, group: Group) -> bool:
        """Return whether the mutants give a tensor's wrong numbers where they are wrong, and right ones elsewhere."""
        every = all(self.agrees(mutants, group.tensor, i) for i in (*group.wrong, *group.right))
        return every and any(self.differs(mutants, group.tensor, i) for i in group.wrong)

    def contradictions(self, mutants: Mutants, groups: Iterable[Group]) -> int:
        """Return in how many tensors and modes the mutants give something else than the subject."""
        return sum(
            not all(self.agrees(mutants, group.tensor, i) for i in (*group.wrong, *group.right))
            for group in groups
        )


def scenes(subject: Subject, part: str, cases: Iterable[Case]) -> list[Scene]:
    """Return the cases on which the subject can be compared."""
    found = (scene_of(Trial(subject, case), part) for case in cases)
    return [scene for scene in found if scene is not None]


def scene_of(trial: Trial, part: str) -> Scene | None:
    """Return what a subject gives on a case, and the truth; None where backward has no forward to follow."""
    given = of_subject(trial, part)
    if given.trouble is not None and part == "forward":
        return _raising(trial, given)
    try:
        return Scene(trial, given, truth(trial, part))
    except SubjectError:
        return None


def _raising(trial: Trial, given: Results) -> Scene | None:
    """Return the scene of a forward that raises; None where its mask would be needed, which nobody has seen."""
    if trial.subject.interface.draws_mask:
        return None
    return Scene(trial, given, of_pair(trial, "forward", trial.reference_for().pair, trial.reference_for()))


@lru_cache(maxsize=64)
def candidates(layer: str, part: str) -> tuple[Mutant, ...]:
    """Return the mutants of a part."""
    return tuple(mutant for mutant in MUTANTS if (mutant.layer, mutant.part) == (layer, part))


def match(stage: Stage, group: Group, others: Sequence[Group] = ()) -> list[Mutants]:
    """Return the mutants that explain one tensor in one mode: one if one does, otherwise two together.

    Of several, those are returned that contradict the fewest of the other tensors and modes.
    """
    single = [(mutant,) for mutant in candidates(stage.layer, stage.part)]
    found = _explaining(stage, group, single, Work(WORK))
    if group.tensor is None:
        # That code raises on the same cases says little: the other results of the mode must agree as well.
        here = [other for other in others if other.mode == group.mode]
        return [mutants for mutants in found if not stage.contradictions(mutants, here)]
    if not found:
        found = _explaining(stage, group, _paired(stage, group), Work(PAIR_WORK))
    return _fewest(found, lambda mutants: stage.contradictions(mutants, others))


def _explaining(stage: Stage, group: Group, sets: Sequence[Mutants], work: Work) -> list[Mutants]:
    """Return the sets of mutants that explain a group; none, if not all could be tried."""
    stage.work = work
    found = [mutants for mutants in sets if stage.explains(mutants, group)]
    return found if work.left >= 0 else []


def _paired(stage: Stage, group: Group) -> list[Mutants]:
    """Return the pairs of mutants that each make something of the tensor wrong."""
    known = candidates(stage.layer, stage.part)
    first = group.wrong[0]
    changing = [mutant for mutant in known if stage.differs((mutant,), group.tensor, first)]
    return list(combinations(changing[:MOST_PAIRED], 2))


def _fewest(found: list[Mutants], count: Callable[[Mutants], int]) -> list[Mutants]:
    if len(found) < 2:
        return found
    counted = [(count(mutants), mutants) for mutants in found]
    least = min(map(itemgetter(0), counted))
    return [mutants for number, mutants in counted if number == least]


def pair_of(mutants: Mutants) -> Pair | None:
    """Return the pair of functions with these mistakes; None if their edits exclude each other."""
    try:
        return apply_all(*mutants)
    except (StaleMutant, SyntaxError):
        return None


def confirmed(stage: Stage, group: Group, found: list[Mutants], trials: Iterable[Trial]) -> list[Mutants]:
    """Return those of the explanations that also hold on further trials: some to confirm one, more to separate several.

    An exception there says nothing about them.
    """
    work = Work(WORK)
    for number, trial in enumerate(trials):
        enough = MOST_SEPARATING if len(found) > 1 else ENOUGH
        if not found or number >= enough or not work.allows(len(found) * cost_of(trial.case)):
            break
        if mode_of(trial.case) != group.mode:
            continue
        scene = scene_of(trial, stage.part)
        if scene is not None and scene.given.trouble is None and group.tensor is not None:
            found = [mutants for mutants in found if _holds(scene, stage.part, group.tensor, mutants)]
    return found


def _holds(scene: Scene, part: str, tensor: str, mutants: Mutants) -> bool:
    pair = pair_of(mutants)
    if pair is None or tensor not in scene.right.arrays:
        return pair is not None
    result = scene.result_of_mutants(part, mutants)
    return result.trouble is None and agree(scene.trial, part, tensor, result, scene.given)


def match_behaviour(
    subject: Subject, part: str, wrong: Sequence[Finding], found: Sequence[Scene]
) -> list[Mutants]:
    """Return the mutants with right numbers that fail the very checks, on the same cases, that the subject fails."""
    right = [m for m in candidates(subject.layer.name, part) if _gives_the_truth(m, part, found)]
    return alike_in_behaviour(subject, part, wrong, right)


def alike_in_behaviour(
    subject: Subject,
    part: str,
    wrong: Sequence[Finding],
    mutants: Iterable[Mutant],
) -> list[Mutants]:
    """Return those of the mutants that fail the very checks, on the same cases, that the subject fails."""
    cases = [parse_case(line, [subject.layer]) for line in dict.fromkeys(f.case for f in wrong if f.case)]
    asked = [(case, check) for case in cases for check in _asked(subject, part, case)]
    seen = [question for question in asked if _fails(subject, part, *question)]
    others = [question for question in asked if question not in seen]
    return [(mutant,) for mutant in mutants if seen and _behaves(mutant, part, seen, others)]


def _gives_the_truth(mutant: Mutant, part: str, found: Sequence[Scene]) -> bool:
    try:
        pair = apply(mutant)
    except StaleMutant:
        return False
    return all(alike(s.trial, part, s.result_of(part, pair), s.right) for s in found)


def _behaves(mutant: Mutant, part: str, seen: Iterable[Question], others: Iterable[Question]) -> bool:
    """Return whether a mutant fails what the subject fails, and nothing else that it was asked."""
    pair = apply_afresh(mutant)
    (spoiled,) = PAIR.subjects(members_of(BY_NAME[mutant.layer], pair))
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
