"""The numbers that a reference and a kernel are given: integers, reals, extremes, in the form that the inputs have.

A tensor that `get_inputs` makes triangular, symmetric, of labels or of probabilities stays so: a kernel may rely on it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.kernels.dtypes import Dtype, loaded, stored
from gradcheck.kernels.references.oracle import Given, Oracle

LABELS = 4
"""A tensor of so few different numbers has labels."""

ENOUGH = 6
"""In a tensor of fewer numbers, no form is seen."""

SCALES = {"float64": 2.0**24, "float32": 2.0**12, "float16": 2.0**4, "bfloat16": 2.0**12}
"""What large numbers are multiplied by, and tiny ones divided."""

LEVELS = ((3, 1.0), (1, 1.0), (1, 0.25))
"""How large integers are, and which share of them may not be zero: fewer where a short format holds no larger sums."""

FILLS = ("own", "reals", "integers", "negative", "tiny", "large", "zeros")


@dataclass(frozen=True)
class Form:
    """What an input is like, as two draws of it agree."""

    is_kept: bool = False
    zeros: str | None = None
    is_symmetric: bool = False
    sums_to_one: bool = False


def form_of(one: Array, other: Array) -> Form:
    """Return the form that two draws of an input have in common."""
    if one.dtype.kind != "f" or one.size < ENOUGH or one.shape != other.shape:
        return Form(is_kept=one.dtype.kind != "f")
    both = (one, other)
    if all(1 < len(np.unique(each)) <= min(LABELS, each.size - 1) for each in both):
        return Form(is_kept=True)
    is_square = one.ndim >= 2 and one.shape[-1] == one.shape[-2] > 1
    shares = all(np.allclose(each.sum(-1), 1, atol=0.05) and (each >= 0).all() for each in both if each.ndim)
    zeros = None
    if is_square and all((each == 0).any() for each in both):
        for name, keep in MASKS.items():
            if all(np.array_equal(each, keep(each)) for each in both):
                zeros = name
    return Form(
        zeros=zeros,
        is_symmetric=is_square and all(np.array_equal(each, each.swapaxes(-1, -2)) for each in both),
        sums_to_one=bool(shares and one.ndim and one.shape[-1] > 1),
    )


MASKS: dict[str, Callable[[Array], Array]] = {
    "upper": np.triu,
    "lower": np.tril,
    "diagonal": lambda x: np.where(np.eye(x.shape[-1]) > 0, x, 0.0),
}


@dataclass
class Numbers:
    """Draws numbers for a reference at some sizes."""

    oracle: Oracle
    forms: Sequence[Form]
    rng: np.random.Generator
    turn: int = 0
    level: int = 0

    def given(self, fill: str) -> Given:
        """Return the numbers of a fill, without upstream gradients."""
        # Labels come from one call of `get_inputs`, or from another one, in turn.
        samples = self.oracle.second if self.turn % 2 else self.oracle.sample
        self.turn += 1
        if any(a.shape != b.shape for a, b in zip(samples, self.oracle.sample, strict=True)):
            samples = self.oracle.sample
        inputs = tuple(
            self._filled(fill, sample, form) for sample, form in zip(samples, self.forms, strict=True)
        )
        state = self.oracle.state
        if fill == "integers":
            names = set(self.oracle.parameters)
            state = {k: self._filled(fill, v, Form()) if k in names else v for k, v in state.items()}
        return Given(inputs, state)

    def douts(self, outputs: Arrays, fill: str) -> tuple[Array, ...]:
        """Return an upstream gradient for each output of floating numbers."""
        return tuple(
            self._filled("integers" if fill == "integers" else "reals", values, Form())
            for values in outputs.values()
            if values.dtype.kind == "f"
        )

    def _filled(self, fill: str, sample: Array, form: Form) -> Array:
        if fill == "own" or form.is_kept or sample.dtype.kind != "f":
            return sample
        made = self._drawn(fill, sample.shape)
        if form.sums_to_one:
            made = np.abs(made) + 2.0**-4
            made = made / made.sum(-1, keepdims=True)
        if form.is_symmetric:
            made = np.tril(made) + np.tril(made, -1).swapaxes(-1, -2)
        if form.zeros is not None:
            made = MASKS[form.zeros](made)
        return rounded(made, self.oracle.dtype)

    def _drawn(self, fill: str, shape: tuple[int, ...]) -> Array:
        if fill == "integers":
            most, density = LEVELS[self.level]
            drawn = self.rng.integers(-most, most + 1, shape)
            return np.where(self.rng.random(shape) < density, drawn, 0).astype(np.float64)
        made: Array = self.rng.uniform(2.0**-5, 2, shape) * self.rng.choice([-1.0, 1.0], shape)
        if fill == "negative":
            return np.asarray(-np.abs(made))
        scale = SCALES[self.oracle.dtype.name]
        factor = {"tiny": 1 / scale, "large": scale, "zeros": 0.0}.get(fill, 1.0)
        return np.asarray(made * factor)


def rounded(values: Array, dtype: Dtype) -> Array:
    """Return double precision rounded to a dtype, in double precision."""
    return loaded(stored(np.asarray(values), dtype), dtype)


def projected(gradient: Array, form: Form) -> Array | None:
    """Return the part of a gradient that the form of its input leaves open; None where that is not known.

    A kernel that relies on a triangular input has no gradient beyond it, and the reference may have one.
    """
    if form.sums_to_one:
        return None
    if form.is_symmetric:
        gradient = (gradient + gradient.swapaxes(-1, -2)) / 2
    return gradient if form.zeros is None else MASKS[form.zeros](gradient)


def edited(array: Array, form: Form, rng: np.random.Generator, *, is_pair: bool = False) -> Array:
    """Return an array whose inner numbers are in another order: ends, middle, sum and extremes are those of before.

    Of a pair, two numbers change their places, and all others stay: few fingerprints see it.
    """
    if array.dtype.kind != "f" or form.is_kept or form.is_symmetric or form.sums_to_one:
        return array
    flat = array.ravel().copy()
    inner = np.flatnonzero(flat)[1:-1]  # a triangle stays one
    inner = inner[inner != flat.size // 2]
    if inner.size < 2:
        return array
    order = rng.permutation(inner)
    if is_pair:
        one = order[0]
        others = _elsewhere(array.shape, one, inner)
        inner = np.array([one, others[np.argmax(np.abs(flat[others] - flat[one]))]])
        order = inner[::-1]
    flat[inner] = flat[order]
    return flat.reshape(array.shape)


def _elsewhere(shape: tuple[int, ...], one: int, places: Array) -> Array:
    """Return the places, by preference those in other rows and columns: a sum along an axis sees the exchange."""
    others = places[places != one]
    here, there = np.unravel_index(one, shape), np.unravel_index(others, shape)
    is_other = np.all([np.asarray(b) != a for a, b in zip(here, there, strict=True)], axis=0)
    return np.asarray(others[is_other] if is_other.any() else others)
