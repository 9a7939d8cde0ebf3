"""JAX: its arrays, and the functions on them; backward is `jax.vjp`."""

import contextlib
import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcheck.contract import Array
from gradcheck.functions.frameworks.library import EPS, Evaluate, Library, Pull

__tracebackhide__ = True


def jax() -> Any:
    """Return JAX, which the caller has already imported."""
    return importlib.import_module("jax")


class Jax(Library):
    """JAX's arrays, and its transformations."""

    name = "jax"
    differentiates = True
    is_wide = False
    is_mutable = False

    def owns(self, value: Any) -> bool:
        """Return whether `value` is an array of JAX's."""
        return isinstance(value, jax().Array)

    def is_float(self, value: Any) -> bool:
        """Return whether an array has a real floating dtype."""
        return bool(jax().numpy.issubdtype(value.dtype, jax().numpy.floating))

    def eps(self, value: Any) -> float:
        """Return the spacing of 1.0 in an array's dtype."""
        return float(jax().numpy.finfo(value.dtype).eps)

    def get(self, value: Any) -> Array:
        """Return an array's numbers; bfloat16 comes as float32."""
        array = np.asarray(value)
        return array.astype(np.float32) if array.dtype.name in EPS else array

    def put(self, values: Array, like: Any, is_wide: bool = False) -> Any:
        """Return numbers as an array of JAX's, in the dtype of `like` or in their own."""
        return jax().numpy.array(values, dtype=values.dtype if is_wide else like.dtype)

    def from_numpy(self, values: Array) -> Any:
        """Return NumPy's array as JAX takes it: in float32 where float64 is not enabled."""
        return jax().numpy.asarray(values)

    def copy(self, value: Any) -> Any:
        """Return the array itself: nothing can change it."""
        return value

    def precision(self, is_wide: bool) -> contextlib.AbstractContextManager[Any]:
        """Allow float64, which JAX otherwise rounds to float32 without a word."""
        switch = getattr(jax(), "enable_x64", None)
        if switch is None:  # JAX before 0.8
            switch = importlib.import_module("jax.experimental").enable_x64
        context: contextlib.AbstractContextManager[Any] = (
            switch(True) if is_wide else contextlib.nullcontext()
        )
        return context

    def vjp(
        self, evaluate: Evaluate, inputs: Mapping[str, Any], names: Sequence[str]
    ) -> tuple[list[Any], Pull]:
        """Return the outputs, and the function that `jax.vjp` gives."""

        def function(*values: Any) -> list[Any]:
            return evaluate({**inputs, **dict(zip(names, values, strict=True))})

        outs, pull = jax().vjp(function, *(inputs[name] for name in names))

        def back(cotangents: Sequence[Any]) -> dict[str, Any]:
            given = [
                jax().numpy.zeros_like(out) if each is None else each
                for out, each in zip(outs, cotangents, strict=True)
            ]
            return dict(zip(names, pull(given), strict=True))

        return outs, back

    def jvp(self, evaluate: Evaluate, inputs: Mapping[str, Any], tangents: Mapping[str, Any]) -> list[Any]:
        """Return the tangents of the outputs that `jax.jvp` gives."""
        names = list(tangents)

        def function(*values: Any) -> list[Any]:
            return evaluate({**inputs, **dict(zip(names, values, strict=True))})

        found = jax().jvp(function, tuple(inputs[name] for name in names), tuple(tangents.values()))
        return list(found[1])

    def batched(
        self, evaluate: Evaluate, inputs: Mapping[str, Any], names: Sequence[str], douts: Sequence[Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """Return the outputs and the gradients under `jax.vmap`."""

        def one(values: list[Any], cotangents: list[Any]) -> tuple[list[Any], list[Any]]:
            moved = {**inputs, **dict(zip(names, values, strict=True))}
            outs, back = self.vjp(evaluate, moved, names)
            return outs, list(back(cotangents).values())

        outs, found = jax().vmap(one)([inputs[name] for name in names], list(douts))
        return outs, dict(zip(names, found, strict=True))

    def gradient_of(self, evaluate: Evaluate, names: Sequence[str], douts: Sequence[str | None]) -> Evaluate:
        """Return the backward of `jax.vjp` as a function of the inputs `names` and of the cotangents `douts`."""

        def backward(inputs: Mapping[str, Any]) -> list[Any]:
            _, back = self.vjp(evaluate, inputs, names)
            return list(back([None if name is None else inputs[name] for name in douts]).values())

        return backward


JAX = Jax()
