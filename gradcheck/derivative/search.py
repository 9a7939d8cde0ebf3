"""From a direction in which a gradient is wrong to the entries that are."""

from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Array
from gradcheck.derivative.directions import only
from gradcheck.derivative.reading import Bench, Reading

__tracebackhide__ = True

PATIENCE = 3
"""How often the search may follow another half after it has lost the trace."""


@dataclass(frozen=True)
class Found:
    """The smallest set of entries that was proved to be wrong together, and the reading that proves it."""

    entries: Array
    v: Array
    reading: Reading


def wrong_entries(bench: Bench, v: Array, wish: float) -> Found | None:
    """Return the smallest set of entries along `v` whose claim is wrong, confirmed by independent readings.

    The support is halved: of n entries, one wrong one is found in log2(n) readings. The trace ends where rounding hides
    it; then the entries that are left are reported together.
    """
    members = np.flatnonzero(v)
    proved = [members]
    while members.size > 1:
        half = members.size // 2
        halves = ((part, bench.read(only(v, part), wish)) for part in (members[:half], members[half:]))
        suspicious = next((each for each in halves if each[1].suspicious), None)
        if suspicious is None:
            break
        members, reading = suspicious
        if reading.wrong:
            proved.append(members)
    for candidate in reversed(proved[-PATIENCE:]):
        found = confirmed(bench, only(v, candidate))
        if found is not None:
            return Found(candidate, only(v, candidate), found)
    return None


def confirmed(bench: Bench, v: Array) -> Reading | None:
    """Return a reading along `v` if independent ones agree with each other, and none with the claim."""
    readings = bench.again(v)
    if not all(reading.wrong for reading in readings):
        return None
    for one in readings:
        for other in readings:
            if abs(one.slope.value - other.slope.value) > one.slope.bound + other.slope.bound:
                return None
    return min(readings, key=lambda reading: reading.slope.bound)
