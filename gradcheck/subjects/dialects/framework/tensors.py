"""A function of PyTorch tensors as a pair of functions of arrays; autograd is its backward.

PyTorch is never imported from here: where a target needs it, the target has imported it.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.calling import guarded
from gradcheck.contract import Array, Function, Pair, SubjectError
from gradcheck.subjects.dialects.framework.options import runs


def takes_tensors(name: str, function: Function, arguments: tuple[Any, ...]) -> bool:
    """Tell whether a function cannot do with arrays, and takes the same numbers as tensors."""
    if "torch" not in sys.modules:
        return False
    try:
        guarded(name, function, *arguments)
    except SubjectError as problem:
        return problem.kind in (TypeError, AttributeError) and runs(
            name, recorded(function, 1).forward, arguments, {}
        )
    return False


def recorded(function: Function, count: int) -> Pair:
    """Return forward and backward for a function of tensors, the first `count` of which are differentiated."""
    torch: Any = sys.modules["torch"]

    def tensor(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        made = torch.from_numpy(np.array(value, order="C"))
        return made.requires_grad_() if value.dtype.kind == "f" else made

    def forward(*arguments: Any, **options: Any) -> tuple[Array, Any]:
        tensors = [tensor(value) for value in arguments]
        out = function(*tensors, **options)
        leaves = [each for each in tensors if getattr(each, "requires_grad", False)][:count]
        return np.array(out.detach().numpy(), order="C"), _graph(torch, out, leaves)

    def backward(dout: Array, graph: Callable[[Array], tuple[Array, ...]]) -> tuple[Array, ...]:
        return graph(dout)

    return Pair(forward, backward)


def _graph(torch: Any, out: Any, leaves: list[Any]) -> Callable[[Array], tuple[Array, ...]]:
    """Return what autograd recorded, as a function from dout to gradients; it can be asked again."""

    def gradients(dout: Array) -> tuple[Array, ...]:
        upstream = torch.from_numpy(np.array(dout, order="C")).to(out.dtype)
        found = torch.autograd.grad(out, leaves, upstream, retain_graph=True)
        return tuple(np.array(each.numpy(), order="C") for each in found)

    return gradients
