"""Checks of a caller's arguments, cheap enough to run on every call.

Every message starts with the layer's name, and has the received and the expected value.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Pair = tuple[int, int]

# Infinity and NaN are legal values and propagate as IEEE 754 says; a warning would only repeat what the result
# shows. As a decorator it also covers callers that have turned warnings into errors.
ieee = np.errstate(all="ignore")


def floating(layer: str, name: str, value: Any, form: str = "") -> Array:
    """Return `value` as a C-contiguous array; refuse any dtype that is not floating or complex.

    C order here makes every element-wise result C-contiguous too.

    Parameters
    ----------
    layer, name : str
        The names of the layer and of the argument, for messages.
    value : array_like
        The argument.
    form : str
        The expected axes, such as ``"N, C, H, W"``; empty if any number of axes is legal.

    Raises
    ------
    TypeError
        If the dtype is neither floating nor complex.
    ValueError
        If the number of axes is not that of `form`.
    """
    array = np.asarray(value, order="C")
    if array.dtype.char not in "efdgFDG":
        raise TypeError(
            f"{layer}: {name} has dtype {array.dtype}; "
            f"expected a floating dtype (convert with {name}.astype(float))"
        )
    if form and array.ndim != form.count(",") + 1:
        raise ValueError(f"{layer}: {name} has shape {array.shape}; expected ({form})")
    return np.asarray(array, dtype=array.dtype.newbyteorder("="))


def ordered(layer: str, name: str, value: Any, form: str = "") -> Array:
    """Return `value` as `floating` does; refuse complex numbers, which have no order."""
    array = floating(layer, name, value, form)
    if array.dtype.kind == "c":
        raise TypeError(f"{layer}: {name} has dtype {array.dtype}; expected a real one, which has an order")
    return array


def matching(layer: str, name: str, value: Any, x: Array, form: str = "", of: str = "x") -> Array:
    """Return `value` as `floating` does; refuse a dtype other than that of x, which may be called otherwise."""
    array = floating(layer, name, value, form)
    if array.dtype != x.dtype:
        raise TypeError(f"{layer}: {name} has dtype {array.dtype}, but {of} has {x.dtype}; expected the same")
    return array


def shaped(layer: str, name: str, value: Any, x: Array, shape: tuple[int, ...]) -> Array:
    """Return `value` as `matching` does; refuse any shape but `shape`."""
    array = matching(layer, name, value, x)
    if array.shape != shape:
        raise ValueError(f"{layer}: {name} has shape {array.shape}; expected {shape}")
    return array


def upstream(layer: str, dout: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return the gradient `dout`; refuse a shape or dtype other than those of the forward's output."""
    array = floating(layer, "dout", dout)
    if array.dtype != dtype:
        raise TypeError(f"{layer}: dout has dtype {array.dtype}, but x has {dtype}; expected the same")
    if array.shape != shape:
        raise ValueError(f"{layer}: dout has shape {array.shape}; expected {shape}")
    return array


def upstream_scalar(layer: str, dout: Any, dtype: np.dtype[Any]) -> Array:
    """Return the gradient of a loss as an array of shape (); a plain Python number takes the loss's dtype."""
    plain = (int, float, complex) if dtype.kind == "c" else (int, float)
    if isinstance(dout, plain) and not isinstance(dout, bool):
        return np.asarray(dout, dtype)
    return upstream(layer, dout, (), dtype)


def integer(layer: str, name: str, value: Any, least: int) -> int:
    """Return `value` as an int of at least `least`; bools and floats are a TypeError."""
    # To Python True is the int 1, but a bool in this place is a slip.
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{layer}: {name} must be made of ints, got {value!r}")
    number = int(value)
    if number < least:
        raise ValueError(f"{layer}: {name} must be at least {least}, got {number}")
    return number


def number(layer: str, name: str, value: Any, least: float | None = None) -> float:
    """Return a number as a Python float, which does not change the dtype of an array in a product."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{layer}: {name} must be a number, got {value!r}")
    if least is not None and not value >= least:
        raise ValueError(f"{layer}: {name} must be at least {least:g}, got {value}")
    return float(value)


def pair(layer: str, name: str, value: Any, least: int) -> Pair:
    """Return an int or a pair of ints as a pair (height, width)."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError(f"{layer}: {name} must be an int or a pair (height, width), got {value!r}")
        return integer(layer, name, value[0], least), integer(layer, name, value[1], least)
    number = integer(layer, name, value, least)
    return number, number


def single(layer: str, name: str, value: Any, least: int) -> int:
    """Return an int, or the one int of a tuple."""
    if isinstance(value, (tuple, list)):
        if len(value) != 1:
            raise ValueError(f"{layer}: {name} must be an int or a tuple of one, got {value!r}")
        value = value[0]
    return integer(layer, name, value, least)


def both_sides(layer: str, value: Any) -> Pair:
    """Return padding of one axis, an int, (before, after), or either in a tuple of one, as (before, after)."""
    if isinstance(value, (tuple, list)) and len(value) == 1:
        value = value[0]
    return pair(layer, "pad", value, 0)


def triple(layer: str, name: str, value: Any, least: int) -> tuple[int, int, int]:
    """Return an int or three ints as (depth, height, width)."""
    depth, height, width = _three(layer, name, value)
    return (
        integer(layer, name, depth, least),
        integer(layer, name, height, least),
        integer(layer, name, width, least),
    )


def triple_padding(layer: str, value: Any) -> tuple[Pair, Pair, Pair]:
    """Return an int, three ints or three pairs as ((front, back), (top, bottom), (left, right))."""
    depth, height, width = _three(layer, "pad", value)
    return pair(layer, "pad", depth, 0), pair(layer, "pad", height, 0), pair(layer, "pad", width, 0)


def _three(layer: str, name: str, value: Any) -> tuple[Any, Any, Any]:
    if not isinstance(value, (tuple, list)):
        return value, value, value
    if len(value) != 3:
        raise ValueError(f"{layer}: {name} must have one entry or three, got {value!r}")
    return value[0], value[1], value[2]


def padding(layer: str, value: Any) -> tuple[Pair, Pair]:
    """Return an int, a pair or a pair of pairs as ((top, bottom), (left, right))."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError(
                f"{layer}: pad must be an int, a pair (height, width) or "
                f"a pair of pairs ((top, bottom), (left, right)), got {value!r}"
            )
        return pair(layer, "pad", value[0], 0), pair(layer, "pad", value[1], 0)
    both = pair(layer, "pad", value, 0)
    return both, both


def bias(layer: str, b: Any, x: Array, form: tuple[int, ...]) -> Array | None:
    """Return the bias `b`, which is None or has the shape (F,) or (F, OH, OW); `form` is (F, OH, OW)."""
    if b is None:
        return None
    array = matching(layer, "b", b, x)
    if array.shape != form and array.shape != form[:1]:
        raise ValueError(f"{layer}: b has shape {array.shape}; expected {form[:1]} or {form}")
    return array


def wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype to compute in: single precision for half, otherwise the dtype itself."""
    return np.promote_types(dtype, np.float32)


def widen(array: Array) -> Array:
    """Return an array in half precision as single, and any other array itself.

    Sums in half precision overflow at 65504, and BLAS has no half precision; PyTorch computes in single as well.
    """
    return array.astype(np.float32) if array.dtype.char == "e" else array


def as_result(array: Any, dtype: np.dtype[Any]) -> Array:
    """Return a computed array or scalar in the input's dtype and in C order."""
    return np.asarray(array, dtype=dtype, order="C")
