"""What a corpus consists of: functions with a right backward, wrong ones, and cases at sizes, precisions and seeds."""

import inspect
import textwrap
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Array = Any
Backward = Callable[..., Any]
Maker = Callable[[np.random.Generator, int], dict[str, Any]]

EVERY = (7, 600, 5_000, 100_000, 1_000_000)
CHEAP = (7, 600, 5_000, 100_000)
MIDDLE = (12, 600, 5_000)
SMALL = (9, 64, 600)
WIDE = ("float64", "float32")
ALL = ("float64", "float32", "float16")
RIGHT = "right"
"""The name of the right variant."""


class StaleEditError(ValueError):
    """The text that an edit replaces is not in the backward exactly once."""


@dataclass(frozen=True)
class Edit:
    """A mistake as an edit of the right backward's source: `old` stands there exactly once."""

    old: str
    new: str

    def of(self, backward: Backward) -> Backward:
        """Return the wrong backward."""
        source = textwrap.dedent(inspect.getsource(backward))
        if source.count(self.old) != 1:
            raise StaleEditError(f"{backward.__name__}: {self.old!r} is there {source.count(self.old)} times")
        names: dict[str, Any] = dict(backward.__globals__)
        exec(compile(source.replace(self.old, self.new), "<wrong>", "exec"), names)  # noqa: S102 - our own text
        return names[backward.__name__]  # type: ignore[no-any-return]


def edits(*pairs: tuple[str, str, str]) -> dict[str, Edit]:
    """Return edits by name, from (name, old, new)."""
    return {name: Edit(old, new) for name, old, new in pairs}


@dataclass(frozen=True)
class Function:
    """A function, its right backward, its wrong ones, and the inputs on which they are judged.

    `forward` returns out or (out, cache). `backward` returns the gradients of the float inputs, in order.
    `inputs(rng, n)` makes about n float64 numbers, which the case casts to its dtype. `own` has the mistakes of this
    function: an edit of backward's text, or a backward. `common` names those that any function can have; without it,
    a few are chosen by the name's hash.
    """

    name: str
    forward: Callable[..., Any]
    backward: Backward
    inputs: Maker
    own: Mapping[str, Edit | Backward]
    kind: str = ""
    common: tuple[str, ...] | None = None
    sizes: tuple[int, ...] = MIDDLE
    dtypes: tuple[str, ...] = WIDE
    seeds: tuple[int, ...] = (0,)
    stands_at_kinks: bool = False
    """Some entries stand exactly at a kink; there, any subgradient is right."""
    is_random: bool = False
    """The same call gives different outputs: neither a pass nor an accusation is right."""
    unguarded: Callable[..., Any] | None = None
    """The forward without its refusal of float64: what it computes, but not what is judged."""
    reference: Callable[..., Any] | None = None
    """Out, in jax.numpy, where the forward's own text does not run there."""

    @property
    def computes(self) -> Callable[..., Any]:
        """Return the forward that takes every precision."""
        return self.unguarded or self.forward

    @cached_property
    def variants(self) -> dict[str, Backward]:
        """Return every backward by name, the right one first."""
        from functions_corpus.common import COMMON, chosen

        found: dict[str, Backward] = {RIGHT: self.backward}
        for name, wrong in self.own.items():
            found[name] = wrong.of(self.backward) if isinstance(wrong, Edit) else wrong
        names = chosen(self.name, len(self.own)) if self.common is None else self.common
        for name in names:
            found[name] = COMMON[name](self.backward)
        return found

    def made(self, size: int, dtype: str, seed: int) -> dict[str, Any]:
        """Return the inputs of a case."""
        rng = np.random.default_rng([seed, size, zlib.crc32(self.name.encode())])
        return cast(self.inputs(rng, size), dtype)


def cast(inputs: Mapping[str, Any], dtype: str) -> dict[str, Any]:
    """Return inputs with the floating-point arrays in a dtype."""
    return {name: value.astype(dtype) if is_float(value) else value for name, value in inputs.items()}


