"""The numbers a kernel is judged on: integers sized to the dtype, whose sums are exact, and random reals.

An exact fill keeps ``sum |terms|`` of every result within the dtype's exact integers, which is worked out and not
hoped for: then no partial sum is rounded, in any order of summation, and a kernel has to be *equal*.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Shape
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Quadratic, Winner, is_power_of_two
from gradcheck.kernels import operations
from gradcheck.kernels.dtypes import Dtype, loaded, stored
from gradcheck.kernels.operations.operation import SUMMED
from gradcheck.kernels.truth import Truth, results, truth

KERNEL_LAYERS = SUMMED
"""The suite's layers that are sums of products of an x and a w."""

WIDE = 2**13
"""Integers of more than 13 bits do not fit into the shorter formats that tensor cores round operands to."""

LEAST_DENSITY = 1 / 16
ATTEMPTS = 12

LUCKY = 0.3
"""A result of which a smaller share is not zero, although it has terms, is drawn again."""

DRAWS = 3
"""How often it is drawn again: a sum of few numbers is zero now and then, and proves nothing."""


@dataclass(frozen=True)
class Filled:
    """The tensors of a case and its dout, as stored, and what comes of them."""

    tensors: Arrays
    dout: Array | None
    truth: Truth

    def values(self, dtype: Dtype) -> tuple[Arrays, Array | None]:
        """Return the tensors and dout in double precision."""
        tensors = {name: loaded(array, dtype) for name, array in self.tensors.items()}
        return tensors, None if self.dout is None else loaded(self.dout, dtype)


@dataclass(frozen=True)
class Sizing:
    """How large the integers of each tensor are, and which share of them is not zero."""

    most: dict[str, int]
    density: dict[str, float]

    def thinned(self, names: tuple[str, ...], by: float) -> "Sizing":
        """Return the sizing with some tensors thinned out, all together by a factor."""
        each = by ** (1 / len(names))
        return Sizing(self.most, {k: v * each if k in names else v for k, v in self.density.items()})


Fill = Callable[[Case, Dtype, bool], Filled | None]


def even(case: Case, dtype: Dtype, backward: bool) -> Filled | None:
    """Return tensors of integers as large as the dtype allows, all alike; None where none are exact."""
    if operations.of(case.layer.name).products is None:
        return _of_layer(case, dtype, backward)
    terms = max(case.layer.arithmetic.terms(case.params), 1)  # of a batch of no samples there are none
    most = int((dtype.exact / terms) ** 0.5)
    sizes = dict.fromkeys(_names(case), min(max(most, 1), dtype.most))
    density = 1.0 if most else (dtype.exact / terms) ** 0.5
    return _exact(case, dtype, backward, Sizing(sizes, dict.fromkeys(sizes, density)))


