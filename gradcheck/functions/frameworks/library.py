"""What is needed of a library of arrays: its numbers as NumPy arrays, the way back, and its own derivatives."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradcheck.contract import Array

Evaluate = Callable[[Mapping[str, Any]], list[Any]]
"""Inputs by name -> the tensors that are differentiated, as a list."""

Pull = Callable[[Sequence[Any]], dict[str, Any]]
"""Cotangents of these tensors -> gradients by name."""

EPS = {"bfloat16": 2.0**-7}
"""The spacing of 1.0 in dtypes that NumPy does not describe."""

EXTREMES = {"bfloat16": (2.0**-133, (2 - 2.0**-7) * 2.0**127)}
"""The smallest number above 0 and the largest one in these dtypes."""


class Library:
    """A library of arrays; this one is NumPy."""

    name = "numpy"
    differentiates = False
    """Whether the library has derivatives of its own."""
    is_wide = True
    """Whether it has double precision without a setting."""
    is_mutable = True
    """Whether a function can change an array in place."""

    def owns(self, value: Any) -> bool:
        """Return whether `value` is an array of this library."""
        return isinstance(value, np.ndarray)

    def is_float(self, value: Any) -> bool:
        """Return whether an array has a real floating dtype."""
        return value.dtype.kind == "f" or value.dtype.name in EPS

    def eps(self, value: Any) -> float:
        """Return the spacing of 1.0 in the dtype of a floating array."""
        return EPS.get(value.dtype.name) or float(np.finfo(value.dtype).eps)

    def extremes(self, value: Any) -> tuple[float, float]:
        """Return the smallest number above 0 and the largest one in the dtype of a floating array."""
        name = str(value.dtype).rpartition(".")[2]
        if name in EXTREMES:
            return EXTREMES[name]
        known = np.finfo(self.get(value).dtype)
        return float(known.smallest_subnormal), float(known.max)

    def get(self, value: Any) -> Array:
        """Return an array's numbers as an array that NumPy computes with; bfloat16 comes as float32."""
        array = np.array(value, copy=None, subok=False)
        is_foreign = array.dtype.kind == "V" and array.dtype.name in EPS
        return array.astype(np.float32) if is_foreign else array

    def put(self, values: Array, like: Any, is_wide: bool = False) -> Any:
        """Return numbers as an array of this library, in the dtype of `like`; if `is_wide`, in their own dtype."""
        # NumPy's own dtypes need no copy of the numbers in another precision, so that the caller decides.
        return values if is_wide or like.dtype.kind == "f" else values.astype(like.dtype)

    def from_numpy(self, values: Array) -> Any:
        """Return NumPy's array as an array of this library, in the same dtype."""
        return values

    def copy(self, value: Any) -> Any:
        """Return a copy of an array of any dtype."""
        return value.copy()

    def precision(self, is_wide: bool) -> contextlib.AbstractContextManager[Any]:
        """Return the context in which a function is called with arrays in double precision."""
        return contextlib.nullcontext()

    def signature_of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return what has the signature by which `function` is called."""
        return function

    def values(self, evaluate: Evaluate, inputs: Mapping[str, Any]) -> list[Any]:
        """Return the outputs alone, without what derivatives would need."""
        return evaluate(inputs)

    def vjp(
        self, evaluate: Evaluate, inputs: Mapping[str, Any], names: Sequence[str]
    ) -> tuple[list[Any], Pull]:
        """Return the outputs, and the function from their cotangents to the gradients of the named inputs."""
        raise NotImplementedError

    def jvp(self, evaluate: Evaluate, inputs: Mapping[str, Any], tangents: Mapping[str, Any]) -> list[Any]:
        """Return the tangents of the outputs, by forward mode."""
        raise NotImplementedError

    def batched(
        self, evaluate: Evaluate, inputs: Mapping[str, Any], names: Sequence[str], douts: Sequence[Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """Return outputs and gradients under the library's own batching; `names` and `douts` have a leading axis."""
        raise NotImplementedError

    def gradient_of(self, evaluate: Evaluate, names: Sequence[str], douts: Sequence[str | None]) -> Evaluate:
        """Return backward as a function of the inputs `names` and of the cotangents `douts`; None for one not used."""
        raise NotImplementedError


NUMPY = Library()
