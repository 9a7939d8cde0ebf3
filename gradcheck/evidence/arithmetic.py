"""The four kinds of arithmetic that a layer can have, and how each probes a gradient.

Linear, piecewise linear and quadratic layers are exact on integers: there, the gradient must be equal to the true one.
The gradient of a smooth layer is compared within a computed bound (`gradcheck.evidence.smooth`).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from gradcheck.contract import Arithmetic, Array, Arrays, Case, Colour
from gradcheck.evidence import exact, kept
from gradcheck.evidence.reference import Reference
from gradcheck.grammar import Params

LEAST_BITS = 2
"""Narrower numbers would be constant."""

MOST_BITS = 31
"""Wider numbers gain nothing: with 31 bits a single probe misses with 2 * 2**-31 = 9.3e-10, below MISS_TARGET."""


class Bits(NamedTuple):
    """How many bits the entries of dout and of a direction have; no direction if a probe compares every entry."""

    dout: int
    along: int | None


def is_power_of_two(value: float) -> bool:
    """Return whether a number is 1, 2, 4, ...: floats multiply and divide by it without rounding."""
    return value >= 1 and math.frexp(value)[0] == 0.5


@dataclass(frozen=True)
class Point:
    """The point at which one tensor's gradient is probed: the reference, the tensor's name, an upstream gradient.

    `unit`: what makes the results integers besides the layer's own unit, where the tensors are fractions.
    """

    reference: Reference
    name: str
    dout: Array
    unit: int = 1

    @property
    def f(self) -> exact.Scalar:
        """The output as a function of the tensor."""
        return self.reference.kept_of(self.name)

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

    multiplies: ClassVar[bool] = True
    """Whether backward multiplies dout by the tensors, or only passes it on."""

    central: ClassVar[bool] = False
    """Whether differences are central: exact for quadratics, and twice as many forwards."""

    def probe(self, at: Point, gradient: Array, v: Array, bits: Bits) -> bool:
        """Return whether a gradient passes a probe along `v`."""
        raise NotImplementedError

    def bits(self, room: float, reference: Reference) -> Bits:
        """Return how many bits the numbers of a probe may have, if `room` bits are left for a product of entries.

        The tensors that are multiplied take some of them.
        """
        bits = max(LEAST_BITS, min(MOST_BITS, int(room - math.log2(reference.largest))))
        return Bits(bits, bits)

    def step(self, params: Params) -> float:
        """Return the step of the differences that give the whole gradient."""
        return 1.0

    def whole_gradient(self, at: Point) -> Array:
        """Return every entry of the true gradient, exactly, with one forward for each colour."""
        return kept.once(
            lambda: at.reference.key("whole gradient", at.name, kept.digest(np.asarray(at.dout))),
            lambda: self._whole_gradient(at),
        )

    def _whole_gradient(self, at: Point) -> Array:
        params = at.reference.params
        return exact.whole_gradient(
            at.reference.of(at.name),
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

    def probe(self, at: Point, gradient: Array, v: Array, bits: Bits) -> bool:
        """Return whether a gradient passes a probe along `v`."""
        unit, base = self.unit(at.reference.params), at.reference.here[0]
        return exact.probe(at.f, gradient, at.x, unit * v, at.dout, unit=unit * at.unit, base=base)


@dataclass(frozen=True, kw_only=True)
class Winner(Exact):
    """A piecewise linear layer: exact on integers while no winner changes.

    The inputs are distinct integers, so that a step of 1 in one of them never changes a winner.

    Attributes
    ----------
    apart : bool
        Whether no winner changes either if all inputs move at once, each by up to `REACH`: then a probe is a slope.
        Otherwise it compares the whole gradient.
    """

    apart: bool = False

    name: ClassVar[str] = "winner"
    multiplies: ClassVar[bool] = False

    REACH: ClassVar[float] = 0.25
    """Two inputs that differ by 1 keep their order, and an input that is 1 away from a kink stays on its side."""

    def bits(self, room: float, reference: Reference) -> Bits:
        """Return how many bits the numbers of a probe may have: dout's are only summed, not multiplied by a tensor.

        Those of the direction are what the reference holds exactly, in double precision whatever dout's dtype.
        """
        bits = max(LEAST_BITS, min(MOST_BITS, int(room)))
        if not self.apart:
            return Bits(bits, None)
        # 4 bits in reserve: for the sum x + v, a margin, the sign, and the difference of two outputs.
        used = math.log2(reference.largest * self.terms(reference.params) / self.REACH) + 4
        return Bits(bits, max(LEAST_BITS, min(MOST_BITS, int(math.log2(exact.EXACT) - used))))

    def probe(self, at: Point, gradient: Array, v: Array, bits: Bits) -> bool:
        """Return whether a gradient passes a probe along a fraction of `v`, or else whether every entry is right."""
        if bits.along is None:
            return np.array_equal(gradient, self.whole_gradient(at))
        unit, base = self.unit(at.reference.params) * at.unit, at.reference.here[0]
        parts = round(2 ** (bits.along - 1) / self.REACH)
        return exact.probe(at.f, gradient, at.x, v, at.dout, unit=unit, base=base, parts=parts)


class Quadratic(Exact):
    """A layer that is a polynomial of degree two: central differences are exact on integers."""

    name: ClassVar[str] = "quadratic"
    widening: ClassVar[int] = 2**12 + 1  # it is squared
    central: ClassVar[bool] = True

    def bits(self, room: float, reference: Reference) -> Bits:
        """Return how many bits the numbers of a probe may have: half, as they are squared."""
        # 1 less, for the sum x + v before it is squared
        bits = max(LEAST_BITS, min(MOST_BITS, int((room - math.log2(reference.largest)) / 2 - 1)))
        return Bits(bits, bits)

    def probe(self, at: Point, gradient: Array, v: Array, bits: Bits) -> bool:
        """Return whether a gradient passes a probe along `v`."""
        unit = self.unit(at.reference.params) * at.unit
        return exact.probe(at.f, gradient, at.x, v, at.dout, unit=unit, central=True)


def _no_gain(params: Params, tensors: Arrays) -> float:
    return 1.0


def _nothing_cancels(params: Params, tensors: Arrays, dtype: str) -> float:
    return 0.0


@dataclass(frozen=True, kw_only=True)
class Smooth(Arithmetic):
    """A smooth layer: its derivative is a complex step, or a central difference with a computed error bound.

    Attributes
    ----------
    gain : callable
        Parameters, tensors -> the factor by which backward may magnify dout before terms cancel: the scale of its
        rounding.
    cancelled : callable
        Parameters, tensors, dtype -> how many roundings a right output may be away because large numbers cancel in it.
    vouched : bool
        Whether the reference is known to be analytic, so that a complex step in it needs no second opinion.
    """

    vouched: bool = True
    gain: Callable[[Params, Arrays], float] = _no_gain
    cancelled: Callable[[Params, Arrays, str], float] = _nothing_cancels

    name: ClassVar[str] = "smooth"
    exact: ClassVar[bool] = False


def gain_of(case: Case, tensors: Arrays) -> float:
    """Return the factor by which a layer's backward may magnify dout before terms cancel; 1 if it is exact."""
    arithmetic = case.layer.arithmetic
    return arithmetic.gain(case.params, tensors) if isinstance(arithmetic, Smooth) else 1.0
