"""PyTorch: its own kernels, and whatever is written with it. Gradients come from autograd."""

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from gradcheck.contract import Array, Function, Malformed
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.frameworks.framework import Exchange, Framework, uses


def torch() -> Any:
    """Return PyTorch, which is only imported where something is judged with it."""
    return importlib.import_module("torch")


def put(array: Array, dtype: Dtype) -> Any:
    """Return a tensor on the same memory, with the same strides."""
    if dtype.name == "bfloat16" and array.dtype == np.uint16:
        return torch().from_numpy(array.view(np.int16)).view(torch().bfloat16)
    if dtype.name.startswith("float8") and array.dtype == np.uint8:
        return torch().from_numpy(array).view(getattr(torch(), dtype.name))
    return torch().from_numpy(array)


def get(returned: Any, dtype: Dtype) -> Array:
    """Return a tensor's numbers as they are stored. Raises Malformed."""
    if not isinstance(returned, torch().Tensor):
        raise Malformed(f"returned a {type(returned).__name__}; expected a tensor")
    wanted = dtype.result
    if returned.dtype is not getattr(torch(), wanted):
        raise Malformed(f"returned {returned.dtype}; expected {wanted}")
    tensor = returned.detach().cpu()
    if wanted == "bfloat16":
        return np.asarray(tensor.view(torch().int16).numpy().view(np.uint16))
    return np.asarray(tensor.numpy())


def differentiate(
    function: Function, tensors: Sequence[Any], dout: Any, wanted: Sequence[bool] | None = None
) -> tuple[Any, Sequence[Any]]:
    """Return the output and the gradients of all tensors, or of those that are wanted, by autograd."""
    wanted = wanted or [True] * len(tensors)
    leaves = [tensor.detach().requires_grad_(each) for tensor, each in zip(tensors, wanted, strict=True)]
    out = function(*leaves)
    asked = [leaf for leaf in leaves if leaf.requires_grad]
    if isinstance(out, torch().Tensor) and not out.requires_grad:
        return out, (None,) * len(asked)
    return out, torch().autograd.grad(out, asked, dout, allow_unused=True)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let PyTorch use so many threads."""
    before = torch().get_num_threads()
    torch().set_num_threads(count)
    try:
        yield
    finally:
        torch().set_num_threads(before)


def finish(returned: Any) -> None:
    """Wait for all streams of a device, if the process uses one: also a copy to the processor may be under way."""
    if torch().cuda.is_initialized():
        torch().cuda.synchronize()


TORCH = Framework(
    name="torch",
    suits=lambda function: uses(function, "torch"),
    exchange=Exchange(put=put, get=get, finish=finish),
    title=lambda: f"PyTorch {torch().__version__}",
    differentiate=differentiate,
    can_freeze=True,
    threads=threads,
    declared=("threads",),
)
