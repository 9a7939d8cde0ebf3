"""Predicates about sizes: extents, totals, ranks, and how they are related."""

import math
from collections.abc import Callable, Iterator
from itertools import combinations, product

from blind.asked import SIDES, Asked
from blind.holding import Holds, at_least, axes_of, both, compared, equals, has_option, names_in
from blind.lists import LARGE, SMALL, TOTALS
from blind.predicate import Predicate
from gradcheck.contract import Layer


def extents(layer: Layer) -> Iterator[Predicate]:
    for name in axes_of(layer):
        yield from (
            Predicate("one extent, exact", f"{name} == {k}", equals(name, k)) for k in (*SMALL, *LARGE)
        )
        yield from (Predicate("one extent, at least", f"{name} >= {k}", at_least(name, k)) for k in LARGE)
    if "dims" in names_in(layer):
        yield from (
            Predicate("rank", f"x has {rank} axes", equals("rank of x", rank)) for rank in (2, 3, 4, 5)
        )


def totals(layer: Layer) -> Iterator[Predicate]:
    names = ["x", *(["w"] if "f" in names_in(layer) or "m" in names_in(layer) else [])]
    for name in names if layer.shapes.is_loss else [*names, "out"]:
        for k in TOTALS:
            yield Predicate(
                "total size", f"{name}.size > {k}", lambda a, name=name, k=k: a.values[name].size > k
            )


def relations(layer: Layer) -> Iterator[Predicate]:
    """Yield how the extents and options of a call are related to each other."""
    family = "relation of sizes"
    axes = list(dict.fromkeys(axes_of(layer)))
    for first, second in combinations(axes, 2):
        if "axis" not in first + second:
            yield Predicate(family, f"{first} == {second}", compared(first, second, lambda a, b: a == b))
            yield Predicate(family, f"{first} > {second}", compared(first, second, lambda a, b: a > b))
    for option in ("kernel", "stride", "dilation", "output_pad"):
        if has_option(layer, option):
            yield from _of_two_sides(option.replace("_", " "))
    if has_option(layer, "pad"):
        yield from _of_pads()
    if has_option(layer, "kernel"):
        yield from _of_kernels(layer)


def _of_two_sides(word: str) -> Iterator[Predicate]:
    family, (rows, columns) = "both axes", (f"{word} {side}" for side in SIDES)
    yield Predicate(family, f"{word} differs between the axes", compared(rows, columns, lambda a, b: a != b))
    yield Predicate(family, f"{rows} > {columns}", compared(rows, columns, lambda a, b: a > b))
    yield Predicate(family, f"{rows} < {columns}", compared(rows, columns, lambda a, b: a < b))
    for value in (2, 3):
        yield Predicate(family, f"{word} {value}x{value}", both(equals(rows, value), equals(columns, value)))
    yield Predicate(
        family,
        f"{word} the same on both axes, and above 1",
        compared(rows, columns, lambda a, b: a == b > 1),
    )


def _of_pads() -> Iterator[Predicate]:
    family = "both axes"

    def pads(test: Callable[[tuple[int, int], tuple[int, int]], bool]) -> Holds:
        return lambda asked: test(*asked.options["pad"])

    yield Predicate(family, "pad uneven along the rows", pads(lambda r, c: r[0] != r[1]))
    yield Predicate(family, "pad uneven along the columns", pads(lambda r, c: c[0] != c[1]))
    yield Predicate(family, "pad top > pad bottom", pads(lambda r, c: r[0] > r[1]))
    yield Predicate(family, "pad left < pad right", pads(lambda r, c: c[0] < c[1]))
    yield Predicate(family, "pad uneven along both axes", pads(lambda r, c: r[0] != r[1] and c[0] != c[1]))
    yield Predicate(
        family, "pad even along each axis, but unequal", pads(lambda r, c: r[0] == r[1] != c[0] == c[1])
    )
    yield Predicate(family, "pad 1x1 on all sides", pads(lambda r, c: r == c == (1, 1)))
    yield Predicate(family, "pad 2x2 on all sides", pads(lambda r, c: r == c == (2, 2)))
    yield Predicate(family, "pad along one axis only", pads(lambda r, c: (sum(r) > 0) != (sum(c) > 0)))


