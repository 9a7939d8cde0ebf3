"""The questions that a gradient is asked: slopes along groups of its entries, and what the answers add up to."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from gradcheck.contract import Array
from gradcheck.derivative import directions, kinks, search
from gradcheck.derivative.precision import WORST, Backward
from gradcheck.derivative.reading import FACTOR, Bench, Reading
from gradcheck.derivative.slope import TAIL, Slopes
from gradcheck.derivative.telling import Teller
from gradcheck.evidence.compare import Evidence, place

__tracebackhide__ = True

TINY = 1e-6
"""Claims below this share of the terms that cancel inside the function are zero, for what can be seen."""

WISH = 0.25
"""The bound to aim at, as a share of a group's smallest entry: a wrong sign of one entry is then seen."""

MOST_PARTS = 64
"""Most parts of a group: one entry in 16 bits stands out from some hundred others."""

MOST_WORK = 2e7
"""Parts times entries: what is asked of a large tensor stays within some seconds."""

MATTERS = 0.1
"""A group with this share of the gradient has to be resolved for a verdict; what is smaller is only noted."""

UNSTEADY = 2.0**20
"""Last places of the largest numbers by which only a gradient moves that jumps, or that rounding has ruined."""

FEW = 0.1
"""The share of the entries up to which unsteady ones are left out."""

HIDDEN = 0.25
"""Rounding above this share of the gradient hides most of what may be wrong with it."""


@dataclass
class _Seen:
    """What the readings of the groups add up to."""

    unseen: int = 0
    weight: float = 0.0
    blurred: list[Reading] = field(default_factory=list)
    noisy: list[Reading] = field(default_factory=list)
    doubted: list[Reading] = field(default_factory=list)

    def heavy(self, readings: list[Reading]) -> list[Reading]:
        """Return the readings that a verdict depends on."""
        return [each for each in readings if each.weight >= MATTERS * self.weight]


