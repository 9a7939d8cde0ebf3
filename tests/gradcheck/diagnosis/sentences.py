"""The sentences about where entries are wrong, read back: each is checked against the two arrays it is about.

Nothing here uses the code that writes the sentences.
"""

import itertools
import re

import numpy as np

AXES = {
    ("x", 3): ("sample", "position", "feature"),
    ("h", 3): ("sample", "step", "unit"),
    ("w", 4): ("filter", "channel", "kernel row", "kernel column"),
    ("w", 2): ("feature", "unit"),
    ("W", 2): ("row", "feature"),
    ("b", 3): ("filter", "row", "column"),
}
BY_RANK = {4: ("sample", "channel", "row", "column"), 2: ("sample", "feature"), 1: ("entry",)}
SIZES = {
    "N": lambda p: p["n"],
    "C": lambda p: p["c"],
    "F": lambda p: p["f"],
    "D": lambda p: p["d"],
    "groups": lambda p: p["g"],
    "H W": lambda p: p["h"] * p["w"],
    "kernel entries": lambda p: np.prod(p.get("kernel") or (p["kh"], p["kw"])),
    "1 / keep_prob": lambda p: 1 / p["keep_prob"],
    "features": lambda p: np.prod(p["dims"]),
}


def contradiction(sentence, case, name, got, right, bound):
    """Return what in the arrays contradicts a sentence, or None."""
    wrong = ~(
        (np.abs(got - right) <= bound) & np.isfinite(right) | (got == right) | np.isnan(got) & np.isnan(right)
    )
    for pattern, holds in PATTERNS:
        found = re.fullmatch(pattern, sentence)
        if found:
            said = Said(case, name, got, right, wrong)
            return (
                None
                if holds(said, *found.groups())
                else f"{sentence!r} of {got.tolist()} for {right.tolist()}"
            )
    return f"no pattern reads {sentence!r}"


