"""The numbers in the tensors of a case.

Exact layers get small integers, stored as floats, so that the dtype holds every product and every partial sum exactly.
Smooth layers get short decimals. Each stream of numbers has its own generator, seeded by the case's seed and a purpose,
so that nothing depends on the order of calls.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence

from gradcheck.contract import Array, Arrays, Case, Shape

EXACT_LIMIT = {"float64": 2**53, "float32": 2**24, "float16": 2**11}
"""For each dtype, the limit up to which it holds every integer."""

READABLE = 5
"""The largest absolute value of a case's integers: small enough that a reader can check a finding by hand."""

SALT = 0x67726164  # "grad"
"""Part of every seed: a subject that calls default_rng(0) itself must not draw the numbers of a case."""

PURPOSES = ("tensors", "dout", "direction", "special", "noise", "other", "slope", "own")
"""The streams of a case. The position is part of the seed: append only, or every case line changes its numbers."""


def generator(case: Case, purpose: str, index: int = 0) -> np.random.Generator:
    """Return the generator of one stream of numbers of a case: that of NumPy's `default_rng` for the same seed."""
    seed = _seed_of(case.seed, PURPOSES.index(purpose), index)
    return np.random.Generator(np.random.PCG64(seed))  # type: ignore[arg-type]  # NumPy's stubs forget ISeedSequence


@dataclass(frozen=True)
class _Hashed(ISeedSequence):
    """A seed that is hashed already. The hash takes most of the time that a new generator takes."""

    state: Array

    def generate_state(self, n_words: int, dtype: Any = np.uint64) -> Array:
        """Return the state of a PCG64, the one generator that is made from it."""
        return self.state


@lru_cache(maxsize=4096)
def _seed_of(seed: int, purpose: int, index: int) -> _Hashed:
    """Return the seed of a stream; the cases of all layers share their seeds, and so the few seeds of a run."""
    words = (SALT, seed, purpose, index)
    return _Hashed(np.random.SeedSequence(words).generate_state(4, np.uint64))


def signs(rng: np.random.Generator, shape: Shape) -> Array:
    """Return ones of either sign: the numbers of ``rng.choice((-1.0, 1.0), size=shape)``, which takes longer."""
    return 2.0 * rng.integers(2, size=shape) - 1.0


def integers(rng: np.random.Generator, shape: Shape, bound: int = READABLE) -> Array:
    """Return nonzero integers between ``-bound`` and `bound`, as float64."""
    magnitude = rng.integers(1, bound + 1, size=shape)
    return np.asarray(magnitude * (2.0 * rng.integers(2, size=shape) - 1.0))


def distinct(rng: np.random.Generator, shape: Shape) -> Array:
    """Return distinct, nonzero integers in random order, as float64: no ties, and nothing at a kink.

    They lie around zero, or all below it in one of three cases: a maximum that wrongly includes a zero shows only among
    negative numbers.
    """
    return _distinct(rng, shape, below=rng.integers(3) == 0)


def either_side(rng: np.random.Generator, shape: Shape) -> Array:
    """Return distinct, nonzero integers around zero: where a kink is there, all below it would hide a mistake."""
    rng.integers(3)  # the numbers are those of `distinct` where these lie around zero
    return _distinct(rng, shape, below=False)


