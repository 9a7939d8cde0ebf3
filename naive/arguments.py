"""Checks of a layer's arguments before it computes; every message starts with the layer's name."""

from collections.abc import Sequence
from typing import Any, NamedTuple, SupportsIndex, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Pair: TypeAlias = tuple[int, int]
Spatial: TypeAlias = SupportsIndex | Sequence[SupportsIndex]
Padding: TypeAlias = SupportsIndex | Sequence[SupportsIndex | Sequence[SupportsIndex]]

# Infinity, NaN and overflow propagate as IEEE arithmetic says (inf - inf is NaN). That is the specified result, so
# there is nothing to warn about. This is a decorator; `__wrapped__` is the undecorated function.
quiet = np.errstate(all="ignore")


class Pads(NamedTuple):
    """Padding before and after, for the height and for the width."""

    height: Pair
    width: Pair


def floating(layer: str, name: str, value: Any, dtype: np.dtype[Any] | None = None, of: str = "x") -> Array:
    """Return `value` as an array of a floating (or complex) dtype, without a copy if it already is one.

    Parameters
    ----------
    layer, name : str
        The names of the layer and the argument in messages.
    value : array_like
        The argument.
    dtype : dtype, optional
        The dtype of the layer's first tensor, if `value` must have the same.
    of : str
        What that tensor is called.

    Returns
    -------
    ndarray
        `value` itself if it is an array of native byte order.

    Raises
    ------
    TypeError
        If the dtype is not floating, or not `dtype`.

    """
    array = np.asarray(value)
    if array.dtype.kind not in "fc":
        advice = f"convert with {name}.astype(float)"
        raise TypeError(f"{layer}: {name} has dtype {array.dtype}; expected a floating dtype ({advice})")
    # The byte order is a matter of storage: a byte-swapped array holds the same numbers.
    array = np.asarray(array, dtype=array.dtype.newbyteorder("="))
    if dtype is not None and array.dtype != dtype:
        raise TypeError(f"{layer}: {name} has dtype {array.dtype}; expected {dtype}, the dtype of {of}")
    return array


def optional(layer: str, name: str, value: Any, dtype: np.dtype[Any]) -> Array | None:
    """Return None for None, and otherwise what `floating` returns."""
    return None if value is None else floating(layer, name, value, dtype)


def ordered(layer: str, name: str, value: Any, dtype: np.dtype[Any] | None = None) -> Array:
    """Return what `floating` returns, but refuse complex numbers, which have no order."""
    array = floating(layer, name, value, dtype)
    if array.dtype.kind == "c":
        raise TypeError(f"{layer}: {name} has dtype {array.dtype}; expected a real floating dtype")
    return array


def upstream(layer: str, dout: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return the upstream gradient as an array; it must have the shape and the dtype of the output."""
    array = floating(layer, "dout", dout, dtype)
    expect_shape(layer, "dout", array, shape)
    return array


def scalar(layer: str, dout: Any, dtype: np.dtype[Any]) -> Array:
    """Return the upstream gradient of a loss as an array of shape (); a plain Python number takes the loss's dtype."""
    # A Python number has no dtype to compare. np.float64 is a subclass of float, and so passes as one.
    plain = int | float | complex if dtype.kind == "c" else int | float
    if isinstance(dout, plain) and not isinstance(dout, bool):
        dout = np.asarray(dout, dtype=dtype)
    return upstream(layer, dout, (), dtype)


def expect_shape(layer: str, name: str, array: Array, *shapes: tuple[int, ...]) -> None:
    """Raise ValueError unless the array has one of the shapes."""
    if array.shape not in shapes:
        wanted = " or ".join(str(shape) for shape in shapes)
        raise ValueError(f"{layer}: {name} has shape {array.shape}; expected {wanted}")


def expect_axes(layer: str, name: str, array: Array, axes: str) -> None:
    """Raise ValueError unless the array has as many axes as `axes` names, such as ``"N, C, H, W"``.

    A trailing ``"..."`` stands for any number of axes, including none.
    """
    names = axes.split(", ")
    fits = array.ndim >= len(names) - 1 if names[-1] == "..." else array.ndim == len(names)
    if not fits:
        raise ValueError(f"{layer}: {name} has shape {array.shape}; expected ({axes})")


def integer(layer: str, name: str, value: Any, minimum: int) -> int:
    """Return an int or a NumPy integer as an int; refuse bool, float and anything below the minimum."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{layer}: {name} holds {value!r}; expected an int")
    if value < minimum:
        raise ValueError(f"{layer}: {name} holds {value}; expected at least {minimum}")
    return int(value)


def number(layer: str, name: str, value: Any) -> float:
    """Return a real number as a Python float, which does not change the dtype of an array in a product."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{layer}: {name} is {value!r}; expected a number")
    return float(value)


