"""The right gradients against an independent derivative: JAX's, of the forward's own text read as jax.numpy."""

import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from functions_corpus.model import Array, Function, Group, cast, gradients, is_float, out_of

CORPORA = ("functions_corpus.", "corpus_")
"""How the names of the modules begin that hold functions: those here, and a file that somebody names."""

LARGEST = 5_000
NEAR = 1e-7
TOLERANCE = 1e-7
SWAPS = (
    ("import numpy as np", "import jax.numpy as np"),
    ("from functions_corpus.special import erf", "from jax.scipy.special import erf"),
    ("from scipy import special", "from jax.scipy import special"),
)


@cache
def _in_jax(path: str) -> ModuleType:
    """Return a module of the corpus with jax.numpy for numpy."""
    with open(path) as file:
        text = file.read()
    for old, new in SWAPS:
        text = text.replace(old, new)
    module = ModuleType(f"jax_{path}")
    module.__file__ = path
    exec(compile(text, path, "exec"), vars(module))  # noqa: S102 - our own text
    return module


def _twin(function: Function) -> Any:
    """Return the forward in jax.numpy."""
    for name, module in list(sys.modules.items()):
        if name.startswith(CORPORA) and any(
            _is_same(each, function) for each in getattr(module, "FUNCTIONS", ())
        ):
            twins = _in_jax(module.__file__).FUNCTIONS
            twin = next(each for each in twins if _is_same(each, function))
            return twin.reference or twin.computes
    raise LookupError(function.name)


def _is_same(one: Any, other: Function) -> bool:
    return isinstance(one, Function) and (one.kind, one.name) == (other.kind, other.name)


def derivative(function: Function, inputs: dict[str, Any], dout: Array) -> list[Array]:
    """Return JAX's gradients of the float inputs."""
    import jax

    with jax.enable_x64(True):
        return _derivative(function, inputs, dout)


def _derivative(function: Function, inputs: dict[str, Any], dout: Array) -> list[Array]:
    import jax

    forward = _twin(function)
    names = [name for name, value in inputs.items() if is_float(value)]

    def of_floats(*floats: Array) -> Array:
        return out_of(forward(**(inputs | dict(zip(names, floats, strict=True)))))

    out, pull = jax.vjp(of_floats, *(inputs[name] for name in names))
    return [np.asarray(each) for each in pull(jax.numpy.asarray(dout, out.dtype))]


def disagreements(group: Group) -> Iterator[str]:
    """Say where the right backward is not JAX's derivative, in float64."""
    function = group.function
    if (
        group.size > LARGEST
        or function.is_random
        or (group.dtype != "float64" and "float64" in function.dtypes)
    ):
        return
    inputs = cast(function.made(group.size, group.dtype, group.seed), "float64")
    with np.errstate(all="ignore"):
        out = np.asarray(out_of(function.computes(**inputs)))
        dout = np.random.default_rng(group.seed).normal(size=out.shape).astype(out.dtype)
        found = gradients(function, function.backward, inputs, dout)
        lower, upper = _bounds(function, inputs, dout)
        moved = derivative(function, _rounded(inputs), dout)
    for number, (given, low, high, near) in enumerate(zip(found, lower, upper, moved, strict=True)):
        if given.shape != low.shape:
            yield f"gradient {number} has the shape {given.shape}, not {low.shape}"
            continue
        relative = max(TOLERANCE, 64 * float(np.finfo(out.dtype).eps))
        room = relative * (np.abs(low) + np.abs(high)) + relative * np.abs(low).max(initial=0) * 1e-3
        if not function.stands_at_kinks:
            room += 16 * np.abs(near - low).max(initial=0)
        wrong = ~((given >= low - room) & (given <= high + room))
        if wrong.any():
            place = tuple(int(each) for each in np.argwhere(wrong)[0])
            yield f"gradient {number} at {place}: {given[place]}, not {low[place]} to {high[place]}"


def _bounds(function: Function, inputs: dict[str, Any], dout: Array) -> tuple[list[Array], list[Array]]:
    """Return the least and largest derivative: of one point, or of two near it where it stands at a kink."""
    if not function.stands_at_kinks:
        found = derivative(function, inputs, dout)
        return found, found
    sides = [derivative(function, moved, dout) for number in range(24) for moved in _near(inputs, number)]
    return (
        [np.minimum.reduce(each) for each in zip(*sides, strict=True)],
        [np.maximum.reduce(each) for each in zip(*sides, strict=True)],
    )


def _rounded(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs moved by one rounding: its effect on the gradient could as well be an error."""
    rng = np.random.default_rng(0)
    eps = np.finfo(np.float64).eps
    return {
        name: np.asarray(value * (1 + eps * rng.choice([-1, 1], size=value.shape)))
        if is_float(value)
        else value
        for name, value in inputs.items()
    }


def _near(inputs: dict[str, Any], number: int) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(number)
    shifts = {name: NEAR * rng.normal(size=value.shape) for name, value in inputs.items() if is_float(value)}
    for sign in (-1, 1):
        yield {
            name: value + sign * shifts[name] if name in shifts else value for name, value in inputs.items()
        }
