"""A strided convolution seen from its input: positions a stride apart are read by the same taps of the kernel."""

from collections.abc import Iterator
from math import gcd
from typing import NamedTuple

from .geometry import Geometry


class Phase(NamedTuple):
    """The positions of x, along one axis, that leave one residue by the stride, and what reads them.

    `taps` are the taps that do; in the coordinates of the output, `offset` is where the window of the first position
    starts, which sees the taps in reverse, and `step` how far apart two of them are.
    """

    positions: slice
    taps: range
    offset: int
    step: int


def phases(geometry: Geometry, axis: int, length: int) -> Iterator[Phase]:
    """Yield the phases of an axis of x that has so many positions."""
    kernel, stride, dilation = geometry.kernel[axis], geometry.stride[axis], geometry.dilation[axis]
    # Taps so far apart meet the same residue.
    between = stride // gcd(stride, dilation)
    for residue in range(min(stride, length)):
        reach = residue + geometry.pad[axis][0]
        first = next((tap for tap in range(kernel) if (reach - dilation * tap) % stride == 0), kernel)
        taps = range(first, kernel, between)
        last = first + between * (len(taps) - 1)
        offset = (reach - dilation * last) // stride
        yield Phase(slice(residue, None, stride), taps, offset, dilation * between // stride)