class Questions:
    """All that is asked of one gradient; `notes` is what was set aside."""

    def __init__(
        self, bench: Bench, back: Backward, teller: Teller, rng: np.random.Generator, notes: list[str]
    ) -> None:
        self.bench, self.back, self.teller, self.rng, self.notes = bench, back, teller, rng, notes
        self.seen = _Seen()
        self.active = np.ones(bench.got.shape, dtype=bool)
        self.kinked = np.zeros(bench.got.shape, dtype=bool)
        self.precise = np.zeros(bench.got.shape, dtype=bool)
        self.hopeless = ""

    def ask(self, everything: Slopes) -> Evidence | None:
        """Return the evidence against the gradient, or the reason why there is no verdict, or None.

        `everything` has slopes along a direction that moves all entries, with random signs.
        """
        found = self._wrong(everything)
        if found is not None:
            lost = self.bench.line.lost
            return Evidence(f"no verdict: {lost} outputs of forward are not finite") if lost else found
        why = self.hopeless or self._blurred() or self._at_kinks()
        if why:
            return Evidence(f"no verdict: {why}")
        hidden = self.seen.unseen + int(
            np.count_nonzero(~self.active & ~self.kinked & np.isfinite(self.bench.got))
        )
        if hidden:
            what = f"{hidden} of {self.active.size} entries of d{self.teller.name}"
            self.notes.append(f"{what} are too small compared with rounding to be judged alone")
        return None

    def miss(self) -> float:
        """Return a bound of the probability that a wrong sign of one entry, or a factor of 1.01, was not seen."""
        if self.seen.heavy(self.seen.noisy):
            return 1.0
        aside = int(np.count_nonzero(~self.active))
        return min(1.0, (self.seen.unseen + aside) / self.active.size)

    def _wrong(self, everything: Slopes) -> Evidence | None:
        bench = self.bench
        strange = ~np.isfinite(bench.got)
        found = self._not_finite(strange) if strange.any() else None
        if found is None:
            everything.ask(*TAIL)
            v = everything.v if self.active.all() else np.where(self.active, everything.v, 0.0)
            found = self._read(v, None if strange.any() else everything)[1]
        groups = directions.grouped(bench.got, self.active, bench.unit, bench.own.eps)
        for group in sorted(set(np.unique(groups).tolist()), reverse=True):
            if found is None and not self.hopeless:
                found = self._of_group(groups == group)
        return found

    def _of_group(self, members: Array) -> Evidence | None:
        """Ask about a group of entries: in parts if the rounding of all of them would hide one."""
        v = directions.along(self.bench.unit, members & self.active, self.bench.got, self.rng)
        reading, found = self._read(v)
        if reading is None or found is not None:
            return found
        parts = self._parts(v, reading)
        if parts == 1:
            self._count(v, reading)
            return None
        part_of = self.rng.integers(parts, size=v.size, dtype=np.int8)
        for part in range(parts):
            some = np.where(part_of == part, v, 0.0)
            reading, found = self._read(some)
            if found is not None:
                return found
            if reading is not None:
                self._count(some, reading)
        return None

    def _terms(self, v: Array) -> Iterator[tuple[slice, Array]]:
        """Yield what each entry claims to contribute to the slope, without its sign, block by block."""
        for part in directions.blocks(v.size):
            terms = self.bench.got[part] * v[part]
            yield part, np.abs(terms, out=terms)

    def _extremes(self, v: Array) -> tuple[float, float]:
        """Return the smallest of these terms above 0, and their sum."""
        smallest, total = np.inf, 0.0
        for _, terms in self._terms(v):
            smallest = min(smallest, float(terms[terms > 0].min(initial=np.inf)))
            total += float(terms.sum())
        return smallest, total

    def _parts(self, v: Array, reading: Reading) -> int:
        """Return into how many parts a group must fall for a wrong sign of one entry to stand out from rounding."""
        smallest = reading.smallest
        if reading.likely <= smallest or reading.slope.bound > smallest:
            return 1
        wanted = min(reading.likely / smallest, MOST_PARTS) ** 2
        return int(max(1, min(np.ceil(wanted), MOST_PARTS, MOST_WORK / v.size, np.count_nonzero(v))))

    def _read(self, v: Array, slopes: Slopes | None = None) -> tuple[Reading | None, Evidence | None]:
        """Read the slope along a direction, without the entries at kinks; return it and the evidence against it.

        `slopes` are those along `v` that are known already.
        """
        if not v.any():
            return None, None
        wish = self._wish(v)
        reading = self.bench.read(v, wish, slopes)
        if reading.slope.bound > wish and _is_rough(reading):
            self._set_aside(v)
            v[~self.active] = 0
            if self.hopeless or not v.any():
                return None, None
            reading = self.bench.read(v, wish)
        if reading.suspicious:
            reading = self._closer(v, reading, wish)
        if reading.suspicious:
            found = search.wrong_entries(self.bench, v, wish)
            if found is not None:
                return reading, self.teller.evidence(self.bench, found, self.active)
            if reading.wrong and reading.distance > TINY * reading.slope.scale:
                self.seen.doubted.append(reading)
        return reading, None

    def _wish(self, v: Array) -> float:
        smallest, total = self._extremes(v)
        return min(WISH * smallest, FACTOR / 4 * total) if total else 0.0

    def _count(self, v: Array, reading: Reading) -> None:
        """Count the entries whose wrong sign would not be seen, and keep what is not resolved."""
        zero = TINY * reading.slope.scale
        self.seen.weight += reading.weight
        for part, terms in self._terms(v) if 2 * reading.smallest <= reading.least else ():
            small = np.flatnonzero((terms > 0) & (2 * terms <= reading.least)) + part.start
            is_claim = np.abs(self.bench.got[small]) > WORST * self.bench.own.typical[small]
            self.seen.unseen += int(np.count_nonzero(is_claim))
        if reading.weight <= zero and reading.slope.bound <= zero:
            return
        if not reading.resolved:
            self.seen.blurred.append(reading)
        elif FACTOR * reading.weight <= reading.least:
            self.seen.noisy.append(reading)

    def _closer(self, v: Array, reading: Reading, wish: float) -> Reading:
        """Return a reading with the rounding of backward measured more often, without the few entries that jump.

        An entry near a jump of the gradient would hide what is wrong with all others.
        """
        moved = np.flatnonzero((v != 0) & ~self.precise)
        if not moved.size:
            return reading
        self.bench = self.bench.with_precision(moved, self.back.refined(moved, self.rng))
        self.precise[moved] = True
        unsteady = moved[self.bench.own.typical[moved] > UNSTEADY * self.bench.own.eps * self.back.size]
        if not 0 < unsteady.size <= FEW * moved.size:
            return self.bench.reread(v, reading)
        self.active[unsteady] = False
        v[unsteady] = 0
        return self.bench.read(v, wish)

    def _set_aside(self, v: Array) -> None:
        """Take the entries at kinks out of what is judged, unless they are too many."""
        found = kinks.kinked(self.bench, v)
        if found is None or 2 * np.count_nonzero(found | ~self.active) >= found.size:
            self.hopeless = self._too_many(found)
        elif found.any():
            self.active &= ~found
            self.kinked |= found

    def _too_many(self, found: Array | None) -> str:
        name = self.teller.name
        if found is None:
            return f"too many entries of {name} stand at kinks or jumps: move them away"
        aside = found | ~self.active
        first = ", ".join(map(str, self.teller.index(int(np.argmax(aside)))))
        count = f"{np.count_nonzero(aside)} of {aside.size} entries of {name}"
        return f"{count} stand at kinks or jumps, the first is {name}[{first}]: move them away"

    def _not_finite(self, strange: Array) -> Evidence | None:
        """Judge entries that are NaN or infinite: wrong where the function has a slope."""
        bench = self.bench
        for entry in np.flatnonzero(strange)[: kinks.SAMPLE]:
            v = directions.only(bench.unit, np.array([entry]))
            slope, step = bench.again(v, (1.0,))[0].slope, float(v[entry])
            if (
                self._has_slope(slope.value, slope.bound, step, float(bench.got[entry]))
                and not slope.gap.any()
            ):
                where = place(self.teller.name, strange.reshape(self.teller.shape))
                return self.teller.at(bench, int(entry), slope, step, where, float(strange.mean()))
        self.active &= ~strange
        bench.got = np.where(strange, 0.0, bench.got)
        bench.own = bench.own.without(strange)
        count = f"{np.count_nonzero(strange)} of {strange.size} entries of d{self.teller.name} are not finite"
        self.notes.append(f"{count}, where the slope is none, or too large for the dtype")
        return None

    def _has_slope(self, value: float, bound: float, step: float, got: float) -> bool:
        """Return whether a slope is known well, and is a number that the gradient could have held."""
        largest = self.back.functions.extremes[self.back.name][1]
        overflows = np.isinf(got) and abs(value / step) > largest / 4
        size = float(np.sum(np.abs(self.bench.line.middle)))
        return bool(bound <= max(FACTOR * abs(value), TINY * size)) and not overflows

    def _blurred(self) -> str:
        """Return why the readings do not suffice for a verdict, or nothing."""
        seen, name = self.seen, f"d{self.teller.name}"
        if seen.doubted:
            worst = max(seen.doubted, key=lambda reading: reading.distance)
            return (
                f"{name} claims the slope {worst.claim:.6g} along a direction, measured was {worst.slope.value:.6g}, "
                "and independent measurements do not agree well enough to decide"
            )
        drowned = [each for each in seen.heavy(seen.noisy) if each.likely > HIDDEN * each.weight]
        if drowned:
            worst = max(drowned, key=lambda reading: reading.likely)
            return (
                f"one rounding of the inputs changes {name} by {worst.likely:.1e} along a direction, where it claims "
                f"{worst.weight:.1e}: check it in a wider dtype"
            )
        blurred = seen.heavy(seen.blurred)
        if blurred:
            worst = max(blurred, key=lambda reading: reading.slope.bound)
            return (
                f"the slope of the function is known to {worst.slope.bound:.1e} only, and {name} claims "
                f"{worst.weight:.1e} along the same direction"
            )
        return ""

    def _at_kinks(self) -> str:
        """Note what was set aside; return why there is no verdict if a claim is no slope of either side."""
        count = int(np.count_nonzero(self.kinked))
        if not count:
            return ""
        between = kinks.is_between(self.bench, self.kinked, self.rng)
        note = (
            f"{count} of {self.kinked.size} entries of {self.teller.name} stand at a kink and were not judged; "
            f"the gradient given there is a subgradient (between the slopes of the two sides): "
            f"{'yes' if between else 'no'}"
        )
        if between:
            self.notes.append(note)
        return "" if between else note


def _is_rough(reading: Reading) -> bool:
    """Return whether kinks or jumps make the slope's bound what it is."""
    slope = reading.slope
    return not np.isfinite(slope.bound) or float(np.sum(slope.gap)) > TINY * slope.scale
