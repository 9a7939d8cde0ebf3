"""How much time the cases of a subject may take: code that is slow is asked fewer of them, and the report says so."""

import time
from collections.abc import Iterable, Iterator

from gradcheck.contract import Case
from gradcheck.layers.cases import Questions
from gradcheck.layers.space import Pairs, cost_of

SECONDS = 0.1
"""What the cases beyond the battery may take together of code that is slow: a row or two of loops."""

EACH = 0.006
"""What each of them may take on the mean of code that is fast, which is asked all of them: most of it is our own."""

WAITING = 3.0
"""How many seconds on the clock count as one: a busy machine must not change what is asked."""

SURE = 16
"""So many of them are asked of all code, except those that would take `SECONDS` alone; they show whether it is fast."""


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

    The battery is always asked. How long the cases after it took, for their cost, says how long the next one will take.
    They come in the order of what they add, so that those are left out that add least, or that are dear for this code.
    Cases whose number somebody chose, or that are to cover all pairs, are asked whole.
    """

    def __init__(self, cases: Iterable[Case]) -> None:
        self._cases = list(cases)
        self._fixed = len(self._cases)
        self.possible: Pairs | None = None
        if isinstance(cases, Questions):
            self._fixed, self.possible = cases.fixed, cases.possible
        self._dropped: list[Case] = []

    def affordable(self) -> Iterator[Case]:
        """Yield each case that there is time for."""
        battery, rows = self._cases[: self._fixed], self._cases[self._fixed :]
        yield from battery
        clock, cost, asked = Clock(), 0.0, 0
        for number, case in enumerate(rows):
            spent = clock.seconds
            expected = spent / cost * cost_of(case) if cost else 0.0
            is_slow = spent > EACH * asked and spent + expected > SECONDS
            if expected > SECONDS or (number >= SURE and is_slow):
                self._dropped.append(case)
                continue
            yield case
            cost, asked = cost + cost_of(case), asked + 1

    @property
    def left_out(self) -> str | None:
        """Which cases were left out, or None."""
        if not self._dropped:
            return None
        return f"{len(self._dropped)} of {len(self._cases)} cases, because each call takes long"
