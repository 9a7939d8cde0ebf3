"""A forward and a backward as their author wrote them, and the inputs that they are called with."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck import calling
from gradcheck.calling.results import array_of
from gradcheck.contract import Array, Arrays, Function
from gradcheck.text import one_line

Inputs = Mapping[str, Any] | Sequence[Any]

VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def collect(forward: Function, inputs: Inputs | None, named: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Return the inputs by name, and how many of them, from the first, are positional.

    Parameters
    ----------
    forward : callable
        Its signature determines the names of positional inputs, and the order of named inputs.
    inputs : mapping or sequence, optional
        Inputs by name, or positional inputs.
    named : mapping
        Inputs given by keyword.

    Raises
    ------
    TypeError
        If `inputs` is neither a mapping nor a list or tuple, if it may be meant for forward, or if an input is given
        twice.
    """
    if inputs is None:
        return _in_order_of(forward, dict(named)), 0
    if isinstance(inputs, Mapping):
        wrong = [name for name in inputs if not isinstance(name, str)]
        if wrong:
            raise TypeError(f"check_gradients: inputs has the key {wrong[0]!r}; expected names of inputs")
        return _in_order_of(forward, _merged(inputs.items(), named)), 0
    if not isinstance(inputs, list | tuple):
        raise TypeError(
            f"check_gradients: inputs is of type {type(inputs).__name__}; expected a mapping of names, or a list or "
            "tuple of positional inputs: inputs=[x]"
        )
    if "inputs" in _parameters(forward):  # the list may be meant for forward
        raise _clash("inputs")
    return _merged(zip(_positional_names(forward, len(inputs)), inputs, strict=True), named), len(inputs)


def clashes(forward: Function, options: Iterable[str], given: Mapping[str, Any]) -> list[str]:
    """Return the options that are also arguments of forward but not among the given inputs."""
    return [name for name in options if name in _parameters(forward) and name not in given]


def refuse_clashes(forward: Function, options: Iterable[str], given: Mapping[str, Any]) -> None:
    """Raise TypeError for the first option that may be meant for forward."""
    for name in clashes(forward, options, given):
        raise _clash(name)


def _clash(name: str) -> TypeError:
    return TypeError(
        f"check_gradients: forward takes an argument {name}, and {name}= is an option here: pass the argument as "
        f'inputs={{"{name}": ...}}; {name}= next to it is the option'
    )


def _merged(pairs: Iterable[tuple[str, Any]], named: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in [*pairs, *named.items()]:
        if name in found:
            raise TypeError(f"check_gradients: the input {name} is given twice: in inputs, and as {name}=")
        found[name] = value
    return found


def _in_order_of(forward: Function, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs in the order of forward's parameters, which is the order of backward's gradients."""
    order = {name: place for place, name in enumerate(_parameters(forward))}
    if not inputs.keys() <= order.keys():
        return inputs
    return dict(sorted(inputs.items(), key=lambda item: order[item[0]]))


def _positional_names(forward: Function, count: int) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [name for name, each in _parameters(forward).items() if each.kind in kinds][:count]
    return [*names, *(f"arg{place}" for place in range(len(names), count))]


def _parameters(forward: Function) -> dict[str, inspect.Parameter]:
    """Return the named parameters of a function; none if it has no signature, as some built-in functions."""
    try:
        parameters = inspect.signature(forward).parameters
    except (TypeError, ValueError):
        return {}
    return {name: each for name, each in parameters.items() if each.kind not in VARIADIC}


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

    @property
    def eps(self) -> dict[str, float]:
        """The spacing of 1.0 in the dtype in which each tensor was given."""
        return {name: float(np.finfo(values.dtype).eps) for name, values in self.tensors.items()}

    def own(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of one tensor, in the dtypes in which the inputs were given."""

        def f(values: Array) -> Array:
            return self.call(**{name: values.astype(self.tensors[name].dtype)})[0]

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
