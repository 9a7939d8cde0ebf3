"""What the suite has to know about a framework: how numbers get in, how they get out, how it differentiates."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from gradcheck.contract import Array, Function
from gradcheck.kernels.dtypes import FLOAT8, Dtype

Differentiate = Callable[..., tuple[Any, Sequence[Any]]]
"""A function of tensors, the tensors, the gradient of its output -> its output, and a gradient for each tensor.

Of a framework with `can_freeze`, a fourth argument says for each tensor whether its gradient is wanted.
"""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """How numbers get in and out.

    Attributes
    ----------
    put : callable
        An array of stored numbers, with its strides -> the framework's own, without a copy where it can.
    get : callable
        What came back -> an array of stored numbers. Raises Malformed.
    finish : callable
        What came back -> None, as soon as it is all there.
    has_strides : bool
        Whether `put` leaves numbers where they lie.
    """

    put: Callable[[Array, Dtype], Any]
    get: Callable[[Any, Dtype], Array]
    finish: Callable[[Any], None] = lambda returned: None
    has_strides: bool = True


@dataclass(frozen=True, kw_only=True)
class Framework:
    """One family of arrays.

    Attributes
    ----------
    name : str
        What ``--framework`` calls it.
    suits : callable
        A function -> whether it works on arrays of this family.
    exchange : Exchange
        How numbers get in and out.
    title : callable
        -> the name with the version.
    dtypes : tuple of str
        The dtypes that it has.
    differentiate : callable, optional
        How it differentiates by itself.
    can_freeze : bool
        Whether a function sees for which tensors a gradient is wanted.
    threads : callable, optional
        A count -> a context in which it uses so many threads.
    declared : tuple of str
        The checks that it does not promise to pass: ``threads`` where the bits depend on how work is divided.
    bind : callable, optional
        A function -> the framework that goes with it, where one name stands for several libraries.
    """

    name: str
    suits: Callable[[Function], bool]
    exchange: Exchange
    title: Callable[[], str]
    dtypes: tuple[str, ...] = ("float64", "float32", "float16", "bfloat16", "int8", *FLOAT8)
    differentiate: Differentiate | None = None
    can_freeze: bool = False
    threads: Callable[[int], AbstractContextManager[object]] | None = None
    declared: tuple[str, ...] = ()
    bind: "Callable[[Function], Framework] | None" = None

    def bound(self, function: Function) -> "Framework":
        """Return the framework for a function."""
        return self if self.bind is None else self.bind(function)


def uses(function: Function, *modules: str) -> bool:
    """Return whether a function comes from one of these modules, or from a file that imports it."""
    module = str(getattr(function, "__module__", None) or type(function).__module__)
    imported = (each.__name__.split(".")[0] for each in modules_of(function))
    return module.split(".")[0] in modules or any(name in modules for name in imported)


def modules_of(function: Function) -> Iterator[ModuleType]:
    """Yield the modules that a function's file imports."""
    plain = getattr(function, "py_func", getattr(function, "__wrapped__", function))
    for value in getattr(plain, "__globals__", {}).values():
        if isinstance(value, ModuleType):
            yield value
