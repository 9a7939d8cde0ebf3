"""Entries that stand at a kink of the function, or at the edge of its domain: no gradient is right or wrong there."""

import numpy as np

from gradcheck.contract import Array
from gradcheck.derivative.directions import only
from gradcheck.derivative.line import Weighed
from gradcheck.derivative.reading import Bench
from gradcheck.derivative.slope import Slopes, estimate

__tracebackhide__ = True

CLOSE = (6, 7, 8)
"""The steps at which a kink is looked for, 2**-18 to 2**-22: closer than that it counts as one at the point itself."""

MOST_CALLS = 20_000
"""Pairs of calls that the search for kinked entries may take; beyond it they are too many to be set aside."""

MOST_WORK = 1e8
"""The same for calls times entries."""

ROUNDINGS = 16
"""Roundings that a claim at a kink may be off: it is compared with one-sided slopes, not with its own neighbourhood."""

SAMPLE = 8
"""Kinked entries that are tested alone: the claim should lie between the slopes on both sides."""


def kinked(bench: Bench, v: Array) -> Array | None:
    """Return a mask of the entries of `v` at which the function has no slope, or None if they are too many to find."""
    found = np.zeros(v.size, dtype=bool)
    calls, most = 0, min(MOST_CALLS, 30 + MOST_WORK / v.size)
    waiting = [np.flatnonzero(v)]
    same = _by_output(bench, v)
    if same is not None:
        found[same] = True
        waiting = [waiting[0][~found[waiting[0]]]]
    while waiting:
        members = waiting.pop()
        if not members.size or not _rough(bench, only(v, members)):
            continue
        calls += len(CLOSE)
        if calls > most or found.sum() > v.size // 2:
            return None
        if members.size == 1:
            found[members] = True
        else:
            half = members.size // 2
            waiting += [members[:half], members[half:]]
    return found


def is_between(bench: Bench, kinks: Array, rng: np.random.Generator) -> bool:
    """Return whether the claims at a sample of kinked entries lie between the slopes on both sides."""
    entries = np.flatnonzero(kinks)
    sample = rng.permutation(entries)[:SAMPLE]
    return all(_is_between(bench, int(entry)) for entry in sample)


def _is_between(bench: Bench, entry: int) -> bool:
    unit = float(bench.unit[entry])
    slopes = Slopes(bench.line, only(bench.unit, np.array([entry])))
    k = CLOSE[-1]
    slopes.ask(k)
    upper, lower = float(np.sum(slopes.upper[k])), float(np.sum(slopes.lower[k]))
    room = float(np.sum(slopes.rounding(k, bench.sigma))) + unit * ROUNDINGS * bench.own.eps * abs(
        float(bench.got[entry])
    )
    room += slopes.step(k) * abs(upper - lower)  # the slopes themselves change over the step
    claim = unit * float(bench.got[entry])
    return min(upper, lower) - room <= claim <= max(upper, lower) + room


def _by_output(bench: Bench, v: Array) -> Array | None:
    """Return the entries whose own output is rough, where outputs may belong to entries one by one."""
    line = bench.line
    if line.dout.size != v.size:
        return None
    rough = np.flatnonzero(_rough_cells(line, bench.sigma, v))
    if line.many > 1:
        outputs = (rough[:, None] * line.many + np.arange(line.many)).ravel()
        outputs = outputs[(outputs < v.size) & (v[np.minimum(outputs, v.size - 1)] != 0)]
        part = line.only(outputs)
        rough = outputs[_rough_cells(part, part.eps * np.abs(part.middle), v)]
    return np.asarray(rough[v[rough] != 0])


def _rough(bench: Bench, v: Array) -> bool:
    return bool(_rough_cells(bench.line, bench.sigma, v).any())


def _rough_cells(line: Weighed, sigma: Array, v: Array) -> Array:
    slopes = Slopes(line, v)
    slopes.ask(*CLOSE)
    slope = estimate(slopes, sigma)
    return (slope.gap > 0) | ~np.isfinite(slope.bounds)