class Said:
    def __init__(self, case, name, got, right, wrong):
        self.case, self.name, self.got, self.right, self.wrong = case, name, got, right, wrong
        default = BY_RANK.get(wrong.ndim) or tuple(f"axis {i}" for i in range(wrong.ndim))
        self.axes = AXES.get((name, wrong.ndim)) or default

    def same(self, other):
        scale = np.abs(other).max(initial=1.0)
        return other.shape == self.got.shape and np.allclose(self.got, other, rtol=2e-5, atol=1e-9 * scale)

    def axis(self, name):
        axis = self.axes.index(name)
        assert self.wrong.shape[axis] > 1, f"a sentence about an axis of extent 1: {name}"
        return axis

    def indices(self, phrase):
        """Return the axis and the indices that a phrase names."""
        if group := re.fullmatch(r"groups? (.*)|the groups from (\d+) on", phrase):
            axis = {"x": 1, "out": 1, "w": 0, "b": 0}[self.name]
            groups, size = self.case.params["g"], self.wrong.shape[axis]
            which = listed(group[1]) if group[1] else range(int(group[2]), groups)
            return axis, [i for i in range(size) if i // (size // groups) in which]
        for axis, name in enumerate(self.axes):
            found = self._along(phrase, name, self.wrong.shape[axis])
            if found is not None:
                assert self.wrong.shape[axis] > 1, f"a sentence about an axis of extent 1: {phrase}"
                return axis, found
        raise AssertionError(f"no axis in {phrase!r}")

    def _along(self, phrase, name, size):
        plural = {"entry": "entries"}.get(name, f"{name}s")
        if phrase == f"the last {name}":
            return [size - 1]
        if found := re.fullmatch(rf"{name} (\d+)", phrase):
            return [int(found[1])]
        if found := re.fullmatch(rf"the (first|last) (\d+) {plural}", phrase):
            count = int(found[2])
            return list(range(count)) if found[1] == "first" else list(range(size - count, size))
        if found := re.fullmatch(rf"every (\d+)(?:nd|rd|th) {name} from (\d+)", phrase):
            return list(range(int(found[2]), size, int(found[1])))
        if found := re.fullmatch(rf"{plural} ([\d, and]+)", phrase):
            return listed(found[1])
        if found := re.fullmatch(rf"(\d+) of (\d+) {plural}", phrase):
            axis = self.axes.index(name)
            held = np.flatnonzero(self.wrong.any(axis=tuple(i for i in range(self.wrong.ndim) if i != axis)))
            return held.tolist() if (held.size, size) == (int(found[1]), int(found[2])) else []
        return None

    def block(self, phrases):
        """Return the entries that phrases, one for each axis, have in common."""
        mask = np.ones(self.wrong.shape, bool)
        for phrase in re.split(r", (?=[a-z]|\d+ of)", phrases):
            axis, which = self.indices(phrase)
            along = np.isin(np.arange(self.wrong.shape[axis]), which)
            mask &= along.reshape([-1 if i == axis else 1 for i in range(mask.ndim)])
        return mask

    def seen_by(self):
        """Return how many windows see each position, and whether one of these reaches into the padding."""
        p = self.case.params
        kernel, dilation = p.get("kernel") or (p["kh"], p["kw"]), p.get("dilation", (1, 1))
        seen, padded = np.zeros((p["h"], p["w"]), int), np.zeros((p["h"], p["w"]), bool)
        for start in itertools.product(*map(range, self.case.output_shape[2:])):
            taps = [
                tuple(start[k] * p["stride"][k] - p["pad"][k][0] + tap[k] * dilation[k] for k in (0, 1))
                for tap in itertools.product(*map(range, kernel))
            ]
            inside = [tap for tap in taps if 0 <= tap[0] < p["h"] and 0 <= tap[1] < p["w"]]
            for tap in inside:
                seen[tap] += 1
                padded[tap] |= len(inside) < len(taps)
        return seen, padded


def listed(text):
    return [int(number) for number in re.findall(r"\d+", text)]


def named(said, what, factor):
    return what is None or all(
        np.isclose(SIZES[name](said.case.params), factor) for name in what.split(" = ")[:-1]
    )


def times(said, factor, what):
    return said.same(float(factor) * said.right) and named(said, what, float(factor))


def part_of(said, size, what):
    return said.same(said.right / float(size)) and named(said, what, float(size))


def moved(said, by, name):
    axis, by = said.axis(name), int(by)
    around = np.roll(said.right, by, axis)
    gap = np.moveaxis(around.copy(), axis, 0)
    gap[: max(by, 0)], gap[len(gap) + min(by, 0) :] = 0, 0
    return said.same(around) or said.same(np.moveaxis(gap, 0, axis))


def remainder(said, phrases, rest):
    if not np.array_equal(said.block(phrases), said.wrong):
        return False
    return not rest or not said.seen_by()[0][said.wrong.any(axis=(0, 1))].any()


def only_at(said, kind):
    at = said.wrong.any(axis=(0, 1))
    return not at[~kind].any() and at.any() and not kind.all()


PATTERNS = [
    (r"it is the only entry", lambda said: said.wrong.size == 1),
    (r"everywhere", lambda said: said.wrong.all() and said.wrong.size > 1),
    (r"only this one entry is wrong", lambda said: said.wrong.sum() == 1),
    (r"every entry is 0", lambda said: not said.got.any() and said.got.size > 1),
    (r"every entry is NaN", lambda said: np.isnan(said.got).all()),
    (r"every entry has the wrong sign", lambda said: said.same(-said.right) and said.right.size > 1),
    (r"every entry is ([-\d.e+]+) times what it should be(?: \((.*)\))?", times),
    (r"every entry is 1/([\d.]+) of what it should be(?: \((.*)\))?", part_of),
    (r"every entry is off by the same ([-\d.e+]+)", lambda said, by: said.same(said.right + float(by))),
    (
        r"transposed: (.*) and (.*) are exchanged",
        lambda said, a, b: said.same(np.swapaxes(said.right, said.axis(a), said.axis(b))),
    ),
    (
        r"flipped along (?:both )?(.*)",
        lambda said, which: said.same(
            np.flip(said.right, [said.axis(each) for each in which.split(" and ")])
        ),
    ),
    (r"shifted by (-?\d+) along (.*)", moved),
    (
        r"the entries along (.*) are in the order (.*)",
        lambda said, name, order: said.same(np.take(said.right, listed(order), said.axis(name))),
    ),
    (
        r"the right numbers, in other places",
        lambda said: np.allclose(np.sort(said.got, axis=None), np.sort(said.right, axis=None)),
    ),
    (r"only where windows overlap", lambda said: only_at(said, said.seen_by()[0] > 1)),
    (r"only where no window reaches", lambda said: only_at(said, said.seen_by()[0] == 0)),
    (r"only in windows that reach into the padding", lambda said: only_at(said, said.seen_by()[1])),
    (
        r"only (.*) is right",
        lambda said, phrase: np.array_equal(said.block(phrase), ~said.wrong),
    ),
    (r"only (.*) (?:is|are) wrong(: the remainder of the stride)?", remainder),
    (
        r"only some entries of (.*)",
        lambda said, phrases: (
            said.wrong.any()
            and not said.wrong[~said.block(phrases)].any()
            and not said.wrong[said.block(phrases)].all()
        ),
    ),
    (
        r"(\d+) of (\d+) entries, spread along every axis",
        lambda said, some, of: (int(some), int(of)) == (said.wrong.sum(), said.wrong.size) and some != of,
    ),
]
