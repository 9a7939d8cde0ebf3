"""How much time the cases of a subject may take: code that is slow is asked fewer of them, and the report says so."""

import time
from collections.abc import Iterable, Iterator

from gradcheck.contract import Case
from gradcheck.layers.cases import Questions
from gradcheck.layers.space import Pairs, cost_of

SECONDS = 0.12
"""What the cases beyond the battery may take together: a row or two of loops, all of them of code that is fast."""

WAITING = 3.0
"""How many seconds on the clock count as one: a busy machine must not change what is asked."""

SURE = 16
"""So many of them are asked of all code, except those that would take `SECONDS` alone."""


class Clock:
    """Seconds since it was made: of this process's own work, or a share of those on the wall if these are more."""

    def __init__(self) -> None:
        self._work, self._wall = time.process_time(), time.perf_counter()

    @property
    def seconds(self) -> float:
        """How many have passed."""
        return max(time.process_time() - self._work, (time.perf_counter() - self._wall) / WAITING)


class Allowance:
    """The time for the cases of one subject.

    The battery is always asked. How long it takes says how long each further case will: by its share of products. The
    cases come in the order of what they add, so that those are left out that add least, or that are dear for this code.
    """

    def __init__(self, cases: Iterable[Case]) -> None:
        self._cases = list(cases)
        # Other lists of cases are asked whole: they are what somebody wants to be asked.
        self._fixed = cases.fixed if isinstance(cases, Questions) else len(self._cases)
        self.possible: Pairs | None = getattr(cases, "possible", None)
        self._dropped: list[Case] = []
        self._pace = 0.0

    def affordable(self) -> Iterator[Case]:
        """Yield each case that there is time for."""
        battery, rows = self._cases[: self._fixed], self._cases[self._fixed :]
        yield from battery
        clock = Clock()
        for number, case in enumerate(rows):
            spent = clock.seconds
            if self._is_dear(case, spent, number):
                self._dropped.append(case)
                continue
            yield case
            self._learn(case, clock.seconds - spent)

    def _learn(self, case: Case, seconds: float) -> None:
        """Note how long the judging of a case took, per unit of its cost; the largest pace of any case counts."""
        self._pace = max(self._pace, seconds / cost_of(case))

    def _is_dear(self, case: Case, spent: float, number: int) -> bool:
        expected = self._pace * cost_of(case)
        return expected > SECONDS or (number >= SURE and spent + expected > SECONDS)

    @property
    def left_out(self) -> str | None:
        """Which cases were left out, or None."""
        if not self._dropped:
            return None
        return f"{len(self._dropped)} of {len(self._cases)} cases, because each call takes long"
