"""PyTorch's tensors for arrays, in the process in which the submission runs: calls, autograd, modules.

PyTorch is never imported from here: a submission that needs it has imported it.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck.subjects.dialects.support.aliases import aliases_of as torch_aliases
from gradcheck.subjects.dialects.support.torch_values import Given, array_of, as_for, tensor_of

__all__ = [
    "torch_aliases",
    "torch_backward",
    "torch_called",
    "torch_is_there",
    "torch_module_called",
    "torch_module_parameters",
    "torch_recorded",
    "torch_use",
    "torch_used",
]

Array = NDArray[Any]


class Graph:
    """What autograd recorded of one call: its output, and the tensors that gradients are wanted for."""

    def __init__(self, out: Any, leaves: list[Any]) -> None:
        self.out, self.leaves = out, leaves


def torch_is_there() -> bool:
    """Return whether PyTorch has been imported."""
    return isinstance(sys.modules.get("torch"), ModuleType)


def torch_use(thing: Any) -> None:
    """Raise what a missing PyTorch raises, where the file of a function or a class imports it and it is not there."""
    for value in _globals_of(thing).values():
        if getattr(type(value), "__name__", "") == "Stub" and getattr(value, "_stub_module", "") == "torch":
            value()


def _globals_of(thing: Any) -> Mapping[str, Any]:
    own = getattr(thing, "__globals__", None)
    if own is not None or not isinstance(thing, type):
        return own or {}
    inside = (getattr(each, "__func__", each) for each in vars(thing).values())
    return next((each.__globals__ for each in inside if hasattr(each, "__globals__")), {})


def torch_used(things: Iterable[Any]) -> bool:
    """Return whether any of a file's names is PyTorch, a module of it, or something defined in it."""
    return torch_is_there() and any(_is_of_torch(thing) for thing in things)


def _is_of_torch(thing: Any) -> bool:
    if isinstance(thing, ModuleType):
        return thing.__name__.partition(".")[0] == "torch"
    kinds = thing.__mro__ if isinstance(thing, type) else (thing,)
    return any(str(getattr(kind, "__module__", "")).partition(".")[0] == "torch" for kind in kinds)


def torch_called(owner: Any, name: str, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """Call a function on tensors, and return its results as arrays; what else it returned stays as it is.

    Numbers that it changed in its arguments are written back. `name` is that of a method of `owner`, or empty.
    """
    given = Given(arguments, keywords)
    with as_for(given.arrays):
        returned = _function(owner, name)(*given.arguments, **given.keywords)
    given.write_back()
    return _results(returned)


def torch_recorded(
    owner: Any,
    name: str,
    wanted: Sequence[Any],
    arguments: Sequence[Any],
    keywords: Mapping[str, Any],
    count: int = 1,
) -> tuple[Any, Graph]:
    """Call a function on tensors, and return its output as an array, and what autograd recorded.

    `wanted` has the places and the names of the arguments that gradients are wanted for. Of several outputs, their
    stack is returned.
    """
    given = Given(arguments, keywords, tracked=wanted)
    with as_for(given.arrays):
        returned = _function(owner, name)(*given.arguments, **given.keywords)
    given.write_back()
    out = _first(returned) if count == 1 else sys.modules["torch"].stack(list(returned[:count]))
    return array_of(out), Graph(out, [given.leaves.get(key) for key in wanted])


def torch_backward(dout: Any, graph: Graph) -> tuple[Any, ...]:
    """Return the gradients by what autograd recorded; None where the output does not depend on a tensor."""
    torch = sys.modules["torch"]
    upstream = tensor_of(np.asarray(dout)).to(graph.out.dtype).reshape(graph.out.shape)
    with as_for([dout]):
        leaves = [each for each in graph.leaves if each is not None]
        found = torch.autograd.grad(graph.out, leaves, upstream, retain_graph=True, allow_unused=True)
    rest = iter(found)
    return tuple(None if each is None else array_of(next(rest)) for each in graph.leaves)


def torch_module_parameters(
    kind: Any, arguments: Sequence[Any], keywords: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of a module's parameters and of its buffers."""
    with as_for([]):
        made = kind(*arguments, **keywords)
    return (
        tuple(name for name, _ in made.named_parameters()),
        tuple(name for name, _ in made.named_buffers()),
    )


def torch_module_called(
    kind: Any,
    arguments: Sequence[Any],
    keywords: Mapping[str, Any],
    held: Mapping[str, Any],
    training: bool,
    inputs: Sequence[Any],
    wanted: Sequence[int] = (0,),
) -> tuple[Any, ...]:
    """Make a module, put numbers into its parameters and buffers, call it.

    Return its output as an array, and what autograd recorded: of the inputs at the wanted places, and of parameters.
    """
    torch = sys.modules["torch"]
    given = Given(inputs, {}, tracked=wanted)
    with as_for(given.arrays):
        module = kind(*arguments, **keywords).to(given.arguments[0].dtype).train(training)
        with torch.no_grad():
            for name, array in held.items():
                _holder(module, name).copy_(tensor_of(array).reshape(_same(_holder(module, name), array)))
        parameters = dict(module.named_parameters())
        out = _first(module(*given.arguments))
    given.write_back()
    leaves = [
        *(given.leaves[place] for place in wanted),
        *(parameters[name] for name in held if name in parameters),
    ]
    return array_of(out), Graph(out, leaves)


def _holder(module: Any, path: str) -> Any:
    for name in path.split("."):
        module = getattr(module, name)
    return module


def _same(holder: Any, array: Array) -> tuple[int, ...]:
    """Return the shape of what holds an array. Raises ValueError, where it is another one."""
    shape = tuple(holder.shape)
    if shape != array.shape:
        raise ValueError(f"its tensor has shape {shape}, and not {array.shape}")
    return shape


def _function(owner: Any, name: str) -> Any:
    return getattr(owner, name) if name else owner


def _results(returned: Any) -> Any:
    if isinstance(returned, tuple | list):
        return tuple(array_of(each) for each in returned)
    return array_of(returned)


def _first(returned: Any) -> Any:
    return returned[0] if isinstance(returned, tuple | list) and len(returned) else returned
