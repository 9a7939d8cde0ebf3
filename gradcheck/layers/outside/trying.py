"""Try a declared layer before it judges: a reference that is not what it is declared to be would accuse right code."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradcheck.calling.quiet import quiet
from gradcheck.contract import Array, Arrays, Case, Layer, Pair
from gradcheck.evidence import fill, numeric
from gradcheck.evidence.arithmetic import Exact, Linear, Quadratic
from gradcheck.evidence.exact import change, unit_step
from gradcheck.layers.drawn import Seeded, drawn
from gradcheck.layers.outside.axes import DeclarationError
from gradcheck.text import one_line

RANDOM = 6
"""Random cases to try, after the battery."""

CLOSE = 1e-6
"""How far, relative to their size, a second implementation and a backward may be from the reference."""

WIDE = 20
"""Bits of the steps that a linear or quadratic reference is tried with."""


def refuse_wrong(layer: Layer, ranges: dict[str, tuple[float, float]]) -> None:
    """Raise DeclarationError if the reference fails on a case, or is not what its declaration says.

    Parameters
    ----------
    layer : Layer
        A declared layer.
    ranges : mapping
        The range of each tensor that has one: the reference must be finite a small step beyond its ends.
    """
    with quiet(0):
        for case in _cases(layer):
            problem = _problem(case) or _at_the_ends(case, ranges)
            if problem is not None:
                raise DeclarationError(f"{layer.name}: on {case.geometry} {problem}")


def is_per_sample(layer: Layer) -> bool:
    """Return whether x alone has the samples, and the output of each depends on that sample only."""
    with quiet(0):
        return all(_samples_are_apart(layer.case(geometry)) for geometry in layer.cases.battery)


def _samples_are_apart(case: Case) -> bool:
    count, tensors = case.params.get("n", 0), fill.tensors(case)
    out = called(case, case.layer.ours.fast, tensors)
    alone = case.but(params={**case.params, "n": 1})
    batched = [name for name, shape in case.shapes.items() if shape != alone.shapes[name]]
    if not out.ndim or out.shape[0] != count or (count > 1 and batched != ["x"]) or "x" not in case.wanted:
        return False
    if (
        case.shapes["x"][0] != count
        or alone.shapes["x"] != (1, *case.shapes["x"][1:])
        or alone.flaw is not None
    ):
        return False
    samples = (tensors["x"][i : i + 1] for i in range(count))
    parts = [called(alone, case.layer.ours.fast, {**tensors, "x": sample}) for sample in samples]
    are_rows = all(part.shape == (1, *out.shape[1:]) for part in parts)
    return are_rows and np.allclose(np.concatenate(parts), out, rtol=1e-9)


def _cases(layer: Layer) -> Iterator[Case]:
    for geometry in (layer.cases.tiny, *layer.cases.battery):
        yield layer.case(geometry)
    choose = Seeded(np.random.default_rng(1))
    found = (drawn(layer, choose, seed) for seed in range(RANDOM))
    yield from (case for case in found if case is not None)


def called(case: Case, pair: Pair, tensors: Arrays) -> Array:
    """Return the output of a pair. Raises DeclarationError if it raises anything."""
    try:
        return np.asarray(pair.forward(**tensors, **case.options)[0])
    except DeclarationError:
        raise
    except Exception as problem:
        what = one_line(f"{type(problem).__name__}: {problem}")
        raise DeclarationError(
            f"{case.layer.name}: the reference raised {what} on {case.geometry}; it must accept every case that is "
            "declared: mend it, or restrict what is drawn, as in draw={'d': range(2, 6)}"
        ) from problem


def _problem(case: Case) -> str | None:
    """Return what is wrong with the reference on a case, or None."""
    tensors = fill.tensors(case)
    out = called(case, case.layer.ours.fast, tensors)
    if out.shape != case.output_shape:
        return f"the reference returns the shape {out.shape}; the declaration says {case.output_shape}"
    if not np.array_equal(out, called(case, case.layer.ours.fast, tensors)):
        return (
            "the reference gives two results for the same call: it must not draw random numbers or keep state"
        )
    if not np.allclose(out, called(case, case.layer.ours.naive, tensors), rtol=CLOSE, atol=CLOSE):
        return "the second implementation differs from the reference"
    return _not_as_declared(case, tensors) or _wrong_backward(case, tensors) or _odd_ties(case)


def _not_as_declared(case: Case, tensors: Arrays) -> str | None:
    """Return how the reference contradicts the declared arithmetic, or None."""
    arithmetic = case.layer.arithmetic
    for name in case.wanted:
        f, x = _of(case, tensors, name), tensors[name]
        rng = fill.generator(case, "noise")
        if not isinstance(arithmetic, Exact):
            v = rng.uniform(0.5, 1.0, size=x.shape)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = numeric.central(f, x, v, np.ones(case.output_shape))
            if not np.isfinite(found.bound):
                return f"the reference is not finite a step of 0.002 from {name}: draw numbers farther from its ends"
            if found.kink:
                return (
                    f"the reference has a kink at the numbers of {name}: it is not smooth; declare 'winner'"
                )
            continue
        unit = arithmetic.unit(case.params)
        steps = fill.wide(rng, x.shape, WIDE) * (unit if isinstance(arithmetic, Linear) else 1)
        if why := _bent(arithmetic, f, x, steps):
            return f"{why} in {name}: it is not {arithmetic.name}; declare another arithmetic (smooth is any function)"
    return None


def _bent(arithmetic: Exact, f: Callable[[Array], Array], x: Array, v: Array) -> str | None:
    """Return that a linear function is not straight along a step, or a quadratic one not a parabola."""
    if isinstance(arithmetic, Linear) and not np.array_equal(f(x + 2 * v) - f(x), 2 * (f(x + v) - f(x))):
        return "the reference is not straight"
    third = f(x + 2 * v) - 3 * f(x + v) + 3 * f(x) - f(x - v)
    return (
        "the reference is no polynomial of degree two"
        if isinstance(arithmetic, Quadratic) and third.any()
        else None
    )


def _odd_ties(case: Case) -> str | None:
    """Return that the check `ties` would misjudge the layer, which is not straight up to a step of 1, or None."""
    if "ties" not in case.layer.numbers.kinds:
        return None
    tensors = fill.tensors(case.but(fill="ties"))
    f, x = _of(case, tensors, "x"), tensors["x"]
    middle, steps = f(x), [unit_step(x, i) for i in range(x.size)]
    sides = [[change(f(x + sign * e), middle) for e in steps] for sign in (-1, 1)]
    short = [[8 * change(f(x + sign * e / 8), middle) for e in steps] for sign in (-1, 1)]
    winners = sum((np.asarray(above > -below, dtype=int) for below, above in zip(*sides, strict=True)))
    moved = change(f(x + 1), middle) == change(middle, f(x - 1))
    if np.array_equal(sides, short) and (moved | (winners < 2)).all():
        return None
    return "ties are not those of a maximum: leave 'ties' out of fills"


def _of(case: Case, tensors: Arrays, name: str) -> Callable[[Array], Array]:
    return lambda x: called(case, case.layer.ours.fast, {**tensors, name: x})


def _wrong_backward(case: Case, tensors: Arrays) -> str | None:
    """Return that the reference's own backward is not its gradient, or None."""
    pair, dout = case.layer.ours.fast, fill.upstream(case)
    if pair.by_differences:
        return None
    returned = pair.backward(dout, pair.forward(**tensors, **case.options)[1])
    for name, got in zip(case.wanted, returned, strict=True):
        f, x = _of(case, tensors, name), tensors[name]
        slopes = [float(np.sum(dout * (f(x + e) - f(x - e)))) / (2 * _SMALL) for e in _small_steps(x)]
        if np.shape(got) != x.shape or not np.allclose(np.ravel(got), slopes, rtol=1e-3, atol=1e-3):
            return f"the backward of the reference does not return the gradient of {name}"
    return None


_SMALL = 2.0**-12


def _small_steps(x: Array) -> Iterator[Array]:
    for i in range(x.size):
        e = np.zeros(x.size)
        e[i] = _SMALL
        yield e.reshape(x.shape)


def _at_the_ends(case: Case, ranges: dict[str, tuple[float, float]]) -> str | None:
    """Return that the reference is not finite a small step beyond the ends of a range, or None."""
    tensors: dict[str, Any] = fill.tensors(case)
    for name, ends in ranges.items():
        step = numeric.STEPS[0] * max(1.0, *map(abs, ends))
        for end in (ends[0] - step, ends[1] + step):
            out = called(case, case.layer.ours.fast, {**tensors, name: np.full(tensors[name].shape, end)})
            if not np.isfinite(out).all():
                return (
                    f"the reference is not finite at {name} = {end:.4g}, where differences reach: narrow the range, as "
                    f"in numbers={{'{name}': (0.5, 2.0)}}"
                )
    return None
