"""The product in both forward and the input's gradient: kernels times columns, block by block."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..arguments import Array
from ..geometry import Geometry
from .blocks import ENOUGH, Block, blocks, group_parts
from .columns import Columns, Scratch
from .threads import spread, threads

WORTH_THREADS = 2**21
"""Multiplications from which threads save more time than it costs to wake them."""

FILTERS = 8
"""Rows of a product from which a call of BLAS for each sample is worth it.

It saves a copy of the product: a fifth of the time at 16 channels of 32x32.
"""


@dataclass(frozen=True)
class Correlation:
    """A correlation of images with kernels, and where its result goes.

    Attributes
    ----------
    x : array (N, C, H, W)
        C-contiguous images.
    kernels : array (groups, F / groups, C / groups * kh * kw)
        The factors of the columns, in the dtype to compute in.
    geometry : Geometry
        The windows over x.
    out : array (N, F, OH, OW)
        The destination: any view; its dtype may be narrower.
    shift : array (F, OH, OW), optional
        Added to every sample.
    """

    x: Array
    kernels: Array
    geometry: Geometry
    out: Array
    shift: Array | None = None

    def run(self) -> None:
        """Compute the correlation."""
        groups, filters, terms = self.kernels.shape
        N, C = self.x.shape[:2]
        if not self.out.size or not terms:
            self.out[...] = 0 if self.shift is None else self.shift
            return None
        worth_it = self.out.size * terms >= WORTH_THREADS
        position = (terms + filters) * self.kernels.itemsize
        parts = group_parts(groups, C // groups, self.geometry.size, position)
        pieces = threads() if worth_it else 1
        work = blocks(N, parts, self.geometry.size, position * groups // len(parts), pieces)
        return spread(self._work, work, worth_it=worth_it)

    def _work(self, parts: Iterator[Block]) -> None:
        dtype = self.kernels.dtype
        columns, scratch = Columns(self.x, self.geometry, dtype), Scratch("product", dtype)
        for block in parts:
            apart = self._is_apart(block)
            laid = columns(block, apart=apart)
            self._multiply(block, laid if apart else laid[None], scratch)

    def _is_apart(self, block: Block) -> bool:
        """Return whether each sample is a separate product, which BLAS writes directly to its destination."""
        is_long = block.shape[2] * self.out.shape[3] >= ENOUGH
        return self._is_packed and is_long and self.kernels.shape[1] >= FILTERS

    def _multiply(self, block: Block, columns: Array, scratch: Scratch) -> None:
        """Multiply columns, (samples, terms, positions) or (1, terms, samples * positions), and add the shift."""
        groups, filters, terms = self.kernels.shape
        each = self.x.shape[1] // groups
        some = slice(block.channels.start // each, block.channels.stop // each)
        features = slice(some.start * filters, some.stop * filters)
        out = self.out[block.samples, features, block.rows]
        m, _, positions = columns.shape
        shape = (m, some.stop - some.start, filters, positions)
        direct = self._is_packed and len(out) == m
        product = out.reshape(shape) if direct else scratch.take(*shape)
        np.matmul(self.kernels[some], columns.reshape(*shape[:2], terms, positions), out=product)
        images = product.reshape(m, out.shape[1], len(out) // m, *out.shape[2:]).swapaxes(1, 2)
        images = images.reshape(out.shape)
        if self.shift is not None:
            np.add(images, self.shift[features, block.rows], out=out, casting="same_kind")
        elif not direct:
            out[...] = images

    @property
    def _is_packed(self) -> bool:
        """Whether BLAS can write one sample's rows of the result directly to their destination."""
        out = self.out
        packed = out.strides[2:] == (out.shape[3] * out.itemsize, out.itemsize)
        return packed and out.dtype == self.kernels.dtype
