"""The gradient of a convolution's kernels: dout times the columns, summed over blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..arguments import Array
from ..geometry import Geometry
from .blocks import LIMIT, Block, blocks, group_parts, parted
from .columns import Columns, Scratch
from .correlation import WORTH_THREADS
from .threads import spread, threads

ROWS = 128
"""Rows of columns that BLAS needs for its full rate. If a thread would have fewer, threads share samples instead."""


class _Share(NamedTuple):
    """One task: samples and input channels to sum over, and the destination of the sum."""

    samples: slice
    channels: slice
    total: Array


@dataclass(frozen=True)
class WeightGradient:
    """The gradient of each weight: dout times the input it was multiplied with, over all samples and positions.

    Attributes
    ----------
    x : array (N, C, H, W)
        C-contiguous images.
    dout : array (N, F, OH, OW)
        Gradient of the output.
    geometry : Geometry
        The windows over x.
    groups : int
        The groups of the convolution.
    """

    x: Array
    dout: Array
    geometry: Geometry
    groups: int

    def into(self, dw: Array) -> None:
        """Write the gradient into dw (F, C / groups, kh, kw), C-contiguous and of the dtype to compute in."""
        if not (self.x.size and self.dout.size and dw.size):
            dw[...] = 0
            return
        worth_it = self.dout.size * dw[0].size >= WORTH_THREADS
        count = threads() if worth_it else 1
        channels = self._channel_parts(dw, count)
        pieces = 1 if len(channels) >= count else max(1, min(count, len(self.x), LIMIT // dw.nbytes))
        samples = parted(len(self.x), pieces)
        # One total for each part of the samples, added in order: equal calls must give equal sums, whichever thread is
        # first.
        totals = [dw, *(np.empty_like(dw) for _ in samples[1:])]
        shares = [
            _Share(some, part, total)
            for some, total in zip(samples, totals, strict=True)
            for part in channels
        ]
        spread(self._work, shares, worth_it=worth_it)
        for total in totals[1:]:
            dw += total

    def _channel_parts(self, dw: Array, count: int) -> list[slice]:
        C = self.x.shape[1]
        terms = dw[0].size
        if self.groups == 1:
            # A product and the sum that it is added to are each as large as their part of dw; hence the 2.
            parts = count * max(1, -(-2 * dw.nbytes // (count * LIMIT)))
            return parted(C, parts if terms >= ROWS * parts and parts <= C else 1)
        return group_parts(self.groups, C // self.groups, self.geometry.size, terms * dw.itemsize)

    def _work(self, shares: Iterator[_Share]) -> None:
        dtype = np.result_type(self.x.dtype, np.float32)
        columns, dout = Columns(self.x, self.geometry, dtype), Scratch("upstream", dtype)
        for share in shares:
            self._add_up(share, columns, dout)

    def _add_up(self, share: _Share, columns: Columns, scratch: Scratch) -> None:
        F, each, kh, kw = share.total.shape
        some = slice(share.channels.start // each, -(-share.channels.stop // each))
        inner = slice(share.channels.start % each, (share.channels.stop - 1) % each + 1)
        filters = F // self.groups
        target = share.total.reshape(self.groups, filters, each, kh * kw)[some, :, inner]
        count, _, channels, taps = target.shape
        features = slice(some.start * filters, some.stop * filters)
        total: Array | None = None
        for block in self._blocks(share, count * channels * taps * share.total.itemsize):
            laid = columns(block).reshape(count, channels * taps, -1)
            upstream = self._upstream(block, features, scratch).reshape(count, filters, -1)
            # The factor with more rows comes first, because BLAS is then up to twice as fast.
            wide = channels * taps > filters
            product = laid @ upstream.swapaxes(1, 2) if wide else upstream @ laid.swapaxes(1, 2)
            total = product if total is None else np.add(total, product, out=total)
        assert total is not None
        target[...] = (total.swapaxes(1, 2) if wide else total).reshape(target.shape)

    def _blocks(self, share: _Share, position_bytes: int) -> Iterator[Block]:
        start, stop = share.samples.start, share.samples.stop
        for block in blocks(stop - start, [share.channels], self.geometry.size, position_bytes):
            samples = slice(start + block.samples.start, start + block.samples.stop)
            yield block._replace(samples=samples)

    def _upstream(self, block: Block, features: slice, scratch: Scratch) -> Array:
        """Return the block's part of dout by features: that of one sample, or of several samples side by side."""
        part = self.dout[block.samples, features, block.rows]
        if len(part) == 1 and part.dtype == scratch.dtype:
            return part
        part = part.swapaxes(0, 1)
        side_by_side = scratch.take(*part.shape)
        side_by_side[...] = part
        return side_by_side
