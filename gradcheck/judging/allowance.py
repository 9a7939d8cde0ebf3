"""How many cases a subject is asked: code that is slow is asked fewer of them, and the report says so.

How slow it is follows from the lines of it that run, not from a clock: what is asked, and so every verdict, is the same
on a busy machine.
"""

import math
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import combinations

import numpy as np

from gradcheck.calling.steps import counted
from gradcheck.contract import Array, Case, Subject, SubjectError, TimedOut
from gradcheck.evidence.arithmetic import Exact
from gradcheck.evidence.trial import Trial
from gradcheck.layers.cases import Questions
from gradcheck.layers.space import Pairs, products

LINES = 2_000_000
"""How many lines the cases beyond the battery may take together, by one forward and one backward each.

Each check calls both again. In loops over scalars so many lines take 0.2 s, in others up to four times as long. With a
fifth of it, code in loops took a tenth less time and missed one in ten of what it is asked now.
"""

LARGEST = 150_000
"""How many lines one of these cases may run."""

LEAN = 1_000
"""How many bytes code may take for each number and each product of a case, before it is asked one of very many."""

SURE = 16
"""So many of them are asked of all code, except those that would run more than `LARGEST` lines."""

OWN, OWN_OF_SMOOTH = 2_000, 8_000
"""How many lines the judge's own work on a case counts as: finite differences of a smooth layer take long."""

SAMPLE = (0, 1 / 6, 1 / 3, 1 / 2)
"""Which cases of the battery are counted, of all from the smallest to the largest: the rest is extrapolated."""

Pace = Callable[[Case], float]
"""How many lines a case runs, about."""


class Allowance:
    """The cases of one subject that it can be asked.

    The battery is always asked. The cases after it come in the order of what they add, so that those are left out that
    add least, or that this code needs too many lines for. Cases whose number somebody chose, or that are to cover all
    pairs, are asked whole.
    """

    def __init__(self, cases: Iterable[Case], subject: Subject) -> None:
        self._cases = list(cases)
        self._subject = subject
        self.fixed = len(self._cases)
        self.vast = 0
        self.possible: Pairs | None = None
        if isinstance(cases, Questions):
            self.fixed, self.vast, self.possible = cases.fixed, cases.vast, cases.possible
        self._dropped: list[Case] = []
        self._too_large: list[Case] = []

    def affordable(self) -> Iterator[Case]:
        """Yield each case that there is room for."""
        end = len(self._cases) - self.vast
        battery, rows = self._cases[: self.fixed], self._cases[self.fixed : end]
        yield from battery
        pace = pace_of(self._subject, battery) if rows else None
        own = own_lines(self._subject)
        spent = 0.0
        for number, case in enumerate(rows):
            expected = pace(case) if pace else 0.0
            if expected > LARGEST or (number >= SURE and spent + expected + own > LINES):
                self._dropped.append(case)
                continue
            yield case
            spent += expected + own
        yield from self._with_room(self._cases[:end], self._cases[end:])

    def _with_room(self, others: Sequence[Case], vast: Sequence[Case]) -> Iterator[Case]:
        """Yield the cases of very many numbers that the code has the time and the memory for."""
        pace = pace_of(self._subject, others[:SURE]) if vast else None
        quick = [case for case in vast if pace is not None and pace(case) <= LINES]
        is_lean = bool(quick) and _is_lean(self._subject, max(others, key=lambda case: case.size))
        for case in vast:
            if is_lean and case in quick and _has_room(self._subject, case):
                yield case
            else:
                self._too_large.append(case)

    @property
    def left_out(self) -> str | None:
        """Which cases were left out, or None."""
        found = [f"{case.geometry}, for which it has no time or memory" for case in self._too_large]
        if self._dropped:
            count = len(self._cases)
            found.insert(
                0, f"{len(self._dropped)} of {count} cases, to answer in seconds (--thorough asks more)"
            )
        return "; ".join(found) or None


def _is_lean(subject: Subject, case: Case) -> bool:
    """Return whether code in this process takes little memory on a case: right code may build a whole Jacobian."""
    if subject.counted is not None or tracemalloc.is_tracing():  # a worker has limits of its own
        return True
    tracemalloc.start()
    try:
        with suppress(SubjectError):
            _call(subject, case)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return most <= LEAN * (case.size + math.prod(case.output_shape) + products(case))


def _has_room(subject: Subject, case: Case) -> bool:
    """Return whether the code ends on a case, and has the memory for it."""
    try:
        _call(subject, case)
    except SubjectError as problem:
        has_no_memory = problem.kind is not None and issubclass(problem.kind, MemoryError)
        return not (has_no_memory or isinstance(problem, TimedOut))
    return True


def own_lines(subject: Subject) -> int:
    """Return how many lines the judge's own work on a case of a subject counts as."""
    return OWN if isinstance(subject.layer.arithmetic, Exact) else OWN_OF_SMOOTH


def pace_of(subject: Subject, battery: Sequence[Case]) -> Pace:
    """Return how many lines of a subject's code one forward and one backward run on a case, about.

    The lines of a few small cases are counted. What they have in common is extrapolated: a share for each call, each
    number of x, each number of the output, and each product that the output is made of.
    """
    if not battery:
        return lambda case: 0.0
    ordered = sorted(battery, key=products)
    chosen = sorted({math.ceil(share * (len(ordered) - 1)) for share in SAMPLE})
    sample = [ordered[index] for index in chosen]
    lines = np.array([max(1, _lines(subject, case)) for case in sample], dtype=np.float64)
    shares = fitted(np.array([_extents(case) for case in sample]), lines)
    return lambda case: float(_extents(case) @ shares)


def _extents(case: Case) -> Array:
    sizes = (1, math.prod(case.main), math.prod(case.output_shape), products(case))
    return np.array(sizes, dtype=np.float64)


def _lines(subject: Subject, case: Case) -> int:
    def run() -> None:
        with suppress(SubjectError):
            _call(subject, case)

    return (subject.counted or counted)(run)


def _call(subject: Subject, case: Case) -> None:
    """Make one forward and one backward."""
    trial = Trial(subject, case)
    _ = trial.returned if "backward" in subject.parts else trial.first


def fitted(extents: Array, lines: Array) -> Array:
    """Return the shares, none of them negative, with the least sum of squared relative errors.

    So few are fitted that each set of them is tried.
    """
    best, least = np.zeros(extents.shape[1]), math.inf
    scaled = extents / lines[:, None]
    for count in range(1, extents.shape[1] + 1):
        for columns in map(list, combinations(range(extents.shape[1]), count)):
            shares = np.linalg.lstsq(scaled[:, columns], np.ones(len(lines)))[0]
            error = float(np.sum((scaled[:, columns] @ shares - 1) ** 2))
            if (shares >= 0).all() and error < least - 1e-9:
                best, least = np.zeros(extents.shape[1]), error
                best[columns] = shares
    return best
