"""Variants of the suite's layers: a pooling along a line, the logarithm of a softmax, a learned table of positions.

They are judged where people write them, as functions and as classes. No naming of the suite has them, and `naive` and
`fast` do not: what they are made of is there, or a line of NumPy.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck.contract import (
    Array,
    Arrays,
    Case,
    Cases,
    Choose,
    Colour,
    Layer,
    Numbers,
    Ours,
    Pair,
    Shape,
    Shapes,
)
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Linear, Smooth, Winner
from gradcheck.grammar import ALL_PADS, EXTENTS, REAL, Grammar, Params
from gradcheck.layers import loss, pool
from gradcheck.layers.curves import SOFTMAX
from gradcheck.layers.extents import draw_extents

# Pooling along a line: of planes that are one column wide.


def on_a_plane(params: Params) -> dict[str, Any]:
    """Return the parameters of the pooling of planes that does the same."""
    found = {name: value for name, value in params.items() if name != "length"}
    found |= {"h": params["length"], "w": 1, "kernel": (params["kernel"][0], 1)}
    found |= {"stride": (params["stride"][0], 1), "pad": (params["pad"][0], (0, 0))}
    return found | ({"dilation": (params["dilation"][0], 1)} if "dilation" in params else {})


def along_a_line(params: Params) -> dict[str, Any]:
    """Return the parameters of a pooling along a line that is like one of planes along their height."""
    found = {name: value for name, value in params.items() if name not in ("h", "w")}
    windows = ("kernel", "stride", "pad", "dilation")
    return {**found, "length": params["h"], **{name: params[name][:1] for name in windows if name in params}}


def _line(params: Params) -> dict[str, Shape]:
    """x (N, C, L)."""
    return {"x": (params["n"], params["c"], params["length"])}


def _line_output(params: Params) -> Shape:
    return pool.output(on_a_plane(params))[:3]


def _line_colours(params: Params, name: str) -> Iterator[Colour]:
    for colour in pool.colours(on_a_plane(params), name):
        yield Colour(colour.members, colour.owner.reshape(_line_output(params)))


def _lined(pair: Pair) -> Pair:
    """Return a pooling of planes as one along a line."""

    def forward(x: Array, **options: Any) -> tuple[Array, Any]:
        out, cache = pair.forward(x[..., np.newaxis], **options)
        return out[..., 0], cache

    def backward(dout: Array, cache: Any) -> Array:
        return np.asarray(pair.backward(dout[..., np.newaxis], cache)[..., 0])

    return Pair(forward, backward)


def _fill_line(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill as a pooling of planes is filled."""
    whole = POOLS[case.layer.name]
    made = whole.numbers.fill(Case(whole, on_a_plane(case.params), case.dtype, case.fill, case.seed), rng)
    return {"x": made["x"][..., 0]}


POOLS = {"max_pool1d": pool.MAX_POOL2D, "avg_pool1d": pool.AVG_POOL2D}
KINDS = {"kernel": EXTENTS, "stride": EXTENTS, "dilation": EXTENTS, "pad": ALL_PADS}


def _pooling(name: str, template: str, defaults: Params, battery: tuple[str, ...], options: Any) -> Layer:
    whole = POOLS[name]
    planes = whole.cases

    def refusable(params: Params) -> str | None:
        return planes.refusable(on_a_plane(params))

    def flaw(params: Params) -> str | None:
        return planes.flaw(on_a_plane(params))

    kind = whole.arithmetic
    measured: dict[str, Callable[[Params], Any]] = {
        "terms": lambda params: kind.terms(on_a_plane(params)),
        "unit": lambda params: kind.unit(on_a_plane(params)),
    }
    if kind.rounds is not None:
        rounds = kind.rounds
        measured["rounds"] = lambda params: rounds(on_a_plane(params))
    arithmetic = {"max_pool1d": Winner, "avg_pool1d": Linear}[name]
    apart = {"apart": True} if arithmetic is Winner else {}
    return Layer(
        name,
        shapes=Shapes(inputs=_line, output=_line_output, differentiable=("x",)),
        arithmetic=arithmetic(**measured, **apart, colours=_line_colours, scaled=("x",)),
        cases=Cases(
            grammar=Grammar(template, defaults, KINDS),
            draw=lambda choose: along_a_line(planes.draw(choose)),
            flaw=flaw,
            battery=battery,
            tiny=f"n1c1l1_k1_s1_p0{'_d1' if arithmetic is Winner else ''}",
            refusable=refusable,
        ),
        numbers=replace(whole.numbers, fill=_fill_line),
        ours=Ours(
            naive=_lined(whole.ours.naive),
            fast=_lined(whole.ours.fast),
            options=lambda params: options(on_a_plane(params)),
        ),
    )


