"""The outputs of a forward: nested as their author returns them, and flat as derivatives are computed."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from weakref import ref

import numpy as np

from gradcheck.contract import Array, Shape
from gradcheck.derivative.directions import LARGE, blocks, random_signs
from gradcheck.functions.frameworks import NUMPY, library_of
from gradcheck.functions.trees import leaves, rebuilt

__tracebackhide__ = True


def numbers_of(value: Any) -> Array:
    """Return an array of any library, or a number, as NumPy's array."""
    library = library_of(value)
    return np.asarray(value) if library is None else library.get(value)


def is_inexact(value: Any) -> bool:
    """Return whether a result is an array, or a number, that is no integer and no truth value: real or complex."""
    library = library_of(value)
    if isinstance(value, list):  # of numbers: any other is no leaf
        return np.asarray(value).dtype.kind in "fc"
    if library is None:
        return isinstance(value, float | complex | np.inexact)
    if library.is_float(value):
        return True
    return "complex" in str(getattr(value, "dtype", ""))


Arrange = Callable[[Any], Any]
"""An array -> the same numbers in another memory layout."""


@dataclass(frozen=True)
class Outputs:
    """The outputs of one call. Those that are differentiated are its floating arrays and numbers.

    A framework returns these alone, in a list: `paths` are then those of all leaves of what the function returned, and
    `kept` says which of them the list has.
    """

    tree: Any
    paths: tuple[str, ...] = ()
    kept: tuple[int, ...] = ()

    @cached_property
    def leaves(self) -> list[tuple[str, Any]]:
        """The path and the value of every leaf."""
        return list(leaves(self.tree))

    @cached_property
    def places(self) -> list[int]:
        """Which leaves are differentiated; a single leaf is, whatever its dtype."""
        if len(self.leaves) == 1:
            return [0]
        return [place for place, (_, value) in enumerate(self.leaves) if is_inexact(value)]

    def kept_leaves(self) -> list[Any]:
        """Return the leaves that are differentiated."""
        return [self.leaves[place][1] for place in self.places]

    @cached_property
    def parts(self) -> list[Array]:
        """The numbers of the leaves that are differentiated."""
        return [numbers_of(self.leaves[place][1]) for place in self.places]

    @cached_property
    def names(self) -> list[str]:
        """What the leaves that are differentiated are called in messages: ``out[0]``, ``out['mean']``."""
        paths, kept = self.structure()
        return [f"out{paths[place]}" for place in kept]

    def structure(self) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Return the paths of all leaves that the function returned, and which of them are differentiated."""
        return self.paths or tuple(path for path, _ in self.leaves), self.kept or tuple(self.places)

    def flat(self) -> Array:
        """Return all that is differentiated as one array: a single leaf as it is, several end to end."""
        if len(self.parts) == 1:
            return self.parts[0]
        if not self.parts:
            raise TypeError(
                "check_gradients: forward returns no floating array; expected at least one output to differentiate"
            )
        return np.concatenate([part.ravel() for part in self.parts])

    def split(self, flat: Array) -> list[Array]:
        """Return the numbers of a flat array leaf by leaf."""
        if len(self.parts) == 1:
            return [np.asarray(flat).reshape(self.parts[0].shape)]
        ends = np.cumsum([part.size for part in self.parts])[:-1]
        pieces = np.split(np.asarray(flat), ends)
        return [piece.reshape(part.shape) for piece, part in zip(pieces, self.parts, strict=True)]

    def cotangents(
        self,
        flat: Array,
        unused: frozenset[int] = frozenset(),
        arrange: Arrange | None = None,
        is_theirs: bool = False,
    ) -> list[Any]:
        """Return a cotangent for each leaf that is differentiated, in its dtype; None for those not used.

        They are copies, unless `flat` is theirs: then backward may change it.
        """
        how = arrange or (lambda value: value)
        return [
            None if number in unused else how(cotangent(piece, self.leaves[place][1], is_theirs))
            for number, (piece, place) in enumerate(zip(self.split(flat), self.places, strict=True))
        ]

    def tree_of(self, cotangents: list[Any]) -> Any:
        """Return cotangents in the structure of the outputs, with None for what is not differentiated."""
        by_place = dict(zip(self.places, cotangents, strict=True))
        place = iter(range(len(self.leaves)))
        return rebuilt(self.tree, lambda _: by_place.get(next(place)))

    def entry(self, index: int) -> str:
        """Return what an entry of the flat array is called: ``out['mean'][3]``."""
        for name, part in zip(self.names, self.parts, strict=True):
            if index < part.size:
                where = np.unravel_index(index, part.shape)
                return f"{name}[{', '.join(str(int(i)) for i in where)}]" if where else name
            index -= part.size
        raise IndexError(index)

    def upstream(self, rng: np.random.Generator, unused: frozenset[int] = frozenset()) -> Array:
        """Return a random upstream gradient: not constant, as that hides mistakes, and with no entry near zero.

        It is zero for outputs that are not used.
        """
        pieces = [_random(rng, part.shape) for part in self.parts]
        for number in unused:
            pieces[number][...] = 0
        return self._joined(pieces)

    def ones(self) -> Array:
        """Return an upstream gradient of ones."""
        return self._joined([np.ones(part.shape) for part in self.parts])

    def rounded(self, flat: Array) -> Array:
        """Return an upstream gradient as backward receives it: rounded to the dtypes of the outputs."""
        return self._joined(self.split(flat))

    def _joined(self, pieces: list[Array]) -> Array:
        """Return pieces as one flat array, each rounded to the dtype in which backward receives it."""
        rounded = [
            _rounded(piece, self.leaves[place][1]) for piece, place in zip(pieces, self.places, strict=True)
        ]
        return rounded[0] if len(rounded) == 1 else np.concatenate([piece.ravel() for piece in rounded])

    def given(self, dout: Any) -> tuple[Array, frozenset[int]]:
        """Return a caller's upstream gradient as one array, and which outputs have none. Raises ValueError."""
        paths, kept = self.structure()
        if len(paths) == 1:
            return self._joined([given_piece(dout, self.parts[0], "")]), frozenset()
        found = list(leaves(dout))
        given = tuple(path for path, _ in found)
        if given == paths:
            found = [found[place] for place in kept]
        elif len(found) != len(kept):  # it may also have what is differentiated alone
            raise ValueError(
                f"check_gradients: dout has {len(found)} entries ({_listed(given)}); expected {len(paths)} as forward "
                f"returns them ({_listed(paths)}): one for each output, or None where it is not used"
            )
        unused = frozenset(number for number, (_, value) in enumerate(found) if value is None)
        if len(unused) == len(found):
            raise ValueError("check_gradients: dout is None for every output; expected one that is used")
        pieces = [
            np.zeros(part.shape) if value is None else given_piece(value, part, path)
            for (path, value), part in zip(found, self.parts, strict=True)
        ]
        return self._joined(pieces), unused


