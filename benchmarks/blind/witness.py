"""Calls of every kind that a layer accepts: a predicate that none of them satisfies is left out as impossible.

They are drawn here, and not by the layer, so that what a verification never asks is still known to be possible.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from blind.lists import BOUNDS, LARGE, OPTION_VALUES, REALS, TOTALS
from blind.predicate import Predicate
from blind.wrapping import Wrapped
from gradcheck.calling.quiet import quiet
from gradcheck.contract import Array, Arrays, Layer, SubjectError
from gradcheck.grammar import KINDS
from gradcheck.judging.matrix import subject_of

CALLS = 5000
SEED = 20
EXTENTS = ("n", "c", "h", "w", "f", "d", "m", "dims")
LARGEST = 3 * max(TOTALS)
"""The most numbers in a tensor."""


def possible(layer: Layer, predicates: Sequence[Predicate], calls: int = CALLS) -> set[int]:
    """Return the positions of the predicates that hold on some call that the right functions accept."""
    rng = np.random.default_rng((SEED, *layer.name.encode()))
    wrapped = Wrapped(layer, "backward", predicates, spoils=False)
    subject = subject_of(layer.name, wrapped.pair)
    last: tuple[Any, Arrays] | None = None
    with quiet(0):
        for _ in range(calls):
            params = drawn(layer, rng)
            if last is not None and rng.integers(8) == 0:
                # The same tensors again: as before, or with other options.
                shapes = layer.shapes.inputs(last[0])
                others = [
                    name for name in params if name not in EXTENTS and name not in ("g", "kh", "kw", "bias")
                ]
                changed = {name: params[name] for name in others if rng.integers(2)}
                params, tensors = {**last[0], **changed}, last[1]
                if layer.cases.flaw(params) is not None or layer.shapes.inputs(params) != shapes:
                    continue
            elif layer.cases.flaw(params) is None and _size(layer, params) <= LARGEST:
                tensors = filled(layer, params, rng)
            else:
                continue
            last = params, tensors
            try:
                call = subject.forward(params, tensors)
                if rng.integers(4) == 0:
                    subject.forward(params, tensors)
                for _ in range(2):
                    call.backward(_dout(layer, params, tensors, call.outputs["out"], rng))
            except SubjectError:
                continue
            if len(wrapped.held) == len(predicates):
                break
    return wrapped.held


def _size(layer: Layer, params: Any) -> int:
    return max(
        math.prod(shape) for shape in (*layer.shapes.inputs(params).values(), layer.shapes.output(params))
    )


def drawn(layer: Layer, rng: np.random.Generator) -> dict[str, Any]:
    """Return parameters, which may be illegal: any values that a predicate names, and usually one large extent."""
    names = layer.cases.grammar.names
    wide = rng.choice([name for name in EXTENTS if name in names], size=rng.integers(0, 3))
    params: dict[str, Any] = {name: _extent(rng, name in wide) for name in names if name in EXTENTS}
    if "dims" in names:
        params["dims"] = tuple(_extent(rng, "dims" in wide and not i) for i in range(rng.integers(1, 5)))
        params["dims"] = tuple(int(each) for each in rng.permutation(params["dims"]))
    for option, values in OPTION_VALUES.items():
        if option == "pad" and "pad" in names:
            params[option] = _pads(rng)
        elif option in names:
            params[option] = _pair(rng, values)
        elif option == "kernel" and "kh" in names:
            params["kh"], params["kw"] = _pair(rng, values)
    if "g" in names:
        params["g"] = int(rng.choice((1, 1, 2, 3, 4, 5, 8, 16)))
        for name in [each for each in ("c", "f") if each in names and params["g"] > 1]:
            params[name] = params["g"] * int(rng.choice((1, 2, 3, 4, 5, 8, 16)))
        if rng.integers(2):
            params["g"] = int(rng.choice((1, params["c"])))
    for name in [each for each in REALS if each in names]:
        params[name] = float(rng.choice((*REALS[name], rng.uniform())))
    for name in [each for each in ("bias", "mode", "rounding", "divisor", "variance") if each in names]:
        params[name] = str(rng.choice(KINDS[name].pattern.split("|")))
    if "kernel" not in names and "kh" not in names and params.get("bias") == "position":
        params["bias"] = "none"
    return _fitted({**layer.cases.grammar.defaults, **params}, rng)


def _extent(rng: np.random.Generator, is_wide: bool) -> int:
    return int(rng.choice(LARGE) + rng.choice((0, 0, 0, 1, 300))) if is_wide else int(rng.integers(1, 5))


def _pair(rng: np.random.Generator, values: Sequence[int]) -> tuple[int, int]:
    first, second = (int(rng.choice((values[0], *values))) for _ in range(2))
    return (first, first) if rng.integers(3) == 0 else (first, second)


def _pads(rng: np.random.Generator) -> tuple[tuple[int, int], ...]:
    top, left, bottom, right = (int(rng.integers(0, 6)) for _ in range(4))
    kind = rng.integers(4)
    if kind == 0:
        return ((0, 0), (0, 0))
    if kind == 1:
        return ((top, top), (top, top))
    return ((top, top), (left, left)) if kind == 2 else ((top, bottom), (left, right))


def _fitted(params: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Return the parameters with planes that the kernel fits, in most draws."""
    if "stride" not in params or rng.integers(8) == 0:
        return params
    if "output_pad" in params:
        if rng.integers(4) == 0:  # as large an output as the plane
            params |= {"kh": 1, "kw": 1, "stride": (1, 1), "pad": ((0, 0), (0, 0)), "output_pad": (0, 0)}
        return params
    kernel, is_counted = params.get("kernel") or (params["kh"], params["kw"]), rng.integers(3) == 0
    for axis, name in enumerate("hw"):
        reach = (kernel[axis] - 1) * params.get("dilation", (1, 1))[axis] + 1
        # The extent is as drawn, or gives an output of that extent.
        more = (params[name] - 1) * params["stride"][axis] if is_counted else 0
        params[name] = max(1 if is_counted else params[name], more + reach - sum(params["pad"][axis]))
    return params


