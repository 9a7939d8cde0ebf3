"""The kill matrix: which check catches which mutant, after how many cases and how many seconds."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gradcheck import checks
from gradcheck.calling.quiet import quiet
from gradcheck.checks.check import Check
from gradcheck.contract import Case, Interface, Pair, Subject
from gradcheck.evidence.trial import Trial
from gradcheck.judging.part import PartJudge, start
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for
from gradcheck.mistakes.mutant import Mutant, apply_afresh
from gradcheck.report import Finding
from gradcheck.subjects.dialects.pair import PAIR, members_of


@dataclass(frozen=True)
class Kill:
    """The result for a mutant: the first finding against it, or None if it survived."""

    mutant: Mutant
    finding: Finding | None
    cases: int
    seconds: float


def subject_of(layer: str, pair: Pair) -> Subject:
    """Return a pair of functions as a subject that has the names of `naive` and `fast`, and their full contract."""
    (subject,) = PAIR.subjects(members_of(BY_NAME[layer], pair))
    return replace(subject, interface=Interface())


def kill(mutant: Mutant, cases: int | None = None, seed: int = 0) -> Kill:
    """Verify a mutant case by case until a check finds a fault in the edited part."""
    subject = subject_of(mutant.layer, apply_afresh(mutant))
    started = time.perf_counter()
    with quiet(seed):
        finding, count = first_fault(subject, mutant.part, cases_for(subject, cases, seed), checks.CHECKS)
    return Kill(mutant, finding, count, time.perf_counter() - started)


def first_fault(
    subject: Subject, part: str, cases: Iterable[Case], chosen: Sequence[Check], fixed: int | None = None
) -> tuple[Finding | None, int]:
    """Return the first fault found in a part, and the number of cases it took.

    The cases after the first `fixed` get few probes, as in a verification those beyond the battery do; by default all
    get all.
    """
    judge: PartJudge = start(subject, part, chosen)
    count = 0
    for case in cases:
        count += 1
        trials: dict[str, Trial] = {}
        judge.judge(case, trials, is_brief=fixed is not None and count > fixed)
        faults = [finding for finding in judge.findings() if finding.verdict.is_wrong]
        if faults:
            return faults[0], count
    return None, count


def matrix(mutants: Iterable[Mutant], cases: int | None = None, seed: int = 0) -> list[Kill]:
    """Return the result for each mutant."""
    return [kill(mutant, cases, seed) for mutant in mutants]


def layers_of(mutants: Iterable[Mutant]) -> list[str]:
    """Return the layers that have a mutant, in the order of the report."""
    found = {mutant.layer for mutant in mutants}
    return [name for name in BY_NAME if name in found]
