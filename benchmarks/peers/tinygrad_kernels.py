"""tinygrad's convolution and gradients, on NumPy arrays. Needs clang, or ``DEV=PYTHON``, which takes its time."""

from typing import Any

from tinygrad import Tensor

from gradcheck.contract import Array

Pair = tuple[int, int]


def conv2d(
    x: Array,
    w: Array,
    b: Array | None = None,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
    groups: int = 1,
) -> tuple[Array, Any]:
    """Return the convolution, and what backward needs."""
    tensors = [Tensor(each) for each in (x, w, b) if each is not None]
    out = tensors[0].conv2d(*tensors[1:], groups=groups, stride=stride, dilation=dilation, padding=padding)
    return out.numpy(), (out, tensors)


def conv2d_backward(dout: Array, cache: Any) -> tuple[Array, ...]:
    """Return the gradients."""
    out, tensors = cache
    return tuple(each.numpy() for each in out.gradient(*tensors, gradient=Tensor(dout)))
