"""The four kinds of arithmetic that a layer can have, and how each probes a gradient.

Linear, piecewise linear and quadratic layers are exact on integers: there, the gradient must be equal to the true one.
The gradient of a smooth layer is compared within a computed bound (`gradcheck.evidence.smooth`).
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
    """The point at which one tensor's gradient is probed: the reference, the tensor's name, an upstream gradient."""

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
    """A layer whose results are exact on integers.

    Attributes
    ----------
    colours : callable, optional
        Parameters, tensor name -> groups of inputs to perturb together, so that a whole gradient takes few forwards.
    """

    colours: Callable[[Params, str], Iterator[Colour]] | None = None

    exact: ClassVar[bool] = True
    # Odd and above 2**24: a product with it has bits at both ends that single precision cannot hold together.
    widening: ClassVar[int] = 2**24 + 1
    compares_all: ClassVar[bool] = False
    """Whether a probe compares every entry of the gradient, so that only dout is left to chance."""

    multiplies: ClassVar[bool] = True
    """Whether backward multiplies dout by the tensors, or only passes it on."""

    central: ClassVar[bool] = False
    """Whether differences are central: exact for quadratics, and twice as many forwards."""

    def probe(self, at: Point, gradient: Array, v: Array) -> bool:
        """Return whether a gradient passes a probe along `v`."""
        raise NotImplementedError

    def bits(self, room: float) -> int:
        """Return how many bits the numbers of a probe may have if its sums have `room` bits left."""
        return int(room)

    def step(self, params: Params) -> float:
        """Return the step of the differences that give the whole gradient."""
        return 1.0

    def whole_gradient(self, at: Point) -> Array:
        """Return every entry of the true gradient, exactly, with one forward for each colour."""
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
    """A layer that is affine in each of its tensors: on integers, a difference with any step is exact."""

    name: ClassVar[str] = "linear"

    def step(self, params: Params) -> float:
        """Return the number that a mean divides by, because the mean of its multiples is an integer."""
        return self.unit(params)

    def probe(self, at: Point, gradient: Array, v: Array) -> bool:
        """Return whether a gradient passes a probe along `v`."""
        unit = self.unit(at.reference.params)
        return exact.probe(at.f, gradient, at.x, unit * v, at.dout, unit=unit, base=at.reference.here[0])


class Winner(Exact):
    """A piecewise linear layer: exact on integers while no winner changes.

    The inputs are distinct integers, so that a step of 1 in one of them never changes a winner.
    """

    name: ClassVar[str] = "winner"
    compares_all: ClassVar[bool] = True
    multiplies: ClassVar[bool] = False

    def probe(self, at: Point, gradient: Array, v: Array) -> bool:
        """Return whether every entry is right. A step along `v` would change winners: `v` is not used."""
        return np.array_equal(gradient, self.whole_gradient(at))


class Quadratic(Exact):
    """A layer that is a polynomial of degree two: central differences are exact on integers."""

    name: ClassVar[str] = "quadratic"
    widening: ClassVar[int] = 2**12 + 1  # it is squared
    central: ClassVar[bool] = True

    def bits(self, room: float) -> int:
        """Return how many bits the numbers of a probe may have: half, as they are squared."""
        return int(room / 2 - 1)  # 1 less, for the sum x + v before it is squared

    def probe(self, at: Point, gradient: Array, v: Array) -> bool:
        """Return whether a gradient passes a probe along `v`."""
        return exact.probe(
            at.f, gradient, at.x, v, at.dout, unit=self.unit(at.reference.params), central=True
        )


def _no_gain(params: Params, tensors: Arrays) -> float:
    return 1.0


@dataclass(frozen=True, kw_only=True)
class Smooth(Arithmetic):
    """A smooth layer: its derivative is a complex step, or a central difference with a computed error bound.

    Attributes
    ----------
    gain : callable
        Parameters, tensors -> the factor by which backward may magnify dout before terms cancel: the scale of its
        rounding.
    vouched : bool
        Whether the reference is known to be analytic, so that a complex step in it needs no second opinion.
    """

    vouched: bool = True
    gain: Callable[[Params, Arrays], float] = _no_gain

    name: ClassVar[str] = "smooth"
    exact: ClassVar[bool] = False


def gain_of(case: Case, tensors: Arrays) -> float:
    """Return the factor by which a layer's backward may magnify dout before terms cancel; 1 if it is exact."""
    arithmetic = case.layer.arithmetic
    return arithmetic.gain(case.params, tensors) if isinstance(arithmetic, Smooth) else 1.0