def _distinct(rng: np.random.Generator, shape: Shape, *, below: bool) -> Array:
    count = int(np.prod(shape))
    values = np.arange(1, count + 1) - (count + 1 if below else (count + 1) // 2)
    values = np.where(values >= 0, values + 1, values)
    return rng.permutation(values.astype(np.float64)).reshape(shape)


def tied(rng: np.random.Generator, shape: Shape) -> Array:
    """Return integers from -2 to 2 in steps of 2, as float64: many ties and many zeros, some of them negative.

    In steps of 2, so that a difference with step 1 at a tie does not reach the next value.
    """
    values = rng.integers(-1, 2, size=shape) * 2.0
    return np.where((values == 0) & (np.arange(values.size).reshape(shape) % 2 == 1), -0.0, values)


def reals(rng: np.random.Generator, shape: Shape, low: float = -2.0, high: float = 2.0) -> Array:
    """Return decimals with two places between `low` and `high`."""
    return np.round(rng.uniform(low, high, size=shape), 2)


def positives(rng: np.random.Generator, shape: Shape) -> Array:
    """Return decimals with two places between 0.5 and 2."""
    return reals(rng, shape, 0.5, 2.0)


def wide(rng: np.random.Generator, shape: Shape, bits: int) -> Array:
    """Return integers drawn evenly from the ``2**bits`` values from ``-2**(bits - 1)`` to ``2**(bits - 1) - 1``."""
    half = 2 ** (bits - 1)
    return rng.integers(-half, half, size=shape).astype(np.float64)


def magnitudes(rng: np.random.Generator, low: float, high: float, shape: Shape) -> Array:
    """Return powers of ten with exponents from a range, whose ends occur where there are two numbers or more."""
    found = 10 ** rng.uniform(low, high, size=shape)
    if found.size > 1:
        found.flat[0], found.flat[-1] = 10.0**low, 10.0**high
    return np.asarray(found)


def tensors(case: Case) -> Arrays:
    """Return the inputs of a case by name, as new arrays in the case's dtype."""
    rng = generator(case, "tensors")
    made = case.layer.numbers.fill(case, rng)
    if case.fill in ORDINARY:
        made = _varied(made, case, rng)
    elif case.fill in SPECIAL:
        made |= _with_special(made, case)
    elif case.fill == "masked":
        made["x"] = _masked(made["x"], made["y"], case)
    elif case.fill == "large" and case.layer.arithmetic.exact:
        main = case.layer.shapes.main
        made[main] = made[main] * case.layer.arithmetic.widening
    elif case.fill == "thirds":
        # In single precision they are larger: what is right for small numbers only has to show there, too.
        third = 100 / 3 if case.dtype == "float32" else 1 / 3
        made = {name: values * third if values.dtype.kind == "f" else values for name, values in made.items()}
    elif case.fill == "quarters":
        made |= {name: made[name] + quarters(made[name], case) for name in case.wanted}
    return {k: v.astype(case.dtype) if v.dtype.kind == "f" else v for k, v in made.items()}


def _varied(made: Arrays, case: Case, rng: np.random.Generator) -> Arrays:
    """Return the numbers of another kind; a variant knows the main tensor as x, and never sees indices of that name."""
    main, vary = case.layer.shapes.main, ORDINARY[case.fill]
    if main == "x":
        return vary(made, rng)
    floats = {"x" if name == main else name: v for name, v in made.items() if v.dtype.kind == "f"}
    found = vary(floats, rng)
    return made | {main if name == "x" else name: values for name, values in found.items()}


def upstream(case: Case, *, bits: int | None = None, index: int = 0) -> Array:
    """Return dout, the gradient that arrives at the output; it is random, because a constant one hides mistakes.

    It has small integers by default, and integers drawn from ``2**bits`` values if `bits` is given. They are multiples
    of the layer's unit, so that the divisions of backward are exact.
    """
    shape = case.output_shape
    rng = generator(case, "dout", index)
    if not case.layer.arithmetic.exact:
        return np.asarray(reals(rng, shape), dtype=case.dtype)
    values = integers(rng, shape) if bits is None else wide(rng, shape, bits)
    return np.asarray(values * case.layer.arithmetic.unit(case.params), dtype=case.dtype)


def full_upstream(case: Case, index: int) -> Array:
    """Return dout of a smooth layer in full precision, as the bound on the probability of a miss assumes."""
    rng = generator(case, "dout", index)
    return rng.uniform(-2, 2, size=case.output_shape).astype(case.dtype)


BIG = 2.0**18 + 1
"""Odd, so that products with it have bits at both ends, and sums of them do not fit single precision."""

BIG_TO_SQUARE = 2.0**12 + 1
"""The same for numbers that are squared."""

SATURATED = 20.0
"""With decimals up to 2: sigmoid and tanh are at their limits, and exp overflows in no precision.

Larger values are asked by the check `large`, which not all code promises.
"""

TINY = 1e-4

GRADE = 2.0**14
"""What some numbers are multiplied by where others are not: products of two, and their sums, are exact."""

OFFSET = 2.0**15
"""Larger than any of the distinct integers of a case: none of them comes to lie at a kink at 0."""


def large_factor(case: Case) -> float:
    """Return by how much decimals are multiplied where large ones are asked for: some are near the end of the range."""
    return 1e4 if case.size % 2 == 0 or case.dtype != "float64" else 1e31


def _scaled(factor: float) -> "Variant":
    """Return the variant in which x and w are multiplied by a number."""

    def vary(made: Arrays, rng: np.random.Generator) -> Arrays:
        return made | {name: made[name] * factor for name in ("x", "w") if name in made}

    return vary


def _tiny(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return tiny numbers in x and w, and the running statistics that such an x has."""
    powers = {"x": 1, "w": 1, "running_mean": 1, "running_var": 2}
    return made | {name: made[name] * TINY**power for name, power in powers.items() if name in made}


def _big(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return large integers in x; in the targets of a regression, too."""
    targets = [name for name in ("y",) if name in made and made[name].dtype.kind == "f"]
    factor = BIG_TO_SQUARE if targets else BIG
    return made | {name: made[name] * factor for name in ("x", *targets)}


def _zeros(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return the tensors with every second entry of x, w, gamma and beta zero, at random."""
    names = [name for name in ("x", "w", "b", "gamma", "beta") if name in made]
    return made | {name: made[name] * rng.integers(0, 2, size=made[name].shape) for name in names}


def _real(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return numbers with full mantissas, of which some are large; positive ones over several powers of ten."""
    found = dict(made)
    for name, values in made.items():
        if name == "running_var":
            found[name] = 10 ** (rng.uniform(-12, 6) + rng.uniform(-1, 1, size=values.shape))
        elif values.dtype.kind == "f":
            spread = rng.normal(0, 1.5, size=values.shape)
            # Along a sequence, larger weights of the state would magnify every rounding without end.
            found[name] = spread / np.sqrt(len(values)) if name == "Wh" else spread
    return found


def _shifted(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return x, and running means, around means between -1000 and 1000, one for each index of the second axis."""
    x = made["x"]
    means = np.round(rng.uniform(-1000, 1000, size=(1, *x.shape[1:2], *(1,) * (x.ndim - 2))))
    running = {"running_mean": made["running_mean"] + means.ravel()} if "running_mean" in made else {}
    return made | running | {"x": x + means}


def _signed(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return gamma with entries of both signs, and with a negative zero where there are two or more."""
    gamma = made["gamma"] * rng.choice((-1.0, 1.0), size=made["gamma"].shape)
    gamma.flat[rng.integers(gamma.size)] = -1.5
    if rng.integers(3) == 0:
        gamma = -np.abs(gamma)
    elif gamma.size > 1:
        gamma.flat[rng.permutation(gamma.size)[0]] = -0.0
    return made | {"gamma": gamma}


def _far(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return x with numbers of all magnitudes up to 20, and of either sign."""
    x = made["x"]
    return made | {"x": signs(rng, x.shape) * magnitudes(rng, -33, 1.3, x.shape)}


def _graded(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return integers of which some are large: beside these, the others are small."""
    return {
        name: values * GRADE ** rng.integers(0, 2, size=values.shape) if values.dtype.kind == "f" else values
        for name, values in made.items()
    }


def _null(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return zeros in all tensors but x."""
    return {
        name: values * 0.0 if values.dtype.kind == "f" and name != "x" else values
        for name, values in made.items()
    }


def _offset(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return numbers around a mean that is many times as large as they differ."""
    return {name: values + OFFSET if values.dtype.kind == "f" else values for name, values in made.items()}


def _repeated(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return x with a sample of zeros, and with two equal ones where there are three."""
    x = made["x"].copy()
    x[:1] = 0.0
    x[-1:] = x[-2:-1] if len(x) > 2 else x[-1:]
    return made | {"x": x}


def _blank(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return x with nothing but zeros."""
    return made | {"x": made["x"] * 0.0}


def _flat(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return x, gamma and w with equal numbers throughout."""
    names = [name for name in ("x", "w", "gamma") if name in made and made[name].size]
    return made | {name: np.full_like(made[name], made[name].flat[0]) for name in names}


def _sorted(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return x in ascending order."""
    return made | {"x": np.sort(made["x"], axis=None).reshape(made["x"].shape)}


def _initial(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return the values with which training starts: gamma and running variances 1, biases and running means 0."""
    ones = {name: np.ones_like(made[name]) for name in ("gamma", "running_var") if name in made}
    zeros = {name: np.zeros_like(made[name]) for name in ("b", "beta", "running_mean") if name in made}
    return made | ones | zeros


def _outlying(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return x with one entry far from all others."""
    x = made["x"].copy()
    if x.size:
        x.flat[rng.integers(x.size)] *= 50.0
    return made | {"x": x}


def _equal(made: Arrays, rng: np.random.Generator) -> Arrays:
    """Return x with equal numbers in every row."""
    x = made["x"]
    return made | {"x": np.broadcast_to(x[..., :1], x.shape).copy()}


Variant = Callable[[Arrays, np.random.Generator], Arrays]
ORDINARY: dict[str, Variant] = {
    "big": _big,
    "blank": _blank,
    "equal": _equal,
    "far": _far,
    "flat": _flat,
    "graded": _graded,
    "initial": _initial,
    "null": _null,
    "offset": _offset,
    "outlying": _outlying,
    "real": _real,
    "repeated": _repeated,
    "saturated": _scaled(SATURATED),
    "shifted": _shifted,
    "signed": _signed,
    "sorted": _sorted,
    "tiny": _tiny,
    "zeros": _zeros,
}
"""What changes the plain numbers of a layer. Norms make ``centred`` and ``constant`` themselves, losses ``last``."""

SPECIAL = {"inf-others": np.inf, "nan": np.nan, "inf": np.inf, "-inf": -np.inf, "nan-others": np.nan}
"""What one entry of the main tensor is, or one of each other tensor.

The first is asked of a second case, too: with the other signs.
"""


def _with_special(made: Arrays, case: Case) -> Arrays:
    """Return a copy of x, or of each other tensor, with one entry NaN or infinite; there of either sign by turns.

    With a mask of x, there is one that it keeps and one that it drops. No variance is negative.
    """
    rng, value, main = generator(case, "special"), SPECIAL[case.fill], case.layer.shapes.main
    if not case.fill.endswith("others"):
        mask = _mask_of(made[main], made.get("mask"))
        return {main: _placed(made[main], mask, value, rng)}
    others = [name for name in made if name != main and made[name].dtype.kind == "f" and made[name].size]
    turns = {name: -value if turn % 2 else value for turn, name in enumerate(others, _turn_of(case))}
    return {
        name: _placed(made[name], None, abs(each) if name == "running_var" else each, rng)
        for name, each in turns.items()
    }


def _turn_of(case: Case) -> int:
    """Return a number by which cases take turns: the place in the battery, or else the seed."""
    battery = case.layer.cases.battery
    return battery.index(case.geometry) if case.geometry in battery else case.seed


def _mask_of(values: Array, mask: Array | None) -> Array | None:
    """Return the mask with the axes of the tensor, if it masks its entries or its first axes."""
    if mask is None or mask.shape != values.shape[: mask.ndim]:
        return None
    return np.broadcast_to(mask.reshape(*mask.shape, *(1,) * (values.ndim - mask.ndim)), values.shape)


def _placed(values: Array, mask: Array | None, value: float, rng: np.random.Generator) -> Array:
    placed = values.copy()
    everywhere = np.ones(values.shape, dtype=bool)
    for places in (everywhere,) if mask is None else (mask != 0, mask == 0):
        among = np.flatnonzero(places)
        if among.size:
            placed.flat[among[rng.integers(among.size)]] = value
    return placed


def _masked(x: Array, y: Array, case: Case) -> Array:
    """Return scores of which one in each sample is minus infinity, but not that of the label."""
    masked, rng, classes = x.copy(), generator(case, "special"), x.shape[-1]
    rows, labels = masked.reshape(y.size, classes), y.ravel()
    if classes > 1:
        rows[np.arange(y.size), (labels + rng.integers(1, classes, size=y.size)) % classes] = -np.inf
    return masked


def quarters(values: Array, case: Case) -> Array:
    """Return quarters that move integers away from zero: their order, and their side of a kink, stay the same.

    If the layer divides by a number, each quarter is multiplied by its odd part, so that the quotient stays a binary
    fraction.
    """
    unit = case.layer.arithmetic.unit(case.params)
    # unit & -unit is the largest power of two that divides the unit.
    return np.sign(values) * (unit // (unit & -unit)) / 4


Filler = Callable[[np.random.Generator, Shape], Array]


def by_name(**fillers: Filler) -> Callable[[Case, np.random.Generator], Arrays]:
    """Return a layer's `fill` that fills each tensor with the function passed under its name."""

    def fill(case: Case, rng: np.random.Generator) -> Arrays:
        shapes = case.shapes
        return {name: fillers[name](rng, shape) for name, shape in shapes.items()}

    return fill
