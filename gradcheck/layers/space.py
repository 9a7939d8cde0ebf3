"""The space of questions: the classes that a case belongs to, and few cases that between them have every class."""

import math
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, combinations
from typing import Any

from gradcheck.contract import Case
from gradcheck.grammar import Params
from gradcheck.layers import geometry
from gradcheck.layers.extents import WIDE

MEETS = "meets"
"""In the name of a class that is two already, and makes no pairs with others."""

MEETING = {"kernel": 5, "stride": 3, "dilation": 3, "pad": 2}
"""The largest options that are asked for two at a time along each axis: those in use, and the pads that fit them."""

USUAL = 3
"""Kernels, strides and dilations that often meet; larger ones are asked for once on each axis."""

ALONE = (*range(10), 16, 17, 32, 33, 64, 65, 100)
"""Extents that are classes of their own."""

BELOW_A_BLOCK = (15, 31, 63)
"""A class, too; what is in none is medium up to the last of `ALONE`, and then long or longer."""


def classes_of(case: Case) -> frozenset[str]:
    """Return the classes of a case: one or several for each parameter, for its numbers, and for what follows from both.

    Examples
    --------
    ``{"n=2", "w=63-65", "stride=2", "stride axes differ", "groups: depthwise", "fill=signed"}``
    """
    if not is_rich(case):
        # A wide extent counts only where a mistake in it would show.
        return frozenset(chain(_of_extents(case, WIDE[0] - 1), _of_ones(case.params), _of_numbers(case)))
    params = _noticed(case)
    named = chain.from_iterable(_of_value(name, value) for name, value in params.items())
    extents = chain(_of_extents(case, math.inf), _of_tiles(case, params))
    return frozenset(chain(named, extents, _of_groups(params), _of_numbers(case)))


def is_rich(case: Case) -> bool:
    """Return whether a mistake would show: with one sample, one channel or one feature, most results are trivial.

    In evaluation, too little is computed; of equal numbers, those of a wrong place are right; and windows may see
    nothing but padding.
    """
    if case.params.get("mode") == "eval" or case.fill in ALIKE or not _sees_input(case):
        return False
    names = (*RICH, "t", "h") if "Wh" in case.shapes else RICH
    extents = [value for name, value in case.params.items() if name in names]
    return min([*extents, *case.params.get("dims", ())], default=2) > 1


TILED = 6
"""The least extent of a result where code may work in tiles."""

ALIKE = frozenset({"blank", "equal", "flat", "null"})
"""The kinds of numbers that are equal, or equal in each row."""

LONGER = 512

VAST = 10_000
"""Beyond so many numbers in a tensor, code may cut it into parts, or take another method."""

SMALL_EPS = 1e-4
"""A larger eps outweighs the variance of tiny and of constant numbers."""

RICH = ("n", "c", "f", "d", "m", "s", "t", "v")

RECURRENT = ("Wx", "Wh")
"""The weights of a recurrent layer."""


def pairs_of(case: Case) -> frozenset[str]:
    """Return the pairs of classes of a case, of two different parameters each."""
    classes = sorted(each for each in classes_of(case) if f" {MEETS} " not in each)
    return frozenset(
        f"{one} & {other}"
        for one, other in combinations(classes, 2)
        if one.partition("=")[0] != other.partition("=")[0]
    )


class Pairs:
    """The pairs of classes that some cases have."""

    def __init__(self, classes: Iterable[frozenset[str]]) -> None:
        self._numbers: dict[str, int] = {}
        self._beside = self._found(classes)

    def share_of(self, classes: Iterable[frozenset[str]]) -> float:
        """Return the share of the pairs that other cases have, too, of which the classes are given."""
        found = self._found(classes)
        had = sum((found.get(each, 0) & others).bit_count() for each, others in self._beside.items())
        return had / max(sum(others.bit_count() for others in self._beside.values()), 1)

    def _found(self, classes: Iterable[frozenset[str]]) -> dict[int, int]:
        """Return, for each class by its number, the classes beside it as the bits of an integer."""
        beside: dict[int, int] = {}
        for names in classes:
            numbers = [self._numbers.setdefault(name, len(self._numbers)) for name in names]
            mask = sum(1 << number for number in numbers)
            for number in numbers:
                beside[number] = beside.get(number, 0) | mask
        return beside