def _max_pool1d() -> Layer:
    """Return a max-pooling along a line."""
    return _pooling(
        "max_pool1d",
        "n{n}c{c}l{length}_k{kernel}_s{stride}_p{pad}_d{dilation}[_{rounding}]",
        {"rounding": "floor"},
        (
            "n2c3l7_k3_s2_p1_d1",
            "n1c2l8_k2_s2_p0_d1",
            "n2c2l6_k3_s1_p0_d1",
            "n2c2l7_k2_s3_p0_d2",
            "n1c2l18_k18_s1_p0_d1",
        ),
        pool.max_options,
    )


def _avg_pool1d() -> Layer:
    """Return an average pooling along a line."""
    return _pooling(
        "avg_pool1d",
        "n{n}c{c}l{length}_k{kernel}_s{stride}_p{pad}[_{rounding}][_by{divisor}]",
        {"rounding": "floor", "divisor": "padded"},
        ("n2c3l7_k3_s2_p1", "n1c2l8_k2_s2_p0", "n2c2l6_k3_s1_p0", "n2c2l7_k2_s3_p0"),
        pool.avg_options,
    )


# The logarithm of a softmax over the last axis.


def _log_forward(x: Array) -> tuple[Array, Array]:
    top = x - x.real.max(axis=-1, keepdims=True, initial=-np.inf)
    out = top - np.log(np.exp(top).sum(axis=-1, keepdims=True))
    return np.asarray(out), np.asarray(out)


def _log_backward(dout: Array, out: Array) -> Array:
    return np.asarray(dout - np.exp(out) * dout.sum(axis=-1, keepdims=True))


def _log_row_by_row(x: Array) -> tuple[Array, Array]:
    out = np.empty(x.shape, x.dtype)
    for at in np.ndindex(*x.shape[:-1]):
        scores = [float(score) for score in x[at]]
        largest = max(scores)
        total = math.log(math.fsum(math.exp(score - largest) for score in scores))
        out[at] = [score - largest - total for score in scores]
    return out, out


def _log_backward_row_by_row(dout: Array, out: Array) -> Array:
    dx = np.empty(out.shape, dout.dtype)
    for at in np.ndindex(*out.shape[:-1]):
        total = math.fsum(float(each) for each in dout[at])
        dx[at] = [float(d) - math.exp(float(o)) * total for d, o in zip(dout[at], out[at], strict=True)]
    return dx


def _width(params: Params) -> int:
    return int(SOFTMAX.shapes.inputs(params)["x"][-1])


def _log_softmax() -> Layer:
    """Return a softmax's logarithm."""
    return replace(
        SOFTMAX,
        name="log_softmax",
        arithmetic=Smooth(terms=_width, gain=lambda params, tensors: float(max(_width(params), 1))),
        ours=Ours(
            naive=Pair(_log_row_by_row, _log_backward_row_by_row), fast=Pair(_log_forward, _log_backward)
        ),
    )


# A table of positions that is learned: its first rows are added to every sequence.


def _sequence(params: Params) -> Shape:
    return params["n"], params["t"], params["d"]


def _with_table(params: Params) -> dict[str, Shape]:
    """x (N, T, D), W (L, D) with L >= T."""
    return {"x": _sequence(params), "W": (params["most"], params["d"])}


def _add_rows(x: Array, W: Array) -> tuple[Array, Shape]:
    return np.asarray(x + W[: x.shape[1]]), W.shape


def _rows_backward(dout: Array, shape: Shape) -> tuple[Array, Array]:
    table = np.zeros(shape, dout.dtype)
    table[: dout.shape[1]] = dout.sum(axis=0)
    return dout.copy(), table


def _add_each(x: Array, W: Array) -> tuple[Array, Shape]:
    out = x.copy()
    for n, t in np.ndindex(*x.shape[:2]):
        out[n, t] += W[t]
    return out, W.shape


def _each_backward(dout: Array, shape: Shape) -> tuple[Array, Array]:
    table = np.zeros(shape, dout.dtype)
    for n, t in np.ndindex(*dout.shape[:2]):
        table[t] += dout[n, t]
    return dout.copy(), table


def _table_colours(params: Params, name: str) -> Iterator[Colour]:
    """Yield one colour of all entries: each output depends on one of x, and on one of the table."""
    shape = _sequence(params)
    owner = np.arange(math.prod(shape)).reshape(shape)
    if name == "W":
        owner = np.broadcast_to(np.arange(math.prod(shape[1:])).reshape(shape[1:]), shape)
    yield Colour(np.unique(owner), owner)


