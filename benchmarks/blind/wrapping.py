"""A right pair of functions that watches its calls, and is wrong where a predicate holds."""

import functools
import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from blind.asked import Asked, History
from blind.predicate import Predicate
from gradcheck.contract import Array, Layer, Pair

SHARE = 0.25
"""By how much a wrong entry is off, as a share of the largest finite entry: far beyond what rounding explains."""


def spoiled(values: Any, turn: int) -> Any:
    """Return a copy in which one entry is wrong by a quarter of the largest; None if there is no entry to spoil.

    Where there is a finite entry, a finite one is spoiled, chosen by `turn`. Where all are NaN or infinite, one becomes
    0, as `nan_to_num` would make it.
    """
    wrong = np.array(values)
    if not wrong.size:
        return None
    finite = np.flatnonzero(np.isfinite(wrong))
    if not finite.size:
        wrong.flat[turn % wrong.size] = 0
    else:
        largest = float(np.abs(wrong.flat[finite]).max())
        at = finite[turn % finite.size]
        # Away from zero: a sum with the largest entry itself must not overflow.
        off = SHARE * largest if largest > 0 else 1.0
        wrong.flat[at] -= np.copysign(off, wrong.flat[at])
    return wrong if isinstance(values, np.ndarray) else wrong.dtype.type(wrong)


@dataclass
class Wrapped:
    """The `fast` pair of a layer, in which one part is watched, and spoiled where the predicate says so.

    Attributes
    ----------
    layer : Layer
        What it computes.
    part : str
        The part that is watched; the other is right, and the cache is passed on as it is.
    predicates : sequence of Predicate
        What is looked for in every call.
    spoils : bool
        Whether a call in which a predicate holds gives a wrong result; otherwise it is only counted.
    held : set of int
        The predicates that held on a call with a result that could be spoiled, by their position.
    """

    layer: Layer
    part: str
    predicates: Sequence[Predicate]
    spoils: bool = True
    held: set[int] = field(default_factory=set)
    _forwards: int = 0
    _backwards: int = 0
    _seen: dict[Any, set[Any]] = field(default_factory=dict)
    _last: tuple[Any, ...] = ()
    _caches: dict[int, list[Any]] = field(default_factory=dict)

    @property
    def pair(self) -> Pair:
        """The two functions."""
        right = self.layer.ours.fast
        signature = inspect.signature(right.forward)

        @functools.wraps(right.forward)
        def forward(*args: Any, **options: Any) -> Any:
            bound = signature.bind(*args, **options)
            bound.apply_defaults()
            given = {name: value for name, value in bound.arguments.items() if value is not None}
            out, cache = right.forward(*args, **options)
            return self._forward(given, out, cache), cache

        @functools.wraps(right.backward)
        def backward(dout: Any, cache: Any) -> Any:
            return self._backward(dout, cache, right.backward(dout, cache))

        return Pair(forward, backward)

    def _forward(self, given: dict[str, Any], out: Any, cache: Any) -> Any:
        self._forwards += 1
        tensors = {name: value for name, value in given.items() if isinstance(value, np.ndarray)}
        options = {name: value for name, value in given.items() if name not in tensors}
        asked = Asked(self.layer, tensors, options, np.array(out), history=self._history(tensors, options))
        early = self._holding(asked, ("forward",))
        # A check may change the arrays after the call; predicates on dout ask for nothing else.
        later = replace(asked, tensors={name: value.copy() for name, value in tensors.items()})
        # The cache is kept, so that no other one gets its id.
        self._caches[id(cache)] = [cache, later, early, 0, self._forwards]
        if self.part != "forward":
            return out
        return self._judged(out, [*early, *self._holding(asked, ("either",))])

    def _holding(self, asked: Asked, when: tuple[str, ...]) -> list[int]:
        """Return the predicates that hold; where calls are only counted, those that held before are left out."""
        return [
            i
            for i, each in enumerate(self.predicates)
            if each.when in when and (self.spoils or i not in self.held) and each.holds(asked)
        ]

    def _history(self, tensors: dict[str, Array], options: dict[str, Any]) -> History:
        shapes = tuple((name, value.shape, value.dtype.str) for name, value in tensors.items())
        chosen = repr(options)
        before = self._seen.setdefault(shapes, set())
        numbers = tuple(value.tobytes() for value in tensors.values())
        found = History(
            number=self._forwards,
            shapes_before=bool(before),
            other_options_before=bool(before - {chosen}),
            shapes_of_the_last=bool(self._last) and self._last[0] == shapes,
            numbers_of_the_last=self._last == (shapes, numbers),
        )
        before.add(chosen)
        self._last = shapes, numbers
        return found

    def _backward(self, dout: Any, cache: Any, gradients: Any) -> Any:
        self._backwards += 1
        known = self._caches.get(id(cache))
        if known is None or self.part != "backward":
            return gradients
        known[3] += 1
        _, forward, early, uses, number = known
        history = History(number=self._backwards, uses=uses, since=self._forwards - number)
        asked = replace(forward, dout=np.asarray(dout), history=history)
        return self._judged(gradients, [*early, *self._holding(asked, ("dout", "either"))])

    def _judged(self, results: Any, held: list[int]) -> Any:
        """Return the results, one of them spoiled if a predicate held."""
        if not held:
            return results
        several = isinstance(results, tuple)
        found = list(results) if several else [results]
        turn = self.predicates[held[0]].turn
        there = [i for i, values in enumerate(found) if values is not None]
        chosen = there[turn % len(there)]
        wrong = spoiled(found[chosen], turn)
        if wrong is None:
            return results
        self.held.update(held)
        if not self.spoils:
            return results
        found[chosen] = wrong
        return tuple(found) if several else wrong
