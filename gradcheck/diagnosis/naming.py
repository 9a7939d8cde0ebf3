"""The names of a part's mistakes: for each finding those that explain its tensor in the mode of its case."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Arrays, Subject, parse_case
from gradcheck.diagnosis.matching import (
    Group,
    Mutants,
    Scene,
    Stage,
    alike_in_behaviour,
    confirmed,
    match,
    match_behaviour,
    mode_of,
)
from gradcheck.diagnosis.readings import reading
from gradcheck.diagnosis.structure import explanation, mask_drawn
from gradcheck.evidence.trial import Trial
from gradcheck.layers.cases import cases_for
from gradcheck.report import Finding, PartReport


@dataclass(frozen=True)
class Named:
    """What explains a finding: one name, or several that no case separates."""

    names: tuple[str, ...] = ()
    explanation: str | None = None

    @property
    def mutant(self) -> str | None:
        """The name, if it is the only one."""
        return self.names[0] if len(self.names) == 1 else None

    @property
    def candidates(self) -> tuple[str, ...]:
        """The names, if there are several."""
        return self.names if len(self.names) > 1 else ()


def named(
    subject: Subject, report: PartReport, wrong: Sequence[Finding], found: Sequence[Scene], seed: int
) -> dict[int, Named]:
    """Return what explains each of the wrong findings, by its id."""
    stage = Stage(report.layer, report.part, list(found))
    groups = [group for group in stage.groups() if group.wrong]
    masks = [mask_drawn(scene) for scene in found] if any(f.tensor == "mask" for f in wrong) else []
    if masks:
        # Of a wrong mask nothing is known but how many entries it keeps, and a factor would be read into them.
        told = Named((), next((mask for mask in masks if mask), None))
        return {id(finding): told for finding in wrong}
    by_value = {id(finding): _groups_of(finding, stage, subject, groups) for finding in wrong}
    of_group: dict[Group, Named] = {}
    for group in dict.fromkeys(group for about in by_value.values() for group in about):
        mine = [finding for finding in wrong if group in by_value[id(finding)]]
        found_names = _names(stage, group, mine, subject, seed)
        said = None if found_names else explanation(stage, group) or reading(stage, group)
        of_group[group] = Named(found_names, said)
    names = {key: _together([of_group[group] for group in about]) for key, about in by_value.items()}
    others = [finding for finding in wrong if not by_value[id(finding)]]
    # Where numbers are wrong, too, their mistake may fail any check: then the checks that fail name no other one.
    if len(others) == len(wrong):
        behaving = match_behaviour(subject, report.part, others, found)
        return {id(finding): Named(tuple(dict.fromkeys(map(_name, behaving)))) for finding in others}
    return names


def _groups_of(
    finding: Finding, stage: Stage, subject: Subject, groups: Sequence[Group]
) -> tuple[Group, ...]:
    """Return what a finding is about: its tensor in the mode of its case; all that is wrong there, if it has none."""
    assert finding.case is not None
    mode = mode_of(parse_case(finding.case, [subject.layer]))
    here = [group for group in groups if group.mode == mode]
    about = tuple(group for group in here if group.tensor == finding.tensor)
    if about or finding.tensor is not None:
        return about
    return tuple(
        group for group in here if any(str(stage.scenes[i].trial.case) == finding.case for i in group.wrong)
    )


def _together(found: Sequence[Named]) -> Named:
    """Return what explains several tensors: the one name that they share, or all their names."""
    names = tuple(dict.fromkeys(name for each in found for name in each.names))
    return Named(names, found[0].explanation if len(found) == 1 else None)


def _names(
    stage: Stage, group: Group, mine: Sequence[Finding], subject: Subject, seed: int
) -> tuple[str, ...]:
    """Return the names of the mistakes that explain one tensor in one mode."""
    others = [other for other in stage.groups() if other != group]
    found = match(stage, group, others)
    found = confirmed(stage, group, found, _further(subject, group.mode, seed))
    if len(found) > 1:
        alone = [mutants[0] for mutants in found if len(mutants) == 1]
        found = alike_in_behaviour(subject, stage.part, mine, alone) or found
    return tuple(dict.fromkeys(map(_name, found)))


def _further(subject: Subject, mode: str, seed: int) -> Iterator[Trial]:
    """Yield trials made for the purpose, then the further cases of a verification, the small ones first."""
    known = [case for case in cases_for(subject, None, seed) if mode_of(case) == mode]
    legal = [case for case in known if case.params.get("n", 1) and case.flaw is None]
    stage = STAGED.get(subject.layer.name)
    if stage is not None:
        for case in legal[:2]:
            trial = Trial(subject, case)
            stage(trial.tensors)
            yield trial
    for case in sorted(legal, key=lambda case: case.size):
        yield Trial(subject, case)


def _large_and_equal(tensors: Arrays) -> None:
    """Make all scores large and equal: exp overflows without a shift, and no probability is near 0."""
    tensors["x"] = np.full_like(tensors["x"], 1000.0)


STAGED: dict[str, Callable[[Arrays], None]] = {"softmax_loss": _large_and_equal}
"""Numbers that no case has, which tell two mistakes of a layer apart."""


def _name(mutants: Mutants) -> str:
    return " + ".join(mutant.called for mutant in mutants)
