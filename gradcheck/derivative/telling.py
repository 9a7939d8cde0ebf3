"""What is wrong with a gradient, in words: where, both numbers, and how well the right one is known."""

from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Array, Shape
from gradcheck.derivative.gradient import entry_slope
from gradcheck.derivative.precision import WORST
from gradcheck.derivative.reading import Bench
from gradcheck.derivative.search import Found
from gradcheck.derivative.slope import Slope
from gradcheck.evidence.compare import Difference, Evidence, place

__tracebackhide__ = True

MOST_WHOLE = 512
"""Entries up to which a wrong gradient is compared entry by entry, to say where it is wrong."""


@dataclass(frozen=True)
class Teller:
    """Words for entries of one tensor, which are given as flat indices."""

    name: str
    shape: Shape

    def index(self, entry: int) -> tuple[int, ...]:
        """Return an entry's place along each axis."""
        return tuple(int(i) for i in np.unravel_index(entry, self.shape))

    def evidence(self, bench: Bench, found: Found, active: Array) -> Evidence:
        """Return the evidence against some entries: against one of them where they can be told apart."""
        worst = self._worst(bench, active) if bench.got.size <= MOST_WHOLE else None
        if worst is not None:
            return self._of(worst)
        if found.entries.size == 1:
            entry = int(found.entries[0])
            slope, step = found.reading.slope, float(found.v[entry])
            return self.at(bench, entry, slope, step, "at least there", 1 / bench.got.size)
        return self._together(bench, found)

    def at(self, bench: Bench, entry: int, slope: Slope, step: float, where: str, share: float) -> Evidence:
        """Return the evidence against one entry, given the slope along a step of it."""
        got, expected, bound = float(bench.got[entry]), slope.value / step, slope.bound / abs(step)
        return self._of(Difference(self.index(entry), got, expected, bound, where, share))

    def _of(self, found: Difference) -> Evidence:
        index = f"[{', '.join(map(str, found.index))}]" if found.index else ""
        return Evidence(f"d{self.name}{index}: {_numbers(found)}", found)

    def _together(self, bench: Bench, found: Found) -> Evidence:
        reading, (first, last) = found.reading, (self.index(int(found.entries[end])) for end in (0, -1))
        count, size = found.entries.size, bench.got.size
        several = Difference(
            first, reading.claim, reading.slope.value, reading.slope.bound + reading.worst,
            f"at least one of {count} entries", count / size,
        )  # fmt: skip
        what = (
            f"d{self.name}: along a direction of {count} entries, {list(first)} to {list(last)}, the slope is"
        )
        return Evidence(f"{what} {_numbers(several)}", several)

    def _worst(self, bench: Bench, active: Array) -> Difference | None:
        """Return the worst entry and the place of all wrong ones, each measured alone."""
        truth, bound = np.array(bench.got), np.full(bench.got.shape, np.inf)
        for entry in np.flatnonzero(active):
            slope, step = entry_slope(bench.line, bench.sigma, bench.unit, int(entry))
            truth[entry] = slope.value / step
            bound[entry] = slope.bound / step + WORST * bench.own.typical[entry]
        distance = np.abs(bench.got - truth)
        wrong = distance > bound
        if not wrong.any():
            return None
        worst = int(np.argmax(np.where(wrong, distance, -1.0)))
        where = place(self.name, wrong.reshape(self.shape))
        got, expected, error = (float(values[worst]) for values in (bench.got, truth, bound))
        return Difference(self.index(worst), got, expected, error, where, float(wrong.mean()))


def _numbers(found: Difference) -> str:
    return f"yours {found.got:.10g}, expected {found.expected:.10g} (error bound {found.bound:.1e})"
