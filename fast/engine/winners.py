"""The place of the largest entry of each window: the first in row-major order; NaN wins, padding never does."""

from functools import cached_property

import numpy as np

from ..arguments import Array, Pair
from ..geometry import Geometry, buffer_size, starts
from .blocks import Block


class Winners:
    """Finds the largest entries: call it with the columns of a block of planes, and their largest values.

    Parameters
    ----------
    x_size : (int, int)
        The extents of a plane.
    geometry : Geometry
        The windows over it.
    """

    def __init__(self, x_size: Pair, geometry: Geometry) -> None:
        self._x_size = x_size
        self._geometry = geometry
        (height, width), dilation = geometry.kernel, geometry.dilation
        self._corners = np.add.outer(starts(geometry, 0) * x_size[1], starts(geometry, 1))
        # The first tap has the highest rank, so that a maximum finds the first winner; no tap has rank 0.
        taps = height * width
        self._ranks = np.arange(taps, 0, -1, dtype=np.min_scalar_type(taps))[:, None]
        self._steps = np.zeros(taps + 1, np.intp)
        rows, columns = np.arange(height) * (dilation[0] * x_size[1]), np.arange(width) * dilation[1]
        self._steps[:0:-1] = np.add.outer(rows, columns).ravel()

    def __call__(self, columns: Array, largest: Array, block: Block) -> Array:
        """Return positions (planes, rows, OW) in all planes, flat; -1 where a window has only padding."""
        wins = columns == largest
        if np.isnan(largest).any():
            wins |= np.isnan(columns)
        ranks = (wins.view(np.uint8) * self._ranks).max(axis=0)
        planes, _, rows = block.shape
        # mode="clip" only to skip the check of the range, which takes longer than all else: no rank is out of range.
        steps: Array = self._steps.take(ranks, mode="clip").reshape(planes, rows, self._geometry.size[1])
        before = np.arange(block.samples.start, block.samples.stop) * (self._x_size[0] * self._x_size[1])
        steps += self._corners[block.rows]
        steps += before[:, None, None]
        if buffer_size(self._x_size, self._geometry) != self._x_size:
            self._leave_padding(steps, largest.reshape(steps.shape) == -np.inf, before, block)
        return steps

    def _leave_padding(self, places: Array, least: Array, before: Array, block: Block) -> None:
        """In a window whose maximum is -inf, move the winner from the padding to the first real entry."""
        if least.any():
            first, blind = self._first_real
            np.copyto(places, first[block.rows] + before[:, None, None], where=least)
            places[:, blind[block.rows]] = -1

    @cached_property
    def _first_real(self) -> tuple[Array, Array]:
        """Each window's first position that is not padding, (OH, OW), and a mask of windows without one."""
        (row, no_row), (column, no_column) = (self._first_real_along(axis) for axis in (0, 1))
        return np.add.outer(row * self._x_size[1], column), np.logical_or.outer(no_row, no_column)

    def _first_real_along(self, axis: int) -> tuple[Array, Array]:
        start, dilation = starts(self._geometry, axis), self._geometry.dilation[axis]
        # The least i >= 0 with start + dilation * i >= 0. The tap exists: padding is at most half a kernel.
        tap = np.maximum(-(start // dilation), 0)
        first: Array = start + dilation * tap
        return first, first >= self._x_size[axis]
