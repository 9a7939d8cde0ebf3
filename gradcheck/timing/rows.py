"""What came of a problem: a row for each function and part."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gradcheck.contract import PARTS
from gradcheck.kernels.problems import Problem
from gradcheck.timing.contender import Contender
from gradcheck.timing.in_turn import Times, times_of
from gradcheck.timing.report import Row
from gradcheck.timing.work import operations

TOGETHER = "both"
"""The part of a subject that has one function for both, which is compared with both of `fast`."""


class Entry(NamedTuple):
    """A contender and what it took, round by round."""

    contender: Contender
    samples: Sequence[Mapping[str, float]]

    def times(self, part: str) -> Times | None:
        """Return how long a part took, or both together."""
        names = PARTS if part == TOGETHER else (part,)
        taken = [sum(sample[name] for name in names) for sample in self.samples if names[-1] in sample]
        return times_of(taken) if taken else None


def row(problem: Problem, part: str, mine: Entry, theirs: Entry) -> Row:
    """Return the row of a part, beside `fast`."""
    contender, times, fast_times = mine.contender, mine.times(part), theirs.times(part)
    work = operations(problem.case, part)
    return Row(
        function=contender.subject.functions["forward" if part == TOGETHER else part],
        layer=problem.case.layer.name,
        geometry=problem.geometry,
        count=problem.count,
        part=part,
        times=times,
        fast=fast_times,
        gflops=work / times.best / 1e9 if work and times else None,
        ratio=times.best / fast_times.best if times and fast_times else None,
        equal=contender.agrees(theirs.contender, part) if times else None,
        why=None if times else contender.why.get(part, "the interface has no such call"),
    )