def _draw_table(choose: Choose) -> dict[str, Any]:
    found = draw_extents(choose, "n", "t", "d")
    return {**found, "most": found["t"] + choose.one_of(0, 1, 2, 5)}


def _short_table(params: Params) -> str | None:
    return "the table has fewer rows than a sequence" if params["most"] < params["t"] else None


def _learned_encoding() -> Layer:
    """Return a learned table of positions."""
    return Layer(
        "learned_encoding",
        shapes=Shapes(inputs=_with_table, output=_sequence, differentiable=("x", "W")),
        arithmetic=Linear(terms=lambda params: params["n"] + 1, colours=_table_colours, scaled=("x", "W")),
        cases=Cases(
            grammar=Grammar("n{n}t{t}d{d}_m{most}"),
            draw=_draw_table,
            flaw=_short_table,
            battery=("n2t3d4_m5", "n3t5d2_m5", "n1t4d3_m6", "n3t3d3_m4"),
            tiny="n1t1d1_m1",
        ),
        numbers=Numbers(
            fill=fill.by_name(x=fill.integers, W=fill.integers),
            kinds=("nan", "inf"),
            values=("big", "flat", "graded", "repeated", "sorted", "zeros"),
        ),
        ours=Ours(naive=Pair(_add_each, _each_backward), fast=Pair(_add_rows, _rows_backward)),
    )


# A softmax loss whose targets are smoothed: a share of each label is spread evenly over all classes.


def _smoothed_forward(x: Array, y: Array, *, smoothing: float) -> tuple[Array, tuple[Array, Array]]:
    logs, n = _log_forward(x)[0], len(y)
    targets = np.full(x.shape, smoothing / x.shape[1], x.real.dtype)
    targets[np.arange(n), y] += 1 - smoothing
    return np.asarray(-(targets * logs).sum() / n), (logs, targets)


def _smoothed_backward(dout: Array, cache: tuple[Array, Array]) -> Array:
    logs, targets = cache
    return np.asarray(dout * (np.exp(logs) - targets) / len(logs))


def _smoothed_row_by_row(x: Array, y: Array, *, smoothing: float) -> tuple[Array, tuple[Array, Array, float]]:
    logs = _log_row_by_row(x)[0]
    losses = [
        -(1 - smoothing) * row[label] - smoothing * math.fsum(row) / len(row)
        for row, label in zip(logs.tolist(), y.tolist(), strict=True)
    ]
    return np.asarray(math.fsum(losses) / len(losses), x.dtype), (logs, y, smoothing)


def _smoothed_backward_row_by_row(dout: Array, cache: tuple[Array, Array, float]) -> Array:
    logs, y, smoothing = cache
    dx = np.exp(logs) - smoothing / logs.shape[1]
    for row, label in enumerate(y):
        dx[row, label] -= 1 - smoothing
    return np.asarray(dx * float(dout) / len(y))


def _fill_scores(case: Case, rng: np.random.Generator) -> Arrays:
    return {"x": fill.reals(rng, case.shapes["x"]), **loss.labels(rng, case)}


def _smoothed_loss() -> Layer:
    """Return a softmax loss with smoothed labels."""
    return Layer(
        "smoothed_softmax_loss",
        shapes=loss.SOFTMAX_LOSS.shapes,
        arithmetic=Smooth(terms=lambda params: params["n"] * params["c"]),
        cases=Cases(
            grammar=Grammar("n{n}c{c}_t{smoothing}", {}, {"smoothing": REAL}),
            draw=lambda choose: {**loss.draw(choose), "smoothing": choose.one_of(0.1, 0.2, 0.0, 0.5, 0.05)},
            battery=("n3c4_t0.1", "n2c5_t0.2", "n5c3_t0.5", "n4c4_t0"),
            tiny="n1c2_t0.1",
            allows_empty=False,
        ),
        numbers=Numbers(
            fill=_fill_scores,
            values=("blank", "equal", "last", "real", "repeated", "sorted", "zeros"),
            large=False,
        ),
        ours=Ours(
            naive=Pair(_smoothed_row_by_row, _smoothed_backward_row_by_row),
            fast=Pair(_smoothed_forward, _smoothed_backward),
            options=lambda params: {"smoothing": params["smoothing"]},
        ),
    )


DERIVED = {
    layer.name: layer
    for layer in (_log_softmax(), _max_pool1d(), _avg_pool1d(), _learned_encoding(), _smoothed_loss())
}
"""These layers by name."""
