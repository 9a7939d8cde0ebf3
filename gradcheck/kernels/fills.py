"""The numbers a kernel is judged on: integers sized to the dtype, whose sums are exact, and random reals.

An exact fill keeps ``sum |terms|`` of every result within the dtype's exact integers, which is worked out and not
hoped for: then no partial sum is rounded, in any order of summation, and a kernel has to be *equal*.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Shape
from gradcheck.evidence import fill
from gradcheck.kernels.dtypes import Dtype, loaded, stored
from gradcheck.kernels.truth import Truth, truth

KERNEL_LAYERS = ("conv2d", "conv_transpose2d", "affine")
"""The layers that are sums of products of an x and a w, and hence have these fills."""

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
    """Return tensors of integers as large as the dtype allows, all alike."""
    most = int((dtype.exact / case.layer.arithmetic.terms(case.params)) ** 0.5)
    sizes = dict.fromkeys(_names(case), min(max(most, 1), dtype.most))
    density = 1.0 if most else (dtype.exact / case.layer.arithmetic.terms(case.params)) ** 0.5
    return _exact(case, dtype, backward, Sizing(sizes, dict.fromkeys(sizes, density)))


def wide(case: Case, dtype: Dtype, backward: bool) -> Filled | None:
    """Return an x of as many bits as fit, thinned out to make room, and small integers in the other tensors.

    It shows a kernel that rounds its operands to a shorter format and sums in a long one. None where there is no room.
    """
    room = dtype.exact // case.layer.arithmetic.terms(case.params)
    density = min(1.0, max(room / WIDE, LEAST_DENSITY))
    most = min(int(room / density / 2), dtype.exact // 4)
    if dtype.is_integer or most < WIDE // 2:
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
    shapes = _shapes(case, backward)
    kept = {name: stored(rng.uniform(-most, most, shape), dtype) for name, shape in shapes.items()}
    return {name: kept[name] for name in kept if name != "dout"}, kept.get("dout")


FILLS: dict[str, Fill] = {"even": even, "wide": wide, "reals": reals}

REACH = {"out": ("x", "w"), "dx": ("w", "dout"), "dw": ("x", "dout"), "db": ("dout",)}
"""The tensors that a result is summed from."""


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
        for name, excess in over.items():
            sizing = sizing.thinned(REACH[name], 0.8 / excess)
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