def filled(layer: Layer, params: Any, rng: np.random.Generator) -> Arrays:
    """Return tensors: numbers of any kind, usually ordinary ones, of any dtype and layout."""
    dtype = str(rng.choice(("float64", "float64", "float32", "float16")))
    made: Arrays = {}
    for name, shape in layer.shapes.inputs(params).items():
        if name == "mask":
            made[name] = _numbers_of_a_mask(rng, shape)
        elif name == "y" and "dims" not in layer.cases.grammar.names:
            made[name] = _labels(rng, params)
        else:
            values = _numbers(rng, shape)
            made[name] = np.abs(values) if name == "running_var" else values
    if layer.shapes.is_loss:
        _meet(made, rng)
    # A power of ten beyond a narrow dtype becomes infinite: a call like another.
    return {
        k: _laid_out(v.astype(dtype) if v.dtype == np.float64 and k != "mask" else v, rng)
        for k, v in made.items()
    }


def _numbers_of_a_mask(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    kind = str(rng.choice(("bool", "float64", "float32", "int64", "int32", "int16", "int8", "uint8")))
    return (rng.random(shape) < rng.choice((0.0, 0.2, 0.5, 0.9, 1.0))).astype(kind)


def _labels(rng: np.random.Generator, params: Any) -> Array:
    labels = rng.integers(0, params["c"], size=params["n"])
    kind = rng.integers(5)
    if kind == 0:
        labels[:] = rng.choice((0, params["c"] - 1, labels[0]))
    elif kind == 1:
        labels = np.arange(params["n"]) % params["c"]
    elif kind == 2:
        labels.sort()
    return labels.astype(str(rng.choice(("int64", "int32", "int16", "int8", "uint8"))))


def _meet(made: Arrays, rng: np.random.Generator) -> None:
    """Bring x and y together: scores that agree with the labels or contradict them, targets that are met."""
    x, y = made["x"], made["y"]
    if not rng.integers(2):
        return
    if y.ndim == 1 and x.ndim == 2 and y.dtype != np.float64:
        rows = np.arange(len(y))
        x[rows, y] += rng.choice((-60.0, 60.0, 2.0, -2.0, 1e4))
        if rng.integers(3) == 0:
            x[rows, (y + rng.integers(0, 2)) % x.shape[1]] = -np.inf
    else:
        some = rng.random(x.shape) < rng.choice((0.1, 1.0, 1.0))
        made["x"] = np.where(some, y + rng.choice((0.0, 0.0, 1e-4, -0.5)), x)


def _numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return numbers of a random kind."""
    x = rng.normal(size=shape)
    kind = rng.integers(25)
    if kind == 0:
        return np.round(x * 3)
    if kind == 1:
        return np.round(x, 2)
    if kind == 2:
        return -np.abs(x)
    if kind == 3:
        return np.abs(x) + 0.5
    if kind == 4:
        return np.full(shape, rng.choice((0.0, 1.0, -2.5)))
    if kind == 5:
        return x * (rng.random(shape) < 0.5)
    if kind == 6:
        return np.where(rng.random(shape) < 0.2, rng.choice((np.nan, np.inf, -np.inf, -0.0, 1.0)), x)
    if kind == 7:
        return x + rng.choice((1e3, -1e5))
    if kind in (8, 19):
        return x * float(rng.choice(BOUNDS)) * rng.choice((0.01, 1.0, 100.0))
    if kind == 9 and len(shape) > 1:
        return np.broadcast_to(x[:1], shape).copy()
    if kind == 10 and len(shape) > 1:
        x[:, rng.integers(shape[1])] = rng.choice((0.0, 3.0))
    elif kind == 11 and len(shape) > 1:
        x[rng.integers(shape[0])] = rng.choice((0.0, 3.0))
    elif kind == 12 and x.size:
        one = np.zeros(shape)
        one.flat[rng.integers(x.size)] = 1.0
        return one
    elif kind == 13 and x.size:
        x.flat[rng.choice((0, -1))] = 10.0
    elif kind == 14 and len(shape) > 1:
        x[:, 0] *= rng.choice((1e-4, 1e3))
    elif kind == 15:
        return np.ones(shape)
    elif kind == 16 and len(shape) == 4:
        x[0, 0] = 2.0
    elif kind == 17:
        return np.where(rng.random(shape) < 0.5, 1.0, -1.0)
    elif kind == 18:
        return x * rng.choice((10.0, 100.0, 1000.0))
    return x


def _laid_out(values: Array, rng: np.random.Generator) -> Array:
    kind = rng.integers(12)
    if kind == 0:
        return np.array(values, order="F")
    if kind == 1 and values.ndim:
        return values[::-1].copy()[::-1]
    if kind == 2:
        values = values.copy()
        values.flags.writeable = False
    return values


def _dout(layer: Layer, params: Any, tensors: Arrays, out: Any, rng: np.random.Generator) -> Array:
    """Return an upstream gradient of any kind; in one of twelve the output itself."""
    if rng.integers(12) == 0:
        return np.array(out)
    dout = np.asarray(_numbers(rng, layer.shapes.output(params)), dtype=tensors["x"].dtype)
    return _laid_out(dout, rng)
