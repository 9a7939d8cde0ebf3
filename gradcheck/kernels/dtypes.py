"""The number formats that kernels work in: how they are stored, and what they can hold exactly."""

import importlib
from dataclasses import dataclass, replace
from typing import Any

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
    largest : int
        The largest integer of an exact fill, where that is not the largest exact one.
    returned : str
        The dtype of the results, where that is another one: sums of a short format come in a long one.
    """

    name: str
    storage: str
    bits: int
    exact: int
    accumulator_bits: int
    smallest: int
    largest: int = 0
    returned: str = ""

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
        return self.largest or self.exact

    @property
    def is_narrow(self) -> bool:
        """Whether results are of a longer format than the operands: there are no gradients then."""
        return bool(self.returned)

    @property
    def result(self) -> str:
        """The name of the results' dtype."""
        return self.returned or self.name

    @property
    def results(self) -> str:
        """The NumPy dtype that results are stored in."""
        return self.returned or self.storage


DTYPES = (
    Dtype("float64", "float64", 53, 2**53, 53, -1022),
    Dtype("float32", "float32", 24, 2**24, 24, -126),
    Dtype("float16", "float16", 11, 2**11, 11, -14),
    Dtype("bfloat16", "uint16", 8, 2**8, 8, -126),
    Dtype("int8", "int8", 0, 2**31 - 1, 0, 0, 127, "int32"),
    # An operand of eight bits; products are summed in float32, as tensor cores do, and the result is one.
    Dtype("float8_e4m3fn", "uint8", 24, 2**24, 24, -126, 16, "float32"),
    Dtype("float8_e5m2", "uint8", 24, 2**24, 24, -126, 8, "float32"),
)
INDICES = Dtype("int64", "int64", 0, 2**31 - 1, 0, 0, 0, "int64")
"""The format of an output of indices, whatever the dtype of what they count."""

FLOAT8 = ("float8_e4m3fn", "float8_e5m2")
BY_NAME = {dtype.name: dtype for dtype in DTYPES}


def float8(name: str) -> Any:
    """Return ml_dtypes' format of eight bits. Raises ModuleNotFoundError where that is not installed."""
    return getattr(importlib.import_module("ml_dtypes"), name)


def stored(values: Array, dtype: Dtype) -> Array:
    """Return double precision rounded to a dtype, as its bits are stored; labels and masks as they are."""
    if values.dtype.kind != "f":
        return values
    if dtype.name.startswith("float8"):
        return np.asarray(values.astype(float8(dtype.name)).view(np.uint8))
    if dtype.name != "bfloat16":
        return values.astype(dtype.storage)
    bits = values.astype(np.float32).view(np.uint32)
    return np.asarray((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(
        np.uint16
    )  # to nearest, ties to even


def loaded(values: Array, dtype: Dtype) -> Array:
    """Return stored numbers in double precision; labels and masks as they are."""
    if (values.dtype.kind in "ib" and not dtype.is_integer) or values.dtype == np.int64:
        return values
    if dtype.name.startswith("float8") and values.dtype == np.uint8:
        return np.asarray(values.view(float8(dtype.name)).astype(np.float64))
    if dtype.name == "bfloat16" and values.dtype == np.uint16:
        return (values.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return values.astype(np.float64)


def spacing(values: Array, dtype: Dtype) -> Array:
    """Return the distance between neighbouring numbers of a dtype at each value: a unit in the last place."""
    _, exponent = np.frexp(values)
    return np.asarray(np.ldexp(1.0, np.maximum(exponent, dtype.smallest + 1) - dtype.bits))