def _random(rng: np.random.Generator, shape: Shape) -> Array:
    sign = random_signs(math.prod(shape), rng).reshape(shape)
    # Large ones are drawn in single precision, so that `compact` can keep them so.
    values: Array = np.asarray(rng.random(size=shape, dtype=np.float32 if sign.size >= LARGE else np.float64))
    values *= 1.5
    values += 0.5
    values *= sign
    return values


def compact(values: Array) -> Array:
    """Return large numbers in single precision where that is exact, and all others as they are."""
    if values.size < LARGE or values.dtype != np.float64:
        return values
    found, flat = np.empty(values.shape, dtype=np.float32), values.reshape(-1)
    with np.errstate(over="ignore"):
        for part in blocks(flat.size):
            found.reshape(-1)[part] = flat[part]
            if not np.array_equal(found.reshape(-1)[part], flat[part]):
                return values
    return found


def _rounded(piece: Array, leaf: Any) -> Array:
    """Return numbers in the dtype of an output."""
    if library_of(leaf) is NUMPY and leaf.dtype.kind == "f":
        return piece.astype(leaf.dtype, copy=False)
    return np.array(numbers_of(cotangent(piece, leaf)))


def cotangent(piece: Array, leaf: Any, is_theirs: bool = False) -> Any:
    """Return numbers as a cotangent of an output: in its library, and in its dtype; a copy unless they are theirs."""
    library = library_of(leaf)
    if library is not None and library.is_float(leaf):
        like = numbers_of(leaf)
        return library.put(piece.astype(like.dtype, copy=not is_theirs), leaf)
    return np.asarray(piece, dtype=upstream_dtype(numbers_of(leaf)))


def given_piece(dout: Any, out: Array, path: str) -> Array:
    """Return a caller's upstream gradient in out's dtype. Raises ValueError if it does not fit or is all zero."""
    values, dout_name = numbers_of(dout), f"dout{path}"
    if values.shape != out.shape:
        raise ValueError(
            f"check_gradients: {dout_name} has shape {values.shape}; expected {out.shape}, the shape of forward's "
            "output: give one number for each entry"
        )
    if values.dtype.kind not in "fiub":
        raise ValueError(f"check_gradients: {dout_name} has dtype {values.dtype}; expected real numbers")
    with np.errstate(over="ignore"):
        values = values.astype(upstream_dtype(out))
    if not np.isfinite(values).all():
        raise ValueError(f"check_gradients: {dout_name} has entries that are not finite in {values.dtype}")
    if values.size and not values.any():
        raise ValueError(
            f"check_gradients: {dout_name} is zero everywhere: expected at least one other number, as zeros show no "
            "mistake"
        )
    return values


def upstream_dtype(out: Array) -> Any:
    """Return the dtype of an upstream gradient of `out`."""
    return out.dtype if out.dtype.kind == "f" else np.dtype(float)


def _listed(paths: tuple[str, ...]) -> str:
    return ", ".join(path or "the value" for path in paths) or "nothing"


@dataclass(frozen=True)
class Run:
    """One call of forward: its outputs, what backward is, and the arguments themselves."""

    outputs: Outputs
    back: Callable[..., Any]
    arguments: Mapping[str, Any]
    """What forward was called with, as far as it is still there."""
    seen: list[Any] = field(default_factory=list)
    """The cotangents that the last backward was called with."""

    @cached_property
    def out(self) -> Array:
        """The flat outputs, as they were when forward returned."""
        return self.outputs.flat()

    @property
    def size(self) -> int:
        """How many numbers the NumPy arguments have."""
        return sum(value.size for value in self.arguments.values() if isinstance(value, np.ndarray))

    def release(self) -> None:
        """Keep alive only those NumPy arguments that a cache does: backward cannot change the others any more."""
        others = {name: value for name, value in self.arguments.items() if type(value) is not np.ndarray}
        arrays = {name: ref(value) for name, value in self.arguments.items() if type(value) is np.ndarray}
        object.__setattr__(self, "arguments", {})
        alive = {name: array() for name, array in arrays.items()}
        kept = {name: array for name, array in alive.items() if array is not None}
        object.__setattr__(self, "arguments", {**others, **kept})

    def forget(self) -> None:
        """Drop the arrays of the call."""
        self.seen.clear()
        for name in ("outputs", "back", "arguments"):
            object.__setattr__(self, name, None)
        self.__dict__.pop("out", None)
