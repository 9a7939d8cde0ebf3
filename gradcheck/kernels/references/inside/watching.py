"""What a kernel asks its framework for while it runs: functions by their names, and the operators below them."""

import contextlib
from typing import Any

from gradcheck.kernels.references.exchange import torch


class Watcher:
    """A context in which every function and operator of PyTorch that is called is noted, by its name.

    A function is noted as ``torch.nn.functional.softmax``, a method as ``torch.Tensor.softmax``, an operator as
    ``aten.softmax``.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "Watcher":
        self._stack.enter_context(_functions(self.names))
        self._stack.enter_context(_operators(self.names))
        return self

    def __exit__(self, *problem: object) -> None:
        self._stack.close()


def _functions(names: set[str]) -> Any:
    overrides = __import__("torch.overrides", fromlist=["TorchFunctionMode"])

    class Functions(overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
        def __torch_function__(self, function: Any, kinds: Any, args: Any = (), kwargs: Any = None) -> Any:
            names.add(name_of(function))
            return function(*args, **(kwargs or {}))

    return Functions()


def _operators(names: set[str]) -> Any:
    dispatch = __import__("torch.utils._python_dispatch", fromlist=["TorchDispatchMode"])

    class Operators(dispatch.TorchDispatchMode):  # type: ignore[misc, name-defined]
        def __torch_dispatch__(self, function: Any, kinds: Any, args: Any = (), kwargs: Any = None) -> Any:
            names.add(f"aten.{function.__name__.partition('.')[0]}")
            return function(*args, **(kwargs or {}))

    return Operators()


def name_of(function: Any) -> str:
    """Return the name by which a function of the framework is known."""
    if function is torch().Tensor or getattr(function, "__objclass__", None) is not None:
        return f"torch.Tensor.{getattr(function, '__name__', '')}"
    home = getattr(function, "__module__", None) or "torch"
    name = getattr(function, "__name__", type(function).__name__)
    return f"{home}.{name}".replace("torch._C._nn.", "torch.nn.functional.")