def _of_kernels(layer: Layer) -> Iterator[Predicate]:
    family = "kernel, stride and plane"
    for axis, side in enumerate(SIDES):
        kernel, stride = f"kernel {side}", f"stride {side}"
        yield Predicate(
            family, f"stride > kernel along the {side}", compared(stride, kernel, lambda a, b: a > b)
        )
        yield Predicate(
            family,
            f"stride == kernel > 1 along the {side}",
            compared(stride, kernel, lambda a, b: a == b > 1),
        )
        yield Predicate(
            family, f"1 < stride < kernel along the {side}", compared(stride, kernel, lambda a, b: 1 < a < b)
        )
        yield Predicate(family, f"even kernel along the {side}", lambda a, k=kernel: a.sizes[k] % 2 == 0)
        yield Predicate(
            family,
            f"kernel > the plane along the {side}",
            lambda a, axis=axis: a.window(axis) > a.sizes["hw"[axis]],
        )
        yield Predicate(
            family,
            f"kernel == the plane along the {side}",
            lambda a, axis=axis: a.window(axis) == a.sizes["hw"[axis]],
        )
        yield Predicate(
            family,
            f"pad >= kernel along the {side}",
            lambda a, axis=axis: a.options["pad"][axis][0] >= a.window(axis),
        )
        if "transpose" not in layer.name:
            yield Predicate(family, f"remainder along the {side}", lambda a, axis=axis: _rest(a, axis) > 0)
            yield Predicate(
                family,
                f"'same' padding along the {side}",
                lambda a, axis=axis: (
                    a.sizes["hw"[axis]] == a.sizes[f"output {SIDES[axis]}"] and a.window(axis) > 1
                ),
            )
    area = lambda a: a.sizes["kernel rows"] * a.sizes["kernel columns"]  # noqa: E731
    for k in (1, 9, 16, 25, 49):
        yield Predicate(family, f"kernel area > {k}", lambda a, k=k: area(a) > k)
    yield Predicate(family, "kernel 1x1", lambda a: area(a) == 1)
    yield Predicate(
        family, "kernel 1x1 and stride 2x2", lambda a: area(a) == 1 and a.options["stride"] == (2, 2)
    )
    yield Predicate(
        family, "square kernel above 3x3", compared("kernel rows", "kernel columns", lambda a, b: a == b > 3)
    )
    yield Predicate(
        family, "a kernel of one row", lambda a: a.sizes["kernel rows"] == 1 < a.sizes["kernel columns"]
    )
    yield Predicate(
        family, "a kernel of one column", lambda a: a.sizes["kernel columns"] == 1 < a.sizes["kernel rows"]
    )
    yield Predicate(family, "one output position", lambda a: math.prod(a.out.shape[2:]) == 1)
    yield Predicate(family, "a plane of one row", lambda a: a.sizes["h"] == 1)
    yield Predicate(family, "a plane of one column", lambda a: a.sizes["w"] == 1)


def _rest(asked: Asked, axis: int) -> int:
    """Return how many rows or columns the stride leaves over."""
    free = asked.sizes["hw"[axis]] + sum(asked.options["pad"][axis]) - asked.window(axis)
    rest: int = free % asked.options["stride"][axis]
    return rest


def groups(layer: Layer) -> Iterator[Predicate]:
    if "g" not in names_in(layer):
        return
    each = ["channels per group", *(["filters per group"] if "f" in names_in(layer) else [])]
    for name, k in product(["groups", *each], (1, 2, 3, 4, 8)):
        yield Predicate("groups", f"{name} == {k}", equals(name, k))
    for name in ("groups", *each):
        yield Predicate("groups", f"{name} >= 5", at_least(name, 5))
        yield Predicate("groups", f"{name} >= 16", at_least(name, 16))
    several = at_least("groups", 2)
    for name in each:
        for k in (1, 2, 3):
            yield Predicate("groups", f"several groups with {name} == {k}", both(several, equals(name, k)))
    yield Predicate("groups", "depthwise", both(several, equals("channels per group", 1)))
    if len(each) == 2:
        depthwise = both(several, equals("channels per group", 1))
        yield Predicate(
            "groups", "depthwise with two filters a channel", both(depthwise, equals("filters per group", 2))
        )
        yield Predicate(
            "groups",
            "several groups, of several channels and several filters",
            both(several, both(at_least(each[0], 2), at_least(each[1], 2))),
        )
