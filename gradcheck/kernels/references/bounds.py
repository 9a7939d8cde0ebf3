"""How far rounding may take a right kernel's result from the truth: measured on the reference, for each entry.

With ``u`` the roundoff of the dtype, T the result in double precision and R the reference's own in the dtype:

- ``l`` is the root mean square of the change of T when every number given is moved at random by up to u of itself, in
  units of u. It is the length of the vector of shares that the numbers have in the entry.
- A sum of n terms in any order errs by at most ``n u`` times the sum of the sizes of its terms (N. Higham, "Accuracy
  and Stability of Numerical Algorithms", 2002, section 3.1), and that sum is at most ``r l``: n and r are asked of
  PyTorch, by differentiating a few entries.
- ``k`` is the largest error of R, in units of ``u (l + |T|)``, also on numbers a few roundings away: what the
  reference loses on its way, any right kernel may lose, and `SAFETY` times that. In double precision R is T, and k is
  that of single precision.
- Another form of the same function may cancel numbers of the size of the largest result: `CANCELLED` roundings of it.
- Where a kink or a tie is near, a rounding changes the result by a jump. It is moved by ``n r u``, and what that
  changes is allowed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.kernels.dtypes import BY_NAME, Dtype, spacing
from gradcheck.kernels.references.numbers import rounded
from gradcheck.kernels.references.oracle import Dependence, Given, Oracle

SAFETY = 8.0
DRAWS = 3
"""So many further times, on numbers a few roundings away, the reference's own error is measured."""

MANY = 256
"""In results of so many entries, its largest error is known from one time."""

CANCELLED = 4.0
PAIRS = 2
TINY = 2.0**-40
"""By so much, relative to the largest, numbers are moved to find out whether a result jumps."""

JUMP = 2.0**-20
"""A result that then changes by more than this share of its largest entry has a jump there."""

SINGLE = BY_NAME["float32"]


@dataclass(frozen=True)
class Bounds:
    """The error allowed for each entry of each result, and the results that jump, which are not judged."""

    allowed: Arrays
    jumps: frozenset[str]


def bounds_of(
    oracle: Oracle, given: Given, right: Arrays, own: Arrays | None, sums_in: Dtype | None, seed: int
) -> Bounds:
    """Return how far each result may be off. What the reference raises passes.

    Parameters
    ----------
    oracle : Oracle
        The reference.
    given : Given
        The numbers.
    right : dict
        The results in double precision.
    own : dict, optional
        The reference's results in the dtype, where it runs there.
    sums_in : Dtype, optional
        A longer dtype in which sums have to be.
    seed : int
        Of the directions.
    """
    rng, dtype = np.random.default_rng(seed), oracle.dtype
    unit = dtype.roundoff
    depends = oracle.dependence(given, rng)
    lengths = _lengths(oracle, given, right, unit, rng)
    jumps = jumps_of(oracle, given, right, seed)
    terms = {name: depends.get(name, _unknown(given, right[name])) for name in right}
    growth = max((each.terms + 2) * each.ratio for each in terms.values())
    long = unit if sums_in is None else sums_in.roundoff
    moved = _largest_change(oracle, given, right, growth * long + 4 * unit, rng)
    lost = {} if own is None else _lost(oracle, given, right, own, lengths, rng)
    allowed = {}
    for name, values in right.items():
        scale = unit * (lengths[name] + np.abs(values)) + _least(dtype)
        sums = (terms[name].terms + 2) * terms[name].ratio * max(long / unit, 2.0**-30)
        factor = SAFETY * lost.get(name, 1.0) + sums + (SAFETY if long < unit else 0.0)
        largest = float(np.abs(values).max(initial=0.0))
        allowed[name] = np.maximum(
            factor * scale + CANCELLED * unit * largest + 0.501 * spacing(values, dtype), moved[name]
        )
    return Bounds(allowed, jumps)


def _lost(
    oracle: Oracle, given: Given, right: Arrays, own: Arrays, lengths: Arrays, rng: np.random.Generator
) -> dict[str, float]:
    """Return the largest error of the reference in the dtype, in units of what a rounding of all numbers changes."""
    dtype = SINGLE if oracle.dtype.bits > SINGLE.bits else oracle.dtype
    judged = oracle if dtype is oracle.dtype else oracle.in_dtype(dtype)
    found = dict.fromkeys(right, 0.0)
    is_long = all(values.size >= MANY for values in right.values())
    for draw in range(1 if is_long and dtype is oracle.dtype else DRAWS + 1):
        if draw or dtype is not oracle.dtype:
            size = 4 * dtype.roundoff * min(draw, 1)
            step = next(_moved(given, size, rng))
            moved = step.mapped(lambda array: rounded(array, dtype))
            right, own = judged.results(moved, is_precise=True), judged.results(moved, is_precise=False)
        for name, value in found.items():
            if not np.isfinite(own[name]).all() or own[name].dtype.kind != "f":
                continue
            scale = dtype.roundoff * (lengths[name] + np.abs(right[name])) + _least(dtype)
            error = np.abs(own[name] - right[name]) - 0.5 * spacing(right[name], dtype)
            found[name] = max(value, float(np.max(error / scale, initial=0.0)))
    return found