def two(layer: str, name: str, value: Any) -> tuple[Any, Any]:
    """Return the two entries of a list or tuple, or any other value twice."""
    if not isinstance(value, list | tuple):
        return value, value
    if len(value) != 2:
        raise ValueError(f"{layer}: {name} is {value}; expected one entry or two")
    return value[0], value[1]


def pair(layer: str, name: str, value: Any, minimum: int) -> Pair:
    """Return a spatial argument, which is an int or two ints, as (height, width)."""
    height, width = two(layer, name, value)
    return integer(layer, name, height, minimum), integer(layer, name, width, minimum)


def padding(layer: str, value: Any) -> Pads:
    """Return padding, an int, (height, width) or ((top, bottom), (left, right)), in the last of these forms."""
    height, width = two(layer, "pad", value)
    return Pads(pair(layer, "pad", height, 0), pair(layer, "pad", width, 0))


def along(layer: str, name: str, value: Any, minimum: int) -> int:
    """Return a spatial argument of one axis, which is an int or one int in a tuple."""
    if isinstance(value, list | tuple):
        if len(value) != 1:
            raise ValueError(f"{layer}: {name} is {value}; expected one entry")
        (value,) = value
    return integer(layer, name, value, minimum)


def padding_along(layer: str, value: Any) -> Pair:
    """Return padding of one axis, an int, (int,), (before, after) or ((before, after),), as (before, after)."""
    if isinstance(value, list | tuple) and len(value) == 1:
        (value,) = value
    return pair(layer, "pad", value, 0)


def three(layer: str, name: str, value: Any) -> tuple[Any, Any, Any]:
    """Return the three entries of a list or tuple, or any other value three times."""
    if not isinstance(value, list | tuple):
        return value, value, value
    if len(value) != 3:
        raise ValueError(f"{layer}: {name} is {value}; expected one entry or three")
    return value[0], value[1], value[2]


def each_axis(layer: str, name: str, value: Any, minimum: int) -> tuple[int, int, int]:
    """Return a spatial argument, which is an int or three ints, as (depth, height, width)."""
    depth, height, width = (integer(layer, name, entry, minimum) for entry in three(layer, name, value))
    return depth, height, width


def each_side(layer: str, value: Any) -> Pair:
    """Return padding of one axis, an int or (before, after), as (before, after)."""
    return pair(layer, "pad", value, 0)


def check_extents(
    layer: str,
    kernel: tuple[int, ...],
    dilation: tuple[int, ...],
    sizes: tuple[int, ...],
    pads: tuple[Pair, ...],
) -> None:
    """Raise ValueError if the dilated kernel exceeds the padded input along an axis, or either is empty."""
    ones = "x".join("1" for _ in sizes)
    if min(sizes) < 1:
        raise ValueError(f"{layer}: x has extents of {by(sizes)}; expected at least {ones}")
    if min(kernel) < 1:
        raise ValueError(f"{layer}: kernel {by(kernel)} is empty; expected at least {ones}")
    window = tuple(step * (extent - 1) + 1 for step, extent in zip(dilation, kernel, strict=True))
    padded = tuple(size + sum(pad) for size, pad in zip(sizes, pads, strict=True))
    if any(one > other for one, other in zip(window, padded, strict=True)):
        raise ValueError(f"{layer}: kernel {by(window)} is larger than the padded input {by(padded)}")


def check_image(layer: str, image: Pair) -> None:
    """Raise ValueError if the images are empty, because padding alone is not an input."""
    if min(image) < 1:
        raise ValueError(f"{layer}: x has images of {by(image)}; expected at least 1x1")


def check_kernel(
    layer: str, kernel: Pair, dilation: Pair, image: Pair, pad: Pads, slack: Pair = (0, 0)
) -> None:
    """Raise ValueError if the dilated kernel exceeds the padded image by more than the slack.

    Parameters
    ----------
    layer : str
        The name of the layer in the message.
    kernel, dilation, image : pair of int
        Height and width of each.
    pad : Pads
        Padding around the image.
    slack : pair of int
        How far a kernel may reach beyond the image: ``stride - 1`` if the number of windows is rounded up.

    Raises
    ------
    ValueError
        If no window fits, or the image or the kernel is empty.

    """
    check_image(layer, image)
    if min(kernel) < 1:
        raise ValueError(f"{layer}: kernel {by(kernel)} is empty; expected at least 1x1")
    window = effective(kernel, dilation)
    padded = image[0] + sum(pad.height), image[1] + sum(pad.width)
    if window[0] > padded[0] + slack[0] or window[1] > padded[1] + slack[1]:
        raise ValueError(f"{layer}: kernel {by(window)} is larger than the padded input {by(padded)}")


def effective(kernel: Pair, dilation: Pair) -> Pair:
    """Return the extent of a dilated kernel: d (k - 1) + 1 in height and in width."""
    return dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1


def by(size: tuple[int, ...]) -> str:
    """Return a size as text, height by width: ``5x3``."""
    return "x".join(str(extent) for extent in size)
