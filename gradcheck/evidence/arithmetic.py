"""The four kinds of arithmetic that a layer can have, and how each probes a gradient.

A linear, piecewise linear or quadratic layer is exact on integers: its gradient is probed there, and must be equal.
A smooth layer is compared within a computed bound (`gradcheck.evidence.smooth`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gradcheck.contract import Arithmetic, Array, Arrays, Case, Colour
from gradcheck.evidence import exact
from gradcheck.evidence.reference import Reference
from gradcheck.grammar import Params


@dataclass(frozen=True)
class Point:
    """Where the gradient of one tensor is probed: the right forward, its tensors, and an upstream gradient."""

    reference: Reference
    name: str
    dout: Array

    @property
    def f(self) -> exact.Scalar:
        """The output as a function of the tensor."""
        return self.reference.of(self.name)

    @property
    def x(self) -> Array:
        """The tensor."""
        return self.reference.tensors[self.name]


@dataclass(frozen=True, kw_only=True)
class Exact(Arithmetic):
    """Integers make every result exact.

    Attributes
    ----------
    colours : callable, optional
        Parameters, tensor name -> groups of inputs to perturb together, for whole gradients in few forwards.
    """

    colours: Callable[[Params, str], Iterator[Colour]] | None = None

    exact: ClassVar[bool] = True
    widening: ClassVar[int] = 2**24 + 1
    compares_all: ClassVar[bool] = False
    """Whether a probe compares every entry of the gradient, so that only dout is left to chance."""

    multiplies: ClassVar[bool] = True
    """Whether backward multiplies dout by the tensors."""

    central: ClassVar[bool] = False

    def probe(self, at: Point, gradient: Array, v: Array) -> bool:
        """Return whether a gradient passes a probe along `v`."""
        raise NotImplementedError

    def bits(self, room: float) -> int:
        """Return how wide the numbers of a probe may be where its sums have `room` bits to spare."""
        return int(room)

    def step(self, params: Params) -> float:
        """Return the step of a whole gradient's differences."""
        return 1.0

    def whole_gradient(self, at: Point) -> Array:
        """Return every entry of the true gradient, exactly, in as few forwards as the layer's structure allows."""
        params = at.reference.params
        return exact.whole_gradient(
            at.f,
            at.x,
            np.asarray(at.dout, dtype=np.float64),
            None if self.colours is None else self.colours(params, at.name),
            central=self.central,
            size=self.step(params),
        )


class Linear(Exact):
    """Affine in each tensor by itself: a difference with any step is exact on integers."""

    name: ClassVar[str] = "linear"

    def step(self, params: Params) -> float:
        """Return what a mean divides by: a mean of multiples of it is an integer."""
        return self.unit(params)

    def probe(self, at: Point, gradient: Array, v: Array) -> bool:
        """Return whether a gradient passes a probe along `v`."""
        unit = self.unit(at.reference.params)
        return exact.probe(at.f, gradient, at.x, unit * v, at.dout, unit=unit, base=at.reference.here[0])


class Winner(Exact):
    """Piecewise linear: exact on integers while no winner changes, which a single step of 1 does not do."""

    name: ClassVar[str] = "winner"
    compares_all: ClassVar[bool] = True
    multiplies: ClassVar[bool] = False

    def probe(self, at: Point, gradient: Array, v: Array) -> bool:
        """Return whether every entry is right. A step along `v` would change winners: `v` is not used."""
        return np.array_equal(gradient, self.whole_gradient(at))


class Quadratic(Exact):
    """A polynomial of degree two: central differences are exact on integers."""

    name: ClassVar[str] = "quadratic"
    widening: ClassVar[int] = 2**12 + 1  # it is squared
    central: ClassVar[bool] = True

    def bits(self, room: float) -> int:
        """Return how wide the numbers of a probe may be: they are squared."""
        return int(room / 2 - 1)

    def probe(self, at: Point, gradient: Array, v: Array) -> bool:
        """Return whether a gradient passes a probe along `v`."""
        return exact.probe(
            at.f, gradient, at.x, v, at.dout, unit=self.unit(at.reference.params), central=True
        )


def _no_gain(params: Params, tensors: Arrays) -> float:
    return 1.0


@dataclass(frozen=True, kw_only=True)
class Smooth(Arithmetic):
    """Smooth: complex step, or central differences with a computed bound of their error.

    Attributes
    ----------
    gain : callable
        Parameters, tensors -> by how much backward may magnify dout before terms cancel: the scale of rounding.
    """

    gain: Callable[[Params, Arrays], float] = _no_gain

    name: ClassVar[str] = "smooth"
    exact: ClassVar[bool] = False


def gain_of(case: Case, tensors: Arrays) -> float:
    """Return by how much a layer's backward may magnify dout before terms cancel; 1 where it is exact."""
    arithmetic = case.layer.arithmetic
    return arithmetic.gain(case.params, tensors) if isinstance(arithmetic, Smooth) else 1.0
