"""The case that a report shows: as small as it can be while one still learns from it.

Parameters are cut down, one after the other, while the same tensor fails and the case stays as instructive as it was.
Work is counted in cases and their sizes, not in seconds: a busy machine shows the same case as an idle one.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gradcheck.contract import VALUES, Case, Subject
from gradcheck.diagnosis.lessons import (
    MOST_NUMBERS,
    NEEDED,
    OF_GEOMETRY,
    ORDER,
    is_windowed,
    numbers,
    rank,
    virtues,
    virtues_of_geometry,
)
from gradcheck.diagnosis.seeing import Fails, Sight
from gradcheck.layers import geometry
from gradcheck.layers.space import cost_of

FIRST = ("pad", "output_pad", "dilation", "stride", "g", "n", "c", "f")
"""What is cut down first: a plane is easier to follow than padding around a single pixel."""

FLOORS = {"pad": 0, "output_pad": 0}
"""What a number may be cut down to, where it is not 1."""

WORK = 400_000.0
"""How much the search for one case may cost: some 150 small cases (`space.cost_of`)."""

PATIENCE = 60.0
"""Seconds by the wall clock after which the searches of one part end all the same: each call of the subject takes long.

Ten times what they need on an idle machine, or more, so that a busy one still shows the same case.
"""

VISIBLE = 0.1
"""An eps with which a mistake in its place changes the first digits."""

RESEEDED = 3
"""How many other seeds are tried where the numbers of a case are the reason why one learns little from it."""


@dataclass
class Budget:
    """Work that may be done, in the unit of `space.cost_of`; `started` is when the first search of a part began."""

    left: float = WORK
    started: float = field(default_factory=lambda: time.perf_counter())

    def spend(self, case: Case) -> bool:
        """Take the cost of a case off; return whether it could be afforded."""
        # A smooth gradient takes a forward for each of its entries.
        self.left -= cost_of(case) + (0 if case.exact else numbers(case) ** 2)
        return self.left >= 0 and time.perf_counter() - self.started < PATIENCE


@dataclass
class Search:
    """The search for the case to show.

    Attributes
    ----------
    subject : Subject
        Whose interface must be able to express the case.
    fails : callable
        Case -> what is seen of its failure, or None.
    asks : callable
        Case -> whether a verification would run the check on it: the command that repeats it must show the failure.
    budget : Budget
        The work that may be done.
    """

    subject: Subject
    fails: Fails
    asks: Callable[[Case], bool] = lambda case: True
    budget: Budget = field(default_factory=Budget)
    _seen: dict[str, Sight | None] = field(default_factory=dict)

    def best(self, starts: Iterable[Case]) -> Sight | None:
        """Return the failure to show, or None if none of the cases to start from fails within the budget."""
        start = self._start(starts)
        if start is None:
            return None
        return self._improved(self._shrunk(start))

    def _start(self, starts: Iterable[Case]) -> Sight | None:
        """Return the first failing case with every virtue, or else the one with the most important ones."""
        best: Sight | None = None
        for case in starts:
            seen = self._look(case)
            if seen is None:
                continue
            if best is None or _is_better(seen, best):
                best = seen
            if len(virtues(best)) == len(ORDER):
                break
            if self.budget.left < WORK / 2:  # the rest is for making it smaller
                break
        return best

    def _shrunk(self, seen: Sight) -> Sight:
        """Cut the case down; if it stays too large to follow by hand, at the price of the least important virtues."""
        held = virtues(seen)
        seen = self._cut(seen, held)
        for name in reversed(ORDER[NEEDED:]):
            if numbers(seen.case) <= MOST_NUMBERS:
                break
            if name in held:
                held -= {name}
                seen = self._cut(seen, held)
        return seen

    def _cut(self, seen: Sight, held: frozenset[str]) -> Sight:
        """Return the smallest failure found that holds the virtues."""
        shrinking = True
        while shrinking:
            shrinking = False
            for smaller in _smaller(seen.case):
                found = self._look(smaller, held)
                if found is not None and held <= virtues(found):
                    seen, shrinking = found, True
                    break
        return seen

    def _improved(self, seen: Sight) -> Sight:
        """Return the failure with other numbers, or an extent larger by one, if that teaches more."""
        for near in _near(seen.case):
            if len(virtues(seen)) == len(ORDER):
                break
            other = self._look(near)
            if other is not None and rank(virtues(other)) > rank(virtues(seen)):
                seen = other
        return seen

    def _look(self, case: Case, held: frozenset[str] = frozenset()) -> Sight | None:
        """Return what is seen of a case; None where it cannot be shown, passes, or lacks a virtue of its extents."""
        line = str(case)
        if line in self._seen:
            return self._seen[line]
        if not self._is_possible(case) or not held & OF_GEOMETRY.keys() <= virtues_of_geometry(case):
            return None
        if not self.budget.spend(case):
            return None
        self._seen[line] = self.fails(case)
        return self._seen[line]

    def _is_possible(self, case: Case) -> bool:
        if case.flaw is not None or not self.subject.interface.has(case):
            return False
        return 0 not in case.output_shape and self.asks(case)


def _is_better(one: Sight, other: Sight) -> bool:
    """Return whether a failure teaches more, or as much with fewer numbers."""
    ranks = rank(virtues(one)), rank(virtues(other))
    return ranks[0] > ranks[1] or (ranks[0] == ranks[1] and numbers(one.case) < numbers(other.case))


def _near(case: Case) -> Iterator[Case]:
    """Yield the case with other seeds; with an eps that shows; and with one extent larger by one, if that is small."""
    yield from (case.but(seed=case.seed + more) for more in range(1, RESEEDED + 1))
    if case.params.get("eps", VISIBLE) < VISIBLE:
        yield case.but(params={**case.params, "eps": VISIBLE})
    for name in ("n", "c", "f", "d", "m"):
        if name in case.params:
            larger = case.but(params={**case.params, name: case.params[name] + 1})
            if larger.flaw is None and numbers(larger) <= MOST_NUMBERS:
                yield larger


def _smaller(case: Case) -> Iterator[Case]:
    """Yield the case with plain numbers; then with one parameter cut down: all the way, to half, by one."""
    if case.fill in VALUES and case.fill != "plain":
        yield case.but(fill="plain")
    yield from _without_pads(case)
    names = case.layer.cases.grammar.names
    for name in sorted(names, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST)):
        for value in _cuts(case.params[name], FLOORS.get(name, 1)):
            yield case.but(params={**case.params, name: value})


def _without_pads(case: Case) -> Iterator[Case]:
    """Yield the case with rows and columns of its own where it has padding, if that is still easy to follow."""
    params = case.params
    if not is_windowed(case) or "output_pad" in params or not any(map(sum, params["pad"])):
        return
    pads = params["pad"]
    more = {name: params[name] + sum(pad) for name, pad in zip(geometry.axes_of(params), pads, strict=True)}
    more["pad"] = ((0, 0),) * len(pads)
    wider = case.but(params={**params, **more})
    if numbers(wider) <= 4 * MOST_NUMBERS:  # what is cut down next
        yield wider


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
