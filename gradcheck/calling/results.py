"""What a subject returned, as plain arrays and numbers of the shapes it must have."""

import builtins
import collections
import types
from typing import Any

import numpy as np

from gradcheck.calling.raising import sort_of
from gradcheck.contract import Array, Malformed, Shape, Unread

WHOLE = 1e12
"""Below this, all digits before the point are written."""

SHORTEST, LONGEST = 6, 17
"""How many digits a number has in a message: 17 tell any two apart."""


def array_of(name: str, value: Any, shape: Shape) -> Array:
    """Return a subject's result as a plain array of the shape it must have.

    Axes of extent 1 too many or too few are a convention, not a fault.

    Raises
    ------
    Malformed
        If it is no array of numbers, or of another shape.
    """
    if not isinstance(value, np.ndarray | np.number | float | int) or isinstance(value, bool):
        raise Malformed(f"{name} is a {sort_of(value)}; expected an array of shape {shape}")
    array = plain(value)
    if array.dtype.kind not in "fiu":
        raise Malformed(f"{name} has dtype {array.dtype}; expected a floating dtype")
    if array.shape != shape and squeezed(array.shape) != squeezed(shape):
        raise Malformed(f"{name} has shape {array.shape}; expected {shape}")
    return array.reshape(shape)


def _types_of(module: object) -> frozenset[str]:
    return frozenset(value.__name__ for value in vars(module).values() if isinstance(value, type))


STANDARD = _types_of(builtins) | _types_of(types) | _types_of(collections) | _types_of(np)
"""Types that a function returns by mistake. A type of another name is that of somebody's tensors."""


def read(name: str, value: Any) -> None:
    """Raise Unread if a result is an object of a class of the code's own, such as the tensor of a framework."""
    is_known = value is None or isinstance(value, np.ndarray | np.generic | float | int | list | tuple | dict)
    if not is_known and (sort := sort_of(value)) not in STANDARD:
        raise Unread(f"{name} is a {sort}, whose numbers an adapter has to take out")


def plain(value: Any) -> Array:
    """Return an array, or a number, as a plain array, without a copy: methods of a subclass would run their code."""
    return np.array(value, copy=None, subok=False)


def numbers(value: Any) -> Array | None:
    """Return an array of numbers, or a number, as a plain array; None for anything else."""
    if not isinstance(value, np.ndarray | np.number | float):
        return None
    array = plain(value)
    return array if array.dtype.kind in "fiu" else None


def squeezed(shape: Shape) -> Shape:
    """Return a shape without its axes of extent 1."""
    return tuple(extent for extent in shape if extent != 1)


def number(value: float) -> str:
    """Return a number as a person writes it."""
    return f"{value:.10g}"


def two_numbers(one: float | None, other: float | None) -> tuple[str, str]:
    """Return two numbers that differ as a person writes them, with as many digits as it takes to see that they do.

    Examples
    --------
    >>> two_numbers(1.00000000000012, 1.0)
    ('1.00000000000012', '1')
    """
    values = [float("nan") if value is None else value for value in (one, other)]
    for digits in range(SHORTEST, LONGEST + 1):
        first, second = (_written(value, digits) for value in values)
        gap = abs(values[0] - values[1])
        # Two digits of the difference must show, or what is printed would be a rounding of it.
        shown = abs(float(first) - float(second))
        if first != second and not abs(shown - gap) > gap / 20:
            break
    return first, second


def _written(value: float, digits: int) -> str:
    """Return a number with some digits; whole numbers in full, and without an exponent where that is easy to read."""
    if abs(value) < WHOLE and value == int(value):
        return str(int(value))
    return f"{value:.{max(digits, len(str(int(value))) + 3) if 1 <= abs(value) < WHOLE else digits}g}"
