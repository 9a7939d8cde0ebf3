"""Timed calls on numbers that are new each time, all of whose results are compared.

A kernel that remembers results, that stops to write them, or that goes on after it has returned is fast and wrong.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

from gradcheck.contract import Array, Arrays, Case
from gradcheck.evidence.compare import difference
from gradcheck.kernels.dtypes import Dtype, loaded
from gradcheck.kernels.fills import random_tensors
from gradcheck.kernels.truth import Truth, bounds, normwise_bound, truth
from gradcheck.timing.contender import operations

Given = tuple[Arrays, Array | None]

WHOLE = 3_000_000
"""Operations up to which all of a result is computed again; of a longer one, a part that is chosen afterwards."""

FEW = 2
"""Filters, or channels, of such a part."""

MOST_CALLS, MOST_BYTES = 50, 2**26
"""Calls of a sample at most, and the bytes that their inputs may have."""

SEEDS = 2**31
COARSE = 0.125
"""How far half a result may be off, relative to its typical number, where rounding may explain anything."""


@runtime_checkable
class Timeable(Protocol):
    """A kernel in a process of its own."""

    def timed(
        self, case: Case, dtype: Dtype, given: Sequence[Given], clock: str
    ) -> tuple[float, list[Arrays]]:
        """Call it once with each of some inputs; return how long that takes, and all results."""


class Wrong(Exception):
    """A timed call gave a wrong result."""


@dataclass
class FreshWork:
    """A kernel at a problem, timed on new numbers in every call."""

    kernel: Timeable
    case: Case
    dtype: Dtype
    backward: bool
    clock: str
    inexact: str | None = None
    _random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(secrets.randbits(64)))

    def __call__(self) -> float:
        """Return the seconds of one call. Raises SubjectError, Ended and Wrong."""
        return self.together(1)

    def together(self, calls: int) -> float:
        """Return the seconds of each of some calls. Raises SubjectError, Ended and Wrong."""
        given = [self._drawn()]
        size = sum(array.nbytes for array in given[0][0].values())
        more = min(calls, MOST_CALLS, MOST_BYTES // max(size, 1))
        given += [self._drawn() for _ in range(more if more > 1 else 0)]
        if len(given) > 1:  # so short a call is slow after a rest, and after another kernel
            _, before = self.kernel.timed(self.case, self.dtype, given[:1], self.clock)
            seconds, results = self.kernel.timed(self.case, self.dtype, given[1:], self.clock)
        else:
            before = []
            seconds, results = self.kernel.timed(self.case, self.dtype, given, self.clock)
        for each, found in zip(given, [*before, *results], strict=True):
            self._compare(each, found)
        return seconds / len(results)

    def _drawn(self) -> Given:
        # Of numbers that nobody can know beforehand.
        case = self.case.but(seed=int(self._random.integers(SEEDS)))
        return random_tensors(case, self.dtype, self.backward)

    def _compare(self, given: Given, found: Arrays) -> None:
        for case, tensors, dout, results in self._parts(given, found):
            values = {name: loaded(array, self.dtype) for name, array in tensors.items()}
            upstream = None if dout is None else loaded(dout, self.dtype)
            right = truth(case, values, upstream)
            allowed = self._bounds(case, values, upstream, right)
            for name, got in results.items():
                self._compare_one(name, got, right.values[name], allowed[name])

    def _compare_one(self, name: str, got: Array, expected: Array, bound: Array) -> None:
        size = float(np.sqrt(np.mean(np.square(expected)))) if expected.size else 0.0
        if np.median(bound) > size:  # rounding explains everything
            wrong = bool(expected.size) and not np.sqrt(np.mean(np.square(got - expected))) <= COARSE * size
        else:
            wrong = difference(name.removeprefix("d"), got, expected, bound) is not None
        if wrong:
            why = "" if self.inexact else "; if rounding explains that, declare it with --inexact"
            raise Wrong(f"a timed call gave another {name} than that of its inputs{why}")

    def _bounds(self, case: Case, values: Arrays, dout: Array | None, right: Truth) -> Arrays:
        if self.inexact:
            return normwise_bound(case, self.dtype, right, self.inexact)
        return bounds(case, self.dtype, values, dout, right)

    def _parts(self, given: Given, found: Arrays) -> Iterator[tuple[Case, Arrays, Array | None, Arrays]]:
        """Yield problems that are parts of the whole, with their inputs and results.

        What is chosen is not known before the results are there.
        """
        tensors, dout = given
        if self.case.layer.name != "conv2d" or (operations(self.case, "forward") or 0) <= WHOLE:
            yield self.case, tensors, dout, found
            return
        yield self._filters(tensors, dout, found)
        if dout is not None:
            yield self._channels(tensors, dout, found)

    def _filters(self, tensors: Arrays, dout: Array | None, found: Arrays) -> tuple[Any, ...]:
        """Return the problem of a few filters; of one sample, if nothing is summed over the samples."""
        params = self.case.params
        channels, filters = self._group()
        chosen = self._some(filters)
        samples = self._sample() if dout is None else slice(None)
        own = {"x": tensors["x"][samples, channels], "w": tensors["w"][chosen]}
        own |= {"b": tensors["b"][chosen]} if "b" in tensors else {}
        n = len(own["x"])
        case = self.case.but(params={**params, "n": n, "c": own["x"].shape[1], "f": len(chosen), "g": 1})
        results = {"out": found["out"][samples, chosen]}
        results |= {name: found[name][chosen] for name in ("dw", "db") if name in found}
        return case, own, None if dout is None else dout[samples, chosen], results

    def _channels(self, tensors: Arrays, dout: Array, found: Arrays) -> tuple[Any, ...]:
        """Return the problem of a few channels of one sample, of which only the gradient of x is looked at."""
        params = self.case.params
        channels, filters = self._group()
        chosen, sample = self._some(channels), self._sample()
        within = chosen - channels.start
        own = {"x": tensors["x"][sample, chosen], "w": tensors["w"][filters][:, within]}
        changed = {"n": 1, "c": len(chosen), "f": filters.stop - filters.start, "g": 1, "bias": "none"}
        case = self.case.but(params={**params, **changed})
        return case, own, dout[sample, filters], {"dx": found["dx"][sample, chosen]}

    def _group(self) -> tuple[slice, slice]:
        """Return the channels and the filters of some group."""
        params = self.case.params
        group, (c, f) = (
            int(self._random.integers(params["g"])),
            (params[name] // params["g"] for name in "cf"),
        )
        return slice(group * c, group * c + c), slice(group * f, group * f + f)

    def _some(self, among: slice) -> Array:
        count = among.stop - among.start
        return np.asarray(among.start + self._random.permutation(count)[:FEW])

    def _sample(self) -> slice:
        number = int(self._random.integers(self.case.params["n"]))
        return slice(number, number + 1)
