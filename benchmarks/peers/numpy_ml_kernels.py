"""numpy-ml's convolution layer: channels last, one stride and one dilation, which counts the gaps."""

import collections
import collections.abc
from typing import Any

import numpy as np

from gradcheck.contract import Array

collections.Hashable = collections.abc.Hashable  # type: ignore[attr-defined]  # it is of before Python 3.10

from numpy_ml.neural_nets.layers.layers import Conv2D  # noqa: E402


def conv2d(
    x: Array, w: Array, b: Array, stride: int = 1, padding: tuple[int, int] = (0, 0), dilation: int = 1
) -> tuple[Array, Any]:
    """Return the convolution, and the layer, which knows what backward needs."""
    (ph, pw), (F, C, kh, kw) = padding, w.shape
    layer = Conv2D(F, (kh, kw), pad=(ph, ph, pw, pw), stride=stride, dilation=dilation - 1)
    layer.in_ch = C
    layer._init_params()
    layer.parameters = {"W": w.transpose(2, 3, 1, 0), "b": b.reshape(1, 1, 1, -1)}
    return layer.forward(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2).astype(x.dtype), layer


def conv2d_backward(dout: Array, layer: Any) -> tuple[Array, Array, Array]:
    """Return the gradients."""
    dx = layer.backward(dout.transpose(0, 2, 3, 1))
    dw, db = layer.gradients["W"], layer.gradients["b"]
    found = dx.transpose(0, 3, 1, 2), dw.transpose(3, 2, 0, 1), np.reshape(db, -1)
    return tuple(each.astype(dout.dtype) for each in found)  # type: ignore[return-value]
