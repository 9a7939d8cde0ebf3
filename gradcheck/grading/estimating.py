"""What a grading would cost: how many submissions it would judge, and how long that takes. Nothing is written."""

from contextlib import ExitStack
from dataclasses import dataclass
from statistics import mean

from gradcheck.contract import PARTS
from gradcheck.grading.beginning import Wish, beginning

ASSUMED = 0.3
"""Seconds for one function, where nothing is measured yet: of a right file, with a worker started for it."""


@dataclass(frozen=True)
class Estimate:
    """How many submissions there are and are left, and the seconds of one: measured on so many, or assumed."""

    count: int
    left: int
    each: float
    measured: int
    processes: int

    @property
    def work(self) -> float:
        """Seconds of one processor."""
        return self.left * self.each

    @property
    def wait(self) -> float:
        """Seconds until all are judged."""
        return self.work / max(1, min(self.processes, self.left))


def estimated(wish: Wish) -> Estimate:
    """Return what a grading would cost. Raises Refused where the grading would not begin."""
    with ExitStack() as stack:
        start = beginning(wish, stack, is_dry=True)
        seconds = (
            []
            if start.journal is None
            else [
                each.seconds for each in start.journal.entries() if each.is_ours is None and each.seconds > 0
            ]
        )
        assumed = ASSUMED * len(PARTS) * len(wish.rubric.function)
        return Estimate(
            count=len(start.found.submissions),
            left=len(start.left),
            each=mean(seconds) if seconds else assumed,
            measured=len(seconds),
            processes=wish.processes,
        )
