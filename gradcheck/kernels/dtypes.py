"""The number formats that kernels work in: how they are stored, and what they can hold exactly."""

from dataclasses import dataclass, replace

import numpy as np

from gradcheck.contract import Array


@dataclass(frozen=True)
class Dtype:
    """A number format.

    Attributes
    ----------
    name : str
        What ``--dtype`` calls it.
    storage : str
        The NumPy dtype its bits are kept in: NumPy has no bfloat16.
    bits : int
        Of the significand, with the leading one; 0 where numbers are integers.
    exact : int
        Every sum of integers up to here is exact.
    accumulator_bits : int
        Of what a kernel is expected to sum in: no more than its own, where no more is demanded.
    smallest : int
        The exponent of the smallest normal number.
    """

    name: str
    storage: str
    bits: int
    exact: int
    accumulator_bits: int
    smallest: int

    @property
    def is_integer(self) -> bool:
        """Whether numbers are integers, and sums are of 32 bits."""
        return self.bits == 0

    @property
    def roundoff(self) -> float:
        """How far a rounded result is off at most, relative to it."""
        return 0.0 if self.is_integer else 2.0**-self.bits

    @property
    def accumulator(self) -> float:
        """How far a rounded partial sum is off at most, relative to it."""
        return 0.0 if self.is_integer else 2.0**-self.accumulator_bits

    def summed_in(self, other: "Dtype") -> "Dtype":
        """Return the format with sums in another one."""
        return replace(self, accumulator_bits=other.bits)

    @property
    def most(self) -> int:
        """The largest integer of an exact fill."""
        return 127 if self.is_integer else self.exact


DTYPES = (
    Dtype("float64", "float64", 53, 2**53, 53, -1022),
    Dtype("float32", "float32", 24, 2**24, 24, -126),
    Dtype("float16", "float16", 11, 2**11, 11, -14),
    Dtype("bfloat16", "uint16", 8, 2**8, 8, -126),
    Dtype("int8", "int8", 0, 2**31 - 1, 0, 0),
)
BY_NAME = {dtype.name: dtype for dtype in DTYPES}


def stored(values: Array, dtype: Dtype) -> Array:
    """Return double precision rounded to a dtype, as its bits are stored."""
    if dtype.name != "bfloat16":
        return values.astype(dtype.storage)
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)  # to nearest, ties to even


def loaded(values: Array, dtype: Dtype) -> Array:
    """Return stored numbers in double precision."""
    if dtype.name == "bfloat16" and values.dtype == np.uint16:
        return (values.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return values.astype(np.float64)


def spacing(values: Array, dtype: Dtype) -> Array:
    """Return the distance between neighbouring numbers of a dtype at each value: a unit in the last place."""
    _, exponent = np.frexp(values)
    return np.asarray(np.ldexp(1.0, np.maximum(exponent, dtype.smallest + 1) - dtype.bits))