def is_float(value: object) -> bool:
    """Return whether an input is differentiated."""
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def out_of(result: Any) -> Array:
    """Return the output of a forward that may return a cache, too."""
    return result[0] if isinstance(result, tuple) else result


def gradients(function: Function, backward: Backward, inputs: Mapping[str, Any], dout: Array) -> list[Array]:
    """Return the gradients that a backward gives for an upstream gradient."""
    result = function.computes(**inputs)
    rest = (result[1],) if isinstance(result, tuple) else tuple(inputs.values())
    found = backward(dout, *rest)
    return [np.asarray(each) for each in (found if isinstance(found, tuple | list) else (found,))]


@dataclass(frozen=True)
class Case:
    """One variant of one function on one set of inputs."""

    function: Function
    variant: str
    size: int
    dtype: str
    seed: int

    def __str__(self) -> str:
        return (
            f"{self.function.kind}/{self.function.name}:{self.variant}:{self.size}:{self.dtype}:{self.seed}"
        )

    @property
    def backward(self) -> Backward:
        """Return the backward that is judged."""
        return self.function.variants[self.variant]


@dataclass(frozen=True)
class Group:
    """One function on one set of inputs: what all its variants have in common."""

    function: Function
    size: int
    dtype: str
    seed: int

    def __str__(self) -> str:
        return f"{self.function.kind}/{self.function.name}:{self.size}:{self.dtype}:{self.seed}"

    def cases(self) -> Iterator[Case]:
        """Yield the right case, and then the wrong ones."""
        for variant in self.function.variants:
            yield Case(self.function, variant, self.size, self.dtype, self.seed)


def groups(functions: tuple[Function, ...]) -> Iterator[Group]:
    """Yield all groups of a corpus."""
    for function in functions:
        for size in function.sizes:
            for dtype in function.dtypes:
                for seed in function.seeds:
                    yield Group(function, size, dtype, seed)


def elementwise(
    name: str,
    f: Callable[[Array], Array],
    slope: Callable[[Array], Array],
    wrong: Mapping[str, Callable[[Array], Array]],
    inputs: Maker,
    **more: Any,
) -> Function:
    """Return a function of one array, entry by entry, with wrong slopes."""
    more = {"sizes": CHEAP, "dtypes": ALL} | more
    return Function(
        name=name,
        forward=lambda x: (f(x), x),
        backward=_times(slope),
        inputs=inputs,
        own={label: _times(each) for label, each in wrong.items()},
        **more,
    )


def _times(slope: Callable[[Array], Array]) -> Backward:
    return lambda dout, x: dout * slope(x)


def of_kind(kind: str, *functions: Function) -> tuple[Function, ...]:
    """Return functions with their kind filled in."""
    from dataclasses import replace

    return tuple(replace(function, kind=kind) for function in functions)


def normal(scale: float = 1.0, shift: float = 0.0) -> Maker:
    """Make x (n,) from a normal distribution."""
    return lambda rng, n: {"x": scale * rng.normal(size=n) + shift}


def uniform(low: float, high: float) -> Maker:
    """Make x (n,), uniform between two numbers."""
    return lambda rng, n: {"x": rng.uniform(low, high, size=n)}


def rows(n: int, columns: int = 5) -> tuple[int, int]:
    """Return the shape of about n numbers in rows, at least two of them."""
    return max(2, n // columns), columns


def normal_rows(columns: int = 5, scale: float = 1.0, shift: float = 0.0) -> Maker:
    """Make x (rows, columns) from a normal distribution."""
    return lambda rng, n: {"x": scale * rng.normal(size=rows(n, columns)) + shift}


def with_values(inputs: Maker, *values: float) -> Maker:
    """Put exact values among the first entries, each twice where there is room."""

    def made(rng: np.random.Generator, n: int) -> dict[str, Any]:
        found = inputs(rng, n)
        flat = found["x"].reshape(-1)
        for place, value in enumerate(values):
            flat[place % flat.size] = value
            flat[-1 - place] = value if flat.size > 4 * len(values) else flat[-1 - place]
        return found

    return made
