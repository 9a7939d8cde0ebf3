"""Whether a case is what it is called: the right one right in its precision, the wrong one really wrong.

No checker takes part. The yardstick is the right backward in float64 on the same numbers, which a framework's
derivative confirms (`functions_corpus.reference`). A case that is neither clearly right nor clearly wrong is not one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from functions_corpus.model import (
    RIGHT,
    Array,
    Case,
    Function,
    Group,
    cast,
    gradients,
    is_float,
    out_of,
)

CLEARLY = 0.005
"""How much of an entry a mistake has to change."""
RESOLVED = 16
"""How many roundings, times the conditioning, a mistake has to exceed."""
LOST = {"float64": 1e-4, "float32": 1e-2, "float16": 5e-2}
"""The share of the largest entry by which rounding may move a gradient that is to be called right."""
DOUTS = 2
MANY = 50_000
"""From here on, one dout will do."""
NEAR = 1e-6
"""How far an entry is moved to see both sides of a kink."""


@dataclass(frozen=True)
class Labelled:
    """A case, its inputs, and what a perfect checker says: pass, fail or doubt."""

    case: Case
    inputs: Mapping[str, Any]
    expected: str


@dataclass
class _Yardstick:
    """The gradients of a group for one dout: right in float64, right in the dtype, and moved by one rounding."""

    function: Function
    inputs: Mapping[str, Any]
    wide: Mapping[str, Any]
    dtype: str
    dout: Array
    truth: list[Array] = field(init=False)
    narrow: list[Array] = field(init=False)

    def __post_init__(self) -> None:
        self.truth = gradients(self.function, self.function.backward, self.wide, self.dout)
        self.narrow = gradients(
            self.function, self.function.backward, self.inputs, self.dout.astype(self.dtype)
        )

    @cached_property
    def resolution(self) -> list[Array]:
        """What the dtype cannot resolve, for each entry: rounding, and what a rounding of the inputs does."""
        eps = np.finfo(self.dtype).eps
        found = [
            eps * np.abs(right) + np.abs(near.astype(np.float64) - right)
            for right, near in zip(self.truth, self.narrow, strict=True)
        ]
        if self.function.stands_at_kinks or self.function.is_random:
            return found
        for moved in self._moved(eps, 2 if self.dout.size < MANY else 1):
            found = [
                np.maximum(size, np.abs(each - right))
                for size, each, right in zip(found, moved, self.truth, strict=True)
            ]
        return found

    @cached_property
    def sides(self) -> tuple[list[Array], list[Array]]:
        """Return the least and the largest right gradient, which differ only where an entry is at a kink."""
        found = [self.truth]
        if self.function.stands_at_kinks:
            found += self._moved(NEAR, 12)
        return (
            [np.minimum.reduce(each) for each in zip(*found, strict=True)],
            [np.maximum.reduce(each) for each in zip(*found, strict=True)],
        )

    def _moved(self, by: float, times: int) -> Iterator[list[Array]]:
        """Yield the gradients where every entry is moved a little, relative to its size or absolutely at a kink."""
        for number in range(times):
            rng = np.random.default_rng(number)
            inputs = {
                name: np.asarray(value + by * rng.uniform(-1, 1, size=value.shape) * self._size(value))
                if is_float(value)
                else value
                for name, value in self.wide.items()
            }
            yield gradients(self.function, self.function.backward, inputs, self.dout)

    def _size(self, value: Array) -> Array:
        return np.maximum(np.abs(value), 1) if self.function.stands_at_kinks else np.abs(value)

    def is_right(self) -> bool:
        """Return whether the right backward is right in this precision."""
        best = self._extended() if self.dtype == "float64" else None
        for right, near in zip(best or self.truth, self.narrow, strict=True):
            if not (np.isfinite(right).all() and np.isfinite(near).all()):
                return False
            if np.abs(near - right).max(initial=0) > LOST[self.dtype] * np.abs(right).max(initial=0):
                return False
        return True

    def _extended(self) -> list[Array] | None:
        """Return the gradients in 80 bits, or nothing where the function does not know them."""
        try:
            inputs = cast(self.inputs, "longdouble")
            found = gradients(self.function, self.function.backward, inputs, self.dout.astype("longdouble"))
        except (TypeError, ValueError):
            return None
        return found if all(each.dtype == np.longdouble for each in found) else None

    def is_wrong(self, backward: Any) -> bool:
        """Return whether a backward is wrong by more than rounding explains, in float64 and in the dtype."""
        wide = gradients(self.function, backward, self.wide, self.dout)
        narrow = gradients(self.function, backward, self.inputs, self.dout.astype(self.dtype))
        if [each.shape for each in wide] != [each.shape for each in self.truth]:
            return True
        return any(
            self._differs(number, wide[number], narrow[number].astype(np.float64))
            for number in range(len(wide))
        )

    def _differs(self, number: int, wide: Array, narrow: Array) -> bool:
        right, resolution = self.truth[number], self.resolution[number]
        if not (np.isfinite(wide).all() and np.isfinite(narrow).all()):
            return True
        low, high = (side[number] for side in self.sides)
        outside = (np.maximum(low - each, each - high) for each in (wide, narrow))
        error = np.array(np.maximum(np.minimum(*outside), 0))
        error[(error <= CLEARLY * np.abs(right)) | (error <= RESOLVED * resolution)] = 0
        flat = error.reshape(-1)
        place = int(np.argmax(flat)) if flat.size else 0
        return bool(flat.size and flat[place] > 0 and self._can_be_seen(number, place, float(flat[place])))

    def _can_be_seen(self, number: int, place: int, error: float) -> bool:
        """Return whether moving this entry by a quarter moves the outputs enough to notice the error."""
        names = [name for name, value in self.wide.items() if is_float(value)]
        flat = self.wide[names[number]].astype(np.float64).reshape(-1)
        size = abs(flat[place]) or float(np.sqrt(np.mean(flat**2))) or 1.0
        before = np.asarray(out_of(self.function.computes(**self.wide)))
        for step in (size / 4, size / 1024, size / 2**18):
            after = self._output(names[number], place, step)
            if after is not None and np.isfinite(after).all():
                break
        else:
            return False
        changed = np.asarray(after != before)
        affected = np.abs(before * self.dout)[changed].max(initial=0)
        resolves = np.float32 if self.function.unguarded else before.dtype
        return bool(error * step >= RESOLVED * np.finfo(resolves).eps * affected)

    def _output(self, name: str, place: int, step: float) -> Array | None:
        """Return the output with one entry moved, or nothing where the function does not take that."""
        moved = self.wide[name].astype(np.float64)
        moved.reshape(-1)[place] += step
        try:
            return np.asarray(out_of(self.function.computes(**(dict(self.wide) | {name: moved}))))
        except (IndexError, ValueError):
            return None


def labelled(group: Group) -> Iterator[Labelled]:
    """Yield the cases of a group that are what they are called."""
    inputs = group.function.made(group.size, group.dtype, group.seed)
    with np.errstate(all="ignore"):
        sticks = list(_yardsticks(group, inputs))
        right = all(stick.is_right() for stick in sticks)
        for case in group.cases():
            if case.variant == RIGHT and (right or group.function.is_random):
                yield Labelled(case, inputs, "doubt" if group.function.is_random else "pass")
            elif case.variant != RIGHT and right and all(stick.is_wrong(case.backward) for stick in sticks):
                yield Labelled(case, inputs, "fail")


def _yardsticks(group: Group, inputs: Mapping[str, Any]) -> Iterator[_Yardstick]:
    wide = cast(inputs, "float64")
    shape = np.shape(out_of(group.function.computes(**wide)))
    for number in range(DOUTS if group.size < MANY else 1):
        dout = np.asarray(np.random.default_rng([7, number, group.seed]).normal(size=shape))
        dout = dout.astype(group.dtype).astype(np.float64)
        yield _Yardstick(group.function, inputs, wide, group.dtype, dout)
