"""The numbers in the tensors of a case.

Exact layers get small integers, stored as floats, so that the dtype holds every product and every partial sum exactly.
Smooth layers get short decimals. Each stream of numbers has its own generator, seeded by the case's seed and a purpose,
so that nothing depends on the order of calls.
"""

from collections.abc import Callable

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Shape

EXACT_LIMIT = {"float64": 2**53, "float32": 2**24, "float16": 2**11}
"""For each dtype, the limit up to which it holds every integer."""

READABLE = 5
"""The largest absolute value of a case's integers: small enough that a reader can check a finding by hand."""

SALT = 0x67726164  # "grad"
"""Part of every seed: a subject that calls default_rng(0) itself must not draw the numbers of a case."""

PURPOSES = ("tensors", "dout", "direction", "special", "noise", "other", "slope")
"""The streams of a case. The position is part of the seed: append only, or every case line changes its numbers."""


def generator(case: Case, purpose: str, index: int = 0) -> np.random.Generator:
    """Return the generator of one stream of numbers of a case."""
    return np.random.default_rng((SALT, case.seed, PURPOSES.index(purpose), index))


def integers(rng: np.random.Generator, shape: Shape, bound: int = READABLE) -> Array:
    """Return nonzero integers between ``-bound`` and `bound`, as float64."""
    magnitude = rng.integers(1, bound + 1, size=shape)
    return np.asarray(magnitude * rng.choice((-1.0, 1.0), size=shape))


def distinct(rng: np.random.Generator, shape: Shape) -> Array:
    """Return distinct, nonzero integers in random order, as float64: no ties, and nothing at a kink.

    They lie around zero, or all below it in one of three cases: a maximum that wrongly includes a zero shows only among
    negative numbers.
    """
    count = int(np.prod(shape))
    values = np.arange(1, count + 1) - (count + 1 if rng.integers(3) == 0 else (count + 1) // 2)
    values = np.where(values >= 0, values + 1, values)
    return rng.permutation(values.astype(np.float64)).reshape(shape)


def tied(rng: np.random.Generator, shape: Shape) -> Array:
    """Return integers from -2 to 2 in steps of 2, as float64: many ties and many zeros.

    In steps of 2, so that a difference with step 1 at a tie does not reach the next value.
    """
    return rng.integers(-1, 2, size=shape) * 2.0


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


def tensors(case: Case) -> Arrays:
    """Return the inputs of a case by name, as new arrays in the case's dtype."""
    made = case.layer.numbers.fill(case, generator(case, "tensors"))
    if case.fill in SPECIAL:
        made["x"] = _with_special(made["x"], made.get("mask"), case)
    elif case.fill == "large" and case.layer.arithmetic.exact:
        made["x"] = made["x"] * case.layer.arithmetic.widening
    elif case.fill == "thirds":
        made = {name: values / 3 if values.dtype.kind == "f" else values for name, values in made.items()}
    elif case.fill == "quarters":
        made |= {name: made[name] + quarters(made[name], case) for name in case.wanted}
    return {k: v.astype(case.dtype) if v.dtype.kind == "f" else v for k, v in made.items()}


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


SPECIAL = {"nan": np.nan, "inf": np.inf}


def _with_special(x: Array, mask: Array | None, case: Case) -> Array:
    """Return a copy of `x` with one entry NaN or infinite; with a mask, one that it keeps and one that it drops."""
    special, rng = x.copy(), generator(case, "special")
    everywhere = np.ones(x.shape, dtype=bool)
    for places in (everywhere,) if mask is None else (mask != 0, mask == 0):
        among = np.flatnonzero(places)
        if among.size:
            special.flat[among[rng.integers(among.size)]] = SPECIAL[case.fill]
    return special


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