def _least(dtype: Dtype) -> float:
    """Return the distance of the numbers next to zero."""
    return float(spacing(np.zeros(()), dtype))


def _unknown(given: Given, values: Array) -> Dependence:
    """Return what is assumed where nothing can be asked: an entry depends on its share of all numbers."""
    numbers = sum(array.size for array in given.floats())
    terms = max(1, -(-numbers // max(1, values.size)))
    return Dependence(terms, float(np.sqrt(terms)))


def _moved(given: Given, size: float, rng: np.random.Generator) -> Iterator[Given]:
    """Yield the numbers, moved at random by up to a share of themselves, and moved the other way."""
    steps = {id(a): rng.uniform(0.5, 1, a.shape) * rng.choice([-1.0, 1.0], a.shape) for a in given.floats()}
    for sign in (1, -1):
        yield given.mapped(lambda a, sign=sign: a * (1 + sign * size * steps[id(a)]))  # type: ignore[misc]


def _changes(oracle: Oracle, right: Arrays, moved: Given) -> Arrays:
    found = oracle.results(moved, is_precise=True)
    with np.errstate(all="ignore"):
        return {
            name: np.nan_to_num(np.abs(found[name].astype(np.float64) - right[name]), nan=np.inf)
            for name in right
        }


def _lengths(oracle: Oracle, given: Given, right: Arrays, unit: float, rng: np.random.Generator) -> Arrays:
    """Return the root mean square of each entry's change, in units of the roundoff."""
    step = max(unit, 2.0**-30)  # in double precision a smaller one would measure our own rounding
    squares = {name: np.zeros(values.shape) for name, values in right.items()}
    for _ in range(PAIRS):
        for moved in _moved(given, step, rng):
            for name, change in _changes(oracle, right, moved).items():
                squares[name] += np.square(change / step) / (2 * PAIRS)
    return {name: 1.3 * np.sqrt(square) for name, square in squares.items()}  # a step is 3/4 on average


def _largest_change(
    oracle: Oracle, given: Given, right: Arrays, size: float, rng: np.random.Generator
) -> Arrays:
    found = {name: np.zeros(values.shape) for name, values in right.items()}
    for moved in _moved(given, size, rng):
        for name, change in _changes(oracle, right, moved).items():
            found[name] = np.maximum(found[name], change)
    return found


def jumps_of(oracle: Oracle, given: Given, right: Arrays, seed: int) -> frozenset[str]:
    """Return the results that a tiny change of all numbers changes by much: at ties and kinks, either is right."""
    rng = np.random.default_rng([seed, 1])
    steps = {id(a): rng.uniform(0.5, 1, a.shape) * rng.choice([-1.0, 1.0], a.shape) for a in given.floats()}
    found = set()
    for sign in (TINY, -TINY):

        def change(array: Array, sign: float = sign) -> Array:
            largest = float(np.abs(array).max(initial=0.0)) or 1.0
            return np.asarray(array + sign * largest * steps[id(array)])

        try:
            changes = _changes(oracle, right, given.mapped(change))
        except Exception:  # noqa: BLE001, S112 - the reference refuses numbers outside of its domain
            continue
        for name, values in changes.items():
            size = float(np.abs(right[name]).max(initial=0.0)) or 1.0
            if values.size and float(values.max()) > JUMP * size:
                found.add(name)
    return frozenset(found)


def exact_names(oracle: Oracle, given: Given, right: Arrays, own: Arrays) -> frozenset[str]:
    """Return the results that have to be equal: sums of products of integers that the dtype holds, in any order.

    The reference itself gives the integers in the dtype. It is linear in each tensor alone, as two equal steps of it
    show. And the sums of the absolute values of all terms are integers that the dtype holds.
    """
    try:
        sizes = oracle.results(given.mapped(np.abs), is_precise=True)
        if not all(_is_linear(oracle, given, name) for name in _leaves(given)):
            return frozenset()
    except Exception:  # noqa: BLE001 - the reference's own code
        return frozenset()
    return frozenset(
        name
        for name, values in right.items()
        if np.array_equal(values, np.rint(values))
        and np.array_equal(values, own[name])
        and float(np.abs(sizes[name]).max(initial=0.0)) <= oracle.dtype.exact
    )


def _leaves(given: Given) -> list[int | str]:
    inputs = [at for at, array in enumerate(given.inputs) if array.dtype.kind == "f"]
    return [*inputs, *(name for name, array in given.state.items() if array.dtype.kind == "f")]


def _is_linear(oracle: Oracle, given: Given, leaf: int | str) -> bool:
    """Return whether outputs change by the same twice where a tensor is added twice; and by something."""

    def at(times: float) -> Arrays:
        if isinstance(leaf, int):
            other = given.with_input(leaf, given.inputs[leaf] * times)
        else:
            other = Given(given.inputs, given.state | {leaf: given.state[leaf] * times})
        return oracle.results(Given(other.inputs, other.state), is_precise=True)

    one, two, three = at(1), at(2), at(3)
    smooth = [name for name in one if one[name].dtype.kind == "f"]
    return all(
        np.array_equal(two[name] - one[name], three[name] - two[name])
        and (not one[name].any() or not np.array_equal(one[name], two[name]))
        for name in smooth
    )