def cost_of(case: Case) -> float:
    """Return roughly how long loops need for a case: the products that its output is made of, and a fixed share."""
    return 2000.0 + case.size + products(case)


def products(case: Case) -> int:
    """Return how many products a case's output is made of."""
    params, x, out = case.params, math.prod(case.main), math.prod(case.output_shape)
    if "order" in params:  # attention: each output is made of all values, each weight of a query and a key
        return out * int(params["t"]) + x * int(params["t"])
    if "kernel" in params:
        return out * math.prod(params["kernel"])
    if "Wh" in case.shapes:  # every step multiplies by all weights
        weights = sum(math.prod(case.shapes[name]) for name in RECURRENT)
        return int(params["n"] * params.get("t", 1)) * weights
    weights = math.prod(case.shapes.get("w", ()))
    if "output_pad" in params:  # each input is spread by the weights of its channel
        return x * weights // max(int(params["c"]), 1)
    return max(x, out * weights // max(int(params.get("f", params.get("m", 1))), 1))


def _noticed(case: Case) -> dict[str, Any]:
    """Return the parameters; a dilation of one tap, and a stride of one window, as 1: they make no difference."""
    params = dict(case.params)
    if not _is_windowed(params):
        return params
    windows = geometry.plane(params) if "output_pad" in params else case.output_shape[2:]
    params["stride"] = _where_several(params["stride"], windows)
    if "dilation" in params:
        params["dilation"] = _where_several(params["dilation"], _window(params))
    return params


def _where_several(values: tuple[int, ...], counts: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(value if count > 1 else 1 for value, count in zip(values, counts, strict=True))


def _sees_input(case: Case) -> bool:
    """Return whether on each axis some tap of some window lies on the input."""
    params = case.params
    if not _is_windowed(params) or "output_pad" in params:
        return True
    dilation = params.get("dilation", (1,) * len(params["stride"]))
    return all(
        any(0 <= at * step + tap * apart - pad[0] < size for at in range(count) for tap in range(extent))
        for size, count, extent, step, apart, pad in zip(
            geometry.plane(params),
            case.output_shape[2:],
            _window(params),
            params["stride"],
            dilation,
            params["pad"],
            strict=True,
        )
    )


def _is_windowed(params: Params) -> bool:
    """Return whether a window slides over x; a declared layer may have a stride of its own kind."""
    has_kernel = "kernel" in params or any(name in params for name in geometry.EXTENTS.values())
    return isinstance(params.get("stride"), tuple) and has_kernel


def _window(params: Params) -> tuple[int, ...]:
    return geometry.kernel_of(params)


def _of_ones(params: Params) -> Iterator[str]:
    """Yield which extents are 1: in training and in evaluation this is a case of its own."""
    several = max([value for _, value in _extents(params)]) > WIDE[0]
    for name in RICH:
        if params.get(name) == 1:
            yield f"{name}=1, {params.get('mode', 'always')}"
            if several:
                yield f"{name}=1 beside a wide one"


def _of_extents(case: Case, most: float) -> Iterator[str]:
    """Yield the classes of each extent up to a limit, and of the sizes."""
    planes = list(_of_planes(case))
    for name, value in (*_extents(case.params), *planes):
        if value <= most:
            yield f"{name}={_range(value)}"
    named = (*_extents(case.params), *((name, value) for name, value in planes if name in PLANE))
    several = [(name, value) for name, value in named if 1 < value <= most]
    for (one, value), (other, same) in combinations(several, 2):
        if value == same:
            yield f"{one} and {other}=equal"
    for name, shape in {
        "x": case.main,
        "out": case.output_shape,
        "w": case.shapes.get("w", ()),
    }.items():
        size = math.prod(shape)
        if shape and (size <= VAST or most == math.inf):
            yield f"size of {name}={_power(size)}"


PLANE = tuple(geometry.EXTENTS)


def _of_planes(case: Case) -> Iterator[tuple[str, int]]:
    """Yield the extents of the planes under a window, before and after it; wide ones only where it has several taps."""
    if _is_windowed(case.params):
        names, before, after = (
            geometry.axes_of(case.params),
            geometry.plane(case.params),
            case.output_shape[2:],
        )
        for name, size, count, taps in zip(names, before, after, _window(case.params), strict=True):
            for each, value in ((name, size), (f"o{name}", count)):
                if taps > 1 or value < WIDE[0]:
                    yield each, value


def _of_tiles(case: Case, params: Params) -> Iterator[str]:
    """Yield whether tiles fit into the result of a usual window: fast code takes several of its numbers at once.

    Winograd's algorithm, or a loop that is unrolled, begins with planes of some size, and may forget what is left over.
    """
    if not _is_windowed(params) or set(params.get("dilation", (1,))) != {1}:
        return
    window, after = _window(params), case.output_shape[2:]
    is_usual = len({*window}) == 1 and window[0] <= USUAL and {*params["stride"]} in ({1}, {2})
    if is_usual and min(after) >= TILED:
        fit = "left over" if any(extent % 2 for extent in after) else "fit"
        yield f"tiles of {geometry.by(window)} stride {params['stride'][0]}={fit}"


def _extents(params: Params) -> Iterator[tuple[str, int]]:
    """Yield each extent with its name, and the number of axes; an axis of x without a name is called by its place."""
    for name, value in params.items():
        if isinstance(value, int) and not (name in PLANE and _is_windowed(params)):
            yield name, value
        elif name == "dims":
            whole = (*params.get("lead", ()), *value)
            yield from ((f"axis {i + 1}", each) for i, each in enumerate(whole))
            yield "axes", len(whole) + 1
            yield "features", math.prod(value)
        elif name == "lead":
            yield "leading axes", len(value)


def _of_numbers(case: Case) -> Iterator[str]:
    """Yield the classes of a case's numbers: in training and in evaluation they play different roles."""
    yield f"fill={case.fill}, {case.params.get('mode', 'always')}"
    if "eps" in case.params:
        yield f"fill={case.fill}, {'small' if case.params['eps'] < SMALL_EPS else 'large'} eps"


def _of_value(name: str, value: Any) -> Iterator[str]:
    """Yield the classes of one option's value."""
    if isinstance(value, int) or name in ("dims", "lead"):
        return
    if not isinstance(value, tuple):
        yield f"{name}={value}"
    elif value and isinstance(value[0], tuple):
        yield from _of_pads(name, value)
    else:
        axes = DIRECTIONS[-len(value) :]
        yield from (f"{name} {axis}={each}" for axis, each in zip(axes, value, strict=True))
        yield f"{name} axes={_same(value)}"
        if name in ("stride", "dilation") and max(value) <= USUAL:
            yield f"{name}={'x'.join(map(str, value))}"


DIRECTIONS = ("deep", "down", "across")


def _of_pads(name: str, pads: tuple[tuple[int, int], ...]) -> Iterator[str]:
    yield from (f"{name}={each}" for both in pads for each in both)
    yield f"{name} axes={_same(pads)}"
    yield f"{name} sides={'same' if all(before == after for before, after in pads) else 'differ'}"


def _same(values: tuple[Any, ...]) -> str:
    return "same" if len(set(values)) == 1 else "differ"


@cache
def _range(value: int) -> str:
    """Return the class of an extent: the number itself, or numbers that code hardly tells from each other."""
    if value in ALONE:
        return str(value)
    if value in BELOW_A_BLOCK:
        return "one below a block"
    return "medium" if value < ALONE[-1] else "long" if value < LONGER else "longer"


@cache
def _power(value: int) -> str:
    """Return a range of sizes: from one power of four to the next; what is beyond `VAST` is one of its own."""
    if value > VAST:
        return f"{VAST}-"
    low = 4 ** (max(value, 1).bit_length() // 2)
    return f"{low // 2}-"


def _of_groups(params: Params) -> Iterator[str]:
    """Yield the classes of how channels are grouped, and of the whole window."""
    if "g" in params and "c" in params:
        each, filters = params["c"] // params["g"], params.get("f", params["c"]) // params["g"]
        kind = "none" if params["g"] == 1 else "depthwise" if each == 1 else "several channels"
        yield f"groups={kind}, {'one filter' if filters == 1 else 'several filters'} each"
        yield f"channels each={_range(each)}"
        yield f"filters each={_range(filters)}"
    if _is_windowed(params):
        yield from _of_axes(params)
        yield f"window={_shape_of(_window(params), params)}"
        if geometry.is_planar(params):
            yield f"plane={_proportion(params['h'], params['w'])}, stride axes {_same(params['stride'])}"
        yield from _of_what_is_left(params)


def _of_axes(params: Params) -> Iterator[str]:
    """Yield which kernel, stride, dilation and pad meet two at a time along one axis: code adds and divides them."""
    named = {"kernel": _window(params), "stride": params["stride"], "dilation": params.get("dilation")}
    named["pad"] = tuple(before for before, _ in params["pad"])
    there = {name: values for name, values in named.items() if values is not None}
    for (one, firsts), (other, seconds) in combinations(there.items(), 2):
        axes = DIRECTIONS[-len(firsts) :]
        for axis, first, second in zip(axes, firsts, seconds, strict=True):
            if first <= MEETING[one] and second <= MEETING[other]:
                yield f"{one} {first} {MEETS} {other} {axis}={second}"


def _follow(window: tuple[int, ...], stride: tuple[int, ...]) -> str:
    """Return how windows follow each other: code may ask whether they lie side by side on one axis only."""
    axes = zip(DIRECTIONS[-len(window) :], window, stride, strict=True)
    names = [name for name, extent, step in axes if extent == step]
    if len(names) in (0, len(window)):
        return "side by side" if names else "apart or overlapping"
    return f"side by side {' and '.join(names)} only"


def _proportion(h: int, w: int) -> str:
    return "tall" if h >= 2 * w else "broad" if w >= 2 * h else "even"


def _of_what_is_left(params: Params) -> Iterator[str]:
    """Yield on which axes windows leave rows or columns over, with how they follow each other."""
    if "output_pad" in params:  # there every input has its window
        return
    window = _window(params)
    dilation = params.get("dilation", (1,) * len(window))
    axes = zip(geometry.plane(params), params["pad"], window, dilation, params["stride"], strict=True)
    over = [(size + sum(pad) - (extent - 1) * apart - 1) % step for size, pad, extent, apart, step in axes]
    follow = _follow(window, params["stride"])
    whole = not any(size % extent for size, extent in zip(geometry.plane(params), window, strict=True))
    if max(window) > 1:
        yield f"plane of whole windows={'yes' if whole else 'no'}, windows {follow}"
    names = ("layers", "rows", "columns")[-len(over) :]
    left = " and ".join(name for name, rest in zip(names, over, strict=True) if rest) or "nothing"
    yield f"left over={left}, {params.get('rounding', 'floor')}, windows {follow}"


def _shape_of(window: tuple[int, ...], params: Params) -> str:
    """Return the class of a whole window: a square one with its stride, or in which direction it is longer."""
    if len(set(window)) > 1:
        return "row" if window[0] == 1 else "column" if window[1] == 1 else "oblong"
    is_spaced = set(params.get("dilation", (1,))) != {1}
    steps = "dilated" if is_spaced else f"stride {_step(window[0], params['stride'])}"
    is_usual = window[0] <= USUAL and not is_spaced
    return f"{geometry.by(window)} {steps}{_edge(params) if is_usual else ''}"


def _edge(params: Params) -> str:
    """Return how a usual window ends at the edge: the rounding, and whether the stride leaves anything over."""
    if "output_pad" in params:
        return ""
    left = any(
        (params[name] + sum(pad) - extent) % step
        for name, pad, extent, step in zip(
            geometry.axes_of(params), params["pad"], _window(params), params["stride"], strict=True
        )
    )
    return f", {params.get('rounding', 'floor')}{', left over' if left else ''}"


def _step(kernel: int, stride: tuple[int, ...]) -> str:
    """Return the class of a square window's stride."""
    if len(set(stride)) > 1:
        return "uneven"
    return str(stride[0]) if stride[0] <= 2 else "side by side" if stride[0] == kernel else "above 2"
