"""The smallest case: parameters are cut down, one after the other, while the same tensor fails and time is left."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gradcheck.checks.check import Check
from gradcheck.contract import Case, Subject, SubjectError
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding, Verdict

FLOORS = {"pad": 0, "output_pad": 0}
"""What a number may be cut down to, where it is not 1."""

WAITING = 4.0
"""How long a second of work may take by the wall clock, where other processes, or a worker, hold it up."""

Fails = Callable[[Case], Finding | None]


@dataclass(frozen=True)
class Deadline:
    """Some seconds of this process's own work from now, or `WAITING` times as many by the wall clock.

    By the wall clock alone a mistake would go without its name whenever the machine is busy.
    """

    seconds: float
    work: float = field(default_factory=time.process_time)
    wall: float = field(default_factory=time.perf_counter)

    @property
    def left(self) -> float:
        """How many seconds are left; zero or less, where it has passed."""
        waited = time.perf_counter() - self.wall
        return self.seconds - max(time.process_time() - self.work, waited / WAITING)

    @property
    def passed(self) -> bool:
        """Whether it is time to stop."""
        return self.left <= 0


def failure_of(subject: Subject, part: str, check: Check, tensor: str | None) -> Fails:
    """Return a function that gives the check's failure about a tensor on a case, or None."""

    def fails(case: Case) -> Finding | None:
        try:
            found = list(check.judge(Trial(subject, case), part))
        except SubjectError:
            return None
        wrong = [f for f in found if f.tensor == tensor and f.verdict is Verdict.FAIL and f.index is not None]
        return wrong[0] if wrong else None

    return fails


def smallest(case: Case, subject: Subject, fails: Fails, seconds: float) -> tuple[Case, Finding | None]:
    """Return the smallest case found that still fails, and its failure; the case itself and None if none does.

    Parameters
    ----------
    case : Case
        A case that fails.
    subject : Subject
        Whose interface must be able to express the smaller case.
    fails : callable
        Case -> the failure, or None.
    seconds : float
        After which no further case is tried.
    """
    deadline = Deadline(seconds)
    best: Finding | None = None
    shrinking = True
    while shrinking:
        shrinking = False
        for smaller in _smaller(case):
            if deadline.passed:
                return case, best
            if not _is_possible(smaller, subject):
                continue
            found = fails(smaller)
            if found is not None:
                case, best, shrinking = smaller, found, True
                break
    return case, best


def _is_possible(case: Case, subject: Subject) -> bool:
    if case.flaw is not None or not subject.interface.has(case):
        return False
    return 0 not in case.output_shape


def _smaller(case: Case) -> Iterator[Case]:
    """Yield the case with one parameter cut down: all the way, to half, by one."""
    for name in case.layer.cases.grammar.names:
        for value in _cuts(case.params[name], FLOORS.get(name, 1)):
            yield case.but(params={**case.params, name: value})


def _cuts(value: Any, floor: int) -> Iterator[Any]:
    if isinstance(value, bool | float | str):
        return
    if isinstance(value, int):
        if value > floor:
            yield from dict.fromkeys((floor, (value + floor) // 2, value - 1))
        return
    if len(set(value)) == 1:
        for cut in _cuts(value[0], floor):
            yield (cut,) * len(value)
    for i, entry in enumerate(value):
        for cut in _cuts(entry, floor):
            yield (*value[:i], cut, *value[i + 1 :])
