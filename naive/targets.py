"""What the losses on targets of the shape of x check: the targets, and the upstream gradient, a single number."""

from typing import Any

import numpy as np

from .arguments import Array, expect_shape, floating, upstream


def targets(layer: str, x: Array, y: Any) -> Array:
    """Return the targets; they must have the shape and the dtype of x, which must have an entry."""
    found = floating(layer, "y", y, x.dtype)
    expect_shape(layer, "y", found, x.shape)
    if x.size == 0:
        raise ValueError(f"{layer}: x has shape {x.shape}; expected at least one entry")
    return found


def scalar(layer: str, dout: Any, dtype: np.dtype[Any]) -> Array:
    """Return dout as an array of shape (); a Python number takes the dtype of the loss."""
    # np.float64 is a subclass of float, and so passes as one.
    plain = int | float | complex if dtype.kind == "c" else int | float
    if isinstance(dout, plain) and not isinstance(dout, bool):
        dout = np.asarray(dout, dtype=dtype)
    return upstream(layer, dout, (), dtype)