def wide(case: Case, dtype: Dtype, backward: bool) -> Filled | None:
    """Return an x of as many bits as fit, thinned out to make room, and small integers in the other tensors.

    It shows a kernel that rounds its operands to a shorter format and sums in a long one. None where there is no room.
    """
    products = operations.of(case.layer.name).products
    if products is None or "x" not in case.shapes:
        return None
    room = dtype.exact // max(case.layer.arithmetic.terms(case.params), 1)
    density = min(1.0, max(room / WIDE, LEAST_DENSITY))
    most = min(int(room / density / 2), dtype.exact // 4)
    if dtype.is_narrow or most < WIDE // 2:
        return None
    small = 3 if most > 4 * WIDE else 1
    sizes = dict.fromkeys(_names(case), small) | {"x": most // small}
    return _exact(case, dtype, backward, Sizing(sizes, dict.fromkeys(sizes, 1.0) | {"x": density}))


def reals(case: Case, dtype: Dtype, backward: bool) -> Filled | None:
    """Return random reals between -1 and 1, rounded to the dtype, and what is right for them."""
    tensors, dout = random_tensors(case, dtype, backward)
    return _filled(case, dtype, tensors | ({} if dout is None else {"dout": dout}))


def random_tensors(case: Case, dtype: Dtype, backward: bool) -> tuple[Arrays, Array | None]:
    """Return random tensors and dout, as stored: reals between -1 and 1, or any integers."""
    rng, most = fill.generator(case, "noise"), 127.0 if dtype.is_integer else 1.0
    if operations.of(case.layer.name).products is None:
        made = _varied(case, rng)
        made |= {"dout": rng.uniform(-1, 1, case.output_shape)} if backward else {}
    else:
        made = {name: rng.uniform(-most, most, shape) for name, shape in _shapes(case, backward).items()}
    kept = {name: stored(np.asarray(values), dtype) for name, values in made.items()}
    return {name: kept[name] for name in kept if name != "dout"}, kept.get("dout")


OFFSET = 2.0**10
"""How many times as large as its largest number the mean of a tensor is."""


def offset(case: Case, dtype: Dtype, backward: bool) -> Filled | None:
    """Return random reals of which the first tensor's are far from zero, and near each other."""
    tensors, dout = random_tensors(case, dtype, backward)
    name = next(name for name, array in tensors.items() if loaded(array, dtype).dtype.kind == "f")
    values = loaded(tensors[name], dtype)
    moved = stored(values + OFFSET * float(np.abs(values).max(initial=0.0)), dtype)
    return _filled(case, dtype, tensors | {name: moved} | ({} if dout is None else {"dout": dout}))


FILLS: dict[str, Fill] = {"even": even, "wide": wide, "reals": reals, "offset": offset}

VARIED = 1 / 16
"""The largest share by which the layer's own numbers are varied, so that all their bits count."""

REALS = 2.0
"""The largest of the reals that are made of a layer's integers."""


def is_exact(case: Case) -> bool:
    """Return whether integers make every result of a problem exact, whatever the order of operations.

    A mean over a power of two is exact, other means are not: a kernel may multiply by the inverse.
    """
    if operations.of(case.layer.name).products is not None:
        return True
    return case.exact and is_power_of_two(case.layer.arithmetic.unit(case.params))


def _varied(case: Case, rng: np.random.Generator) -> Arrays:
    """Return a layer's own numbers as reals with full mantissas; labels and masks as they are.

    What lies between 0 and 1 stays there: it may be a probability, and code may refuse what is none.
    """
    made = case.layer.numbers.fill(case, fill.generator(case, "tensors"))
    scales = dict.fromkeys(made, 1.0)
    if case.layer.arithmetic.exact:
        largest = {name: float(np.abs(values).max(initial=1.0)) for name, values in made.items()}
        scales = {name: REALS / largest[name] for name in made}
    return {
        name: values * scales[name] * (1 + _shares(values, rng)) if values.dtype.kind == "f" else values
        for name, values in made.items()
    }


def _shares(values: Array, rng: np.random.Generator) -> Array:
    """Return by which share of itself each number is varied."""
    drawn = rng.uniform(-VARIED, VARIED, np.shape(values))
    is_share = bool(np.all((values >= 0) & (values <= 1)))
    return -np.abs(drawn) if is_share else drawn


def _of_layer(case: Case, dtype: Dtype, backward: bool) -> Filled | None:
    """Return a layer's own integers, if the dtype holds every sum of their products; None where it may not."""
    if not is_exact(case):
        return None
    arithmetic, rng = case.layer.arithmetic, fill.generator(case, "tensors")
    unit, terms = arithmetic.unit(case.params), max(arithmetic.terms(case.params), 1)
    made = case.layer.numbers.fill(case, rng)
    names = [name for name, values in made.items() if values.dtype.kind == "f"]
    if isinstance(arithmetic, Winner):
        largest = math.prod(float(np.abs(made[name]).max(initial=1.0)) for name in names)
        most = int(dtype.exact // (terms * unit))
        if len(names) > 1:  # a product of all, and dout in the place of one of them
            most, largest = int(most // max(largest, 1.0)), largest * terms * unit
        if largest > (most if len(names) == 1 else dtype.exact) and not _selects(case, made):
            return None
        if largest > dtype.exact and len(names) == 1:
            made |= {name: _ranked(made[name], dtype) for name in names}
    else:
        sizes = _sizes(case, dtype, len(names))
        if min(sizes) < 1:
            return None
        factor = 1 if isinstance(arithmetic, Quadratic) else unit
        made |= {name: fill.integers(rng, made[name].shape, sizes[0]) * factor for name in names}
        most = sizes[1]
    if most < 1:
        return None
    if backward:
        upstream = fill.generator(case, "dout")
        made["dout"] = fill.integers(upstream, case.output_shape, min(most, dtype.most)) * unit
    kept = {name: stored(np.asarray(values), dtype) for name, values in made.items()}
    if any(not np.array_equal(loaded(kept[name], dtype), values) for name, values in made.items()):
        return None
    return _filled(case, dtype, kept)


def _sizes(case: Case, dtype: Dtype, count: int) -> tuple[int, int]:
    """Return the largest integers of the tensors and of dout, in units: every sum of their products is exact.

    A linear layer has one factor of each tensor, or dout in the place of one. A quadratic one squares a sum of them.
    """
    arithmetic = case.layer.arithmetic
    unit, terms = arithmetic.unit(case.params), max(arithmetic.terms(case.params), 1)
    if isinstance(arithmetic, Quadratic):
        most = min(int((dtype.exact / terms) ** 0.5 / 2 / count), dtype.exact // (4 * count * unit))
        return most, dtype.exact // (4 * count * unit * max(most, 1))
    most = int((dtype.exact / terms) ** (1 / count) / unit)
    return most, most


def _selects(case: Case, made: Arrays) -> bool:
    """Return whether the output is made of numbers of x, and nothing else: then any numbers are exact."""
    out = results(case, made, None)["out"]
    return bool(np.isin(out, [0.0, *made[next(iter(case.shapes))].ravel()]).all())


def _ranked(values: Array, dtype: Dtype) -> Array:
    """Return numbers of the dtype in the same order, on the same side of 0: its next ones from 1 on."""
    _, rank = np.unique(np.abs(values), return_inverse=True)
    steps = 2.0 ** (dtype.bits - 1)
    sizes = 2.0 ** (rank // steps) * (1 + rank % steps / steps)
    return np.asarray(np.sign(values) * sizes.reshape(values.shape))


def _exact(case: Case, dtype: Dtype, backward: bool, sizing: Sizing) -> Filled | None:
    """Return tensors of a sizing, thinned out until every sum is exact; None where that leaves nothing."""
    found = None
    for attempt in range(ATTEMPTS + DRAWS):
        rng = fill.generator(case, "tensors", attempt)
        made = {
            name: _integers(rng, shape, sizing.most[name], sizing.density[name])
            for name, shape in _shapes(case, backward).items()
        }
        drawn = _filled(case, dtype, {name: stored(values, dtype) for name, values in made.items()})
        over = {name: size / dtype.exact for name, size in drawn.truth.largest.items() if size > dtype.exact}
        if not over:
            found = found or drawn
            if attempt >= DRAWS or not _cancels(drawn.truth):
                return drawn
        reach = operations.of(case.layer.name).products or {}
        for name, excess in over.items():
            sizing = sizing.thinned(reach[name], 0.8 / excess)
    return found


def _cancels(right: Truth) -> bool:
    """Return whether some result is nearly all zero only because its terms cancel."""
    shares = (
        np.mean(values[right.sizes[name] > 0] != 0)
        for name, values in right.values.items()
        if right.largest[name]
    )
    return any(share < LUCKY for share in shares)


def _filled(case: Case, dtype: Dtype, kept: Arrays) -> Filled:
    values = {name: loaded(array, dtype) for name, array in kept.items()}
    tensors = {name: kept[name] for name in kept if name != "dout"}
    right = truth(case, {name: values[name] for name in tensors}, values.get("dout"))
    return Filled(tensors, kept.get("dout"), right)


def _names(case: Case) -> tuple[str, ...]:
    return (*case.shapes, "dout")


def _shapes(case: Case, backward: bool) -> dict[str, Shape]:
    upstream: dict[str, Shape] = {"dout": case.output_shape} if backward else {}
    return case.shapes | upstream


def _integers(rng: np.random.Generator, shape: Shape, most: int, density: float) -> Array:
    values = fill.integers(rng, shape, most)
    return values if density >= 1 else np.where(rng.random(shape) < density, values, 0.0)
