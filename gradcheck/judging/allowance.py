"""How much time the cases of a subject may take: code that is slow is asked fewer of them, and the report says so."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from gradcheck.contract import Array, Arrays, Call, Case, Subject
from gradcheck.grammar import Params
from gradcheck.layers.cases import Questions
from gradcheck.layers.space import Pairs, cost_of

SECONDS = 0.06
"""What the calls of slow code may take together for the cases beyond the battery: a row or two of loops."""

EACH = 0.004
"""What the calls of fast code take for each of them on the mean: it is asked all."""

WAITING = 3.0
"""How many seconds on the clock count as one: a busy machine must not change what is asked."""

SURE = 16
"""So many of them are asked of all code, except those that would take `SECONDS` alone; they show whether it is fast."""


class Clock:
    """Seconds that code has taken: those of this process's own work, or a share of those on the wall if these are more.

    Only the subject's own calls count: what we take for a case is the same for all code.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> None:
        self._work, self._wall = time.process_time(), time.perf_counter()

    def __exit__(self, *raised: object) -> None:
        work, wall = time.process_time() - self._work, time.perf_counter() - self._wall
        self.seconds += max(work, wall / WAITING)

    def timing(self, subject: Subject) -> Subject:
        """Return the subject; what its calls take is counted."""

        def forward(params: Params, tensors: Arrays) -> Call:
            with self:
                call = subject.forward(params, tensors)
            return _Timed(call, self)

        return replace(subject, forward=forward)


class _Timed:
    """A call whose backward is timed."""

    def __init__(self, call: Call, clock: Clock) -> None:
        self._call, self._clock = call, clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)

    def backward(self, dout: Array) -> dict[str, Any]:
        with self._clock:
            return self._call.backward(dout)


class Allowance:
    """The time for the cases of one subject.

    The battery is always asked. How long the cases after it took, for their cost, says how long the next one will take.
    They come in the order of what they add, so that those are left out that add least, or that are dear for this code.
    Cases whose number somebody chose, or that are to cover all pairs, are asked whole.
    """

    def __init__(self, cases: Iterable[Case]) -> None:
        self.clock = Clock()
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
        before, cost, asked = self.clock.seconds, 0.0, 0
        for number, case in enumerate(rows):
            spent = self.clock.seconds - before
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
