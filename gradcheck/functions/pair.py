"""A forward and a backward in any of the common forms: how they are called, and how they return results."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck import calling
from gradcheck.calling.results import array_of
from gradcheck.contract import Array, Arrays, Function
from gradcheck.text import one_line

Back = Callable[[Array], Any]


@dataclass(frozen=True)
class Functions:
    """A forward, a backward and the inputs to check them at; the first `positional` inputs are passed by position."""

    forward: Function
    backward: Function | None
    inputs: Mapping[str, Any]
    positional: int = 0

    @property
    def name(self) -> str:
        """The name of the function that computes the gradients."""
        function = self.forward if self.backward is None else self.backward
        return one_line(getattr(function, "__name__", type(function).__name__), 60)

    @property
    def tensors(self) -> Arrays:
        """The inputs that are differentiated: arrays of a floating dtype."""
        return {k: v for k, v in self.inputs.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f"}

    @cached_property
    def _leading(self) -> int:
        """How many inputs are passed by position; all of them if forward does not accept their names."""
        if self.positional:
            return self.positional
        try:
            inspect.signature(self.forward).bind(**self.inputs)
        except (TypeError, ValueError):
            return len(self.inputs)
        return 0

    def call(self, **changed: Array) -> tuple[Array, Back]:
        """Return the output and the backward of one call, on copies of the inputs."""
        copies = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in self.inputs.items()}
        return self.run({**copies, **changed})

    def run(self, inputs: Mapping[str, Any]) -> tuple[Array, Back]:
        """Call forward on these arrays themselves; accept each of the three ways to return results."""
        pairs = list(inputs.items())
        leading = [value for _, value in pairs[: self._leading]]
        returned = self.forward(*leading, **dict(pairs[self._leading :]))
        is_pair = isinstance(returned, tuple) and len(returned) == 2
        if self.backward is None:
            if not is_pair:
                raise TypeError("without a backward, forward must return (loss, gradients)")
            return np.asarray(returned[0]), lambda dout: returned[1]
        backward = self.backward
        if is_pair:
            return np.asarray(returned[0]), lambda dout: backward(dout, returned[1])
        return np.asarray(returned), lambda dout: backward(dout, *inputs.values())

    def double(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of one tensor, with all tensors in double precision."""
        wide = {key: values.astype(np.float64) for key, values in self.tensors.items()}

        def f(values: Array) -> Array:
            others = {k: v.astype(values.dtype) for k, v in wide.items()} if np.iscomplexobj(values) else wide
            return self.call(**{**{k: v.copy() for k, v in others.items()}, name: values.copy()})[0]

        return f

    def gradients(self, back: Back, dout: Array) -> Arrays:
        """Return the gradients by name, as arrays of the right shapes. Raises SubjectError."""
        returned, tensors = back(dout), self.tensors
        if isinstance(returned, Mapping):
            found = {name: returned.get(name, returned.get(f"d{name}")) for name in tensors}
        else:
            found = calling.gradients(self.name, returned, tuple(tensors))
        return {name: array_of(f"d{name}", found[name], tensors[name].shape) for name in tensors}


def upstream(rng: np.random.Generator, out: Array) -> Array:
    """Return a random upstream gradient: not constant, as that hides mistakes, and with no entry near zero."""
    sign = rng.choice((-1.0, 1.0), size=out.shape)
    return np.asarray(rng.uniform(0.5, 2.0, size=out.shape) * sign, dtype=_dtype_of_upstream(out))


def given_upstream(dout: Any, out: Array) -> Array:
    """Return a caller's upstream gradient in out's dtype. Raises ValueError if it does not fit or is all zero."""
    values = np.asarray(dout)
    if values.shape != out.shape:
        raise ValueError(
            f"check_gradients: dout has shape {values.shape}; expected {out.shape}, the shape of forward's output: "
            "give one number for each entry"
        )
    if values.dtype.kind not in "fiub":
        raise ValueError(f"check_gradients: dout has dtype {values.dtype}; expected real numbers")
    with np.errstate(over="ignore"):
        values = values.astype(_dtype_of_upstream(out))
    if not np.isfinite(values).all():
        raise ValueError(f"check_gradients: dout has entries that are not finite in {values.dtype}")
    if values.size and not values.any():
        raise ValueError(
            "check_gradients: dout is zero everywhere: expected at least one other number, as zeros show no mistake"
        )
    return values


def _dtype_of_upstream(out: Array) -> Any:
    return out.dtype if out.dtype.kind == "f" else np.dtype(float)
