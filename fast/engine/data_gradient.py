"""The gradient of a convolution's input, which is the forward pass of a transposed convolution."""

from collections.abc import Iterator
from itertools import product
from math import gcd
from typing import NamedTuple

import numpy as np

from ..arguments import Array
from ..geometry import Geometry, buffer_size, cropped, offsets
from .blocks import LIMIT, TARGET, cut
from .correlation import WORTH_THREADS, Correlation
from .threads import spread


class Phase(NamedTuple):
    """The positions of x along one axis with the same residue modulo the stride, and the kernel taps that read them.

    `taps`: the taps that read these positions. In output coordinates, the window of the first position starts at
    `offset`, and its taps, in reverse order, are `step` apart.
    """

    positions: slice
    taps: range
    offset: int
    step: int


def data_gradient(
    dout: Array, w: Array, geometry: Geometry, groups: int, dx: Array, shift: Array | None = None
) -> None:
    """Write into dx the gradient of each input: dout of every window that reads it, weighted by w.

    Inputs that are a stride apart are read by the same taps of the kernel. Each such phase is itself a correlation of
    dout, at stride 1, with those taps in reverse: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep
    learning" (2016), chapter 4. With few input channels it is cheaper to compute the columns and to add them up.

    Parameters
    ----------
    dout : array (N, F, OH, OW)
        Gradient of the output, C-contiguous.
    w : array (F, C / groups, kh, kw)
        Kernels, in the dtype to compute in.
    geometry : Geometry
        The convolution's windows over x.
    groups : int
        The groups of the convolution.
    dx : array (N, C, H, W)
        The destination.
    shift : array (C, H, W), optional
        Added to every sample: the bias of a transposed convolution.
    """
    F, channels, kh, kw = w.shape
    if not dx.size:
        return None
    # The correlation's product has `channels` rows, which BLAS needs many of; that of the scatter has kh * kw as many.
    few = kh * kw > 1 and 3 * channels < F // groups
    # The correlation pads dout with zeros; an infinite weight times such a zero would be NaN.
    if few or not np.isfinite(w).all():
        return scatter(dout, w, geometry, groups, dx, shift)
    grouped = w.reshape(groups, F // groups, channels, kh, kw)
    # Large kernels are reversed in parts: the reversed copy counts as scratch.
    parts = cut(channels, channels * LIMIT // max(1, w.nbytes)) if groups == 1 else [slice(None)]
    along = (phases(geometry, axis, dx.shape[2 + axis]) for axis in (0, 1))
    for some, vertical, horizontal in product(parts, *along):
        rows, columns = vertical.positions, horizontal.positions
        part = dx[:, some, rows, columns]
        added = None if shift is None else shift[some, rows, columns]
        kernels = _reversed(grouped[:, :, some, _as_slice(vertical.taps), _as_slice(horizontal.taps)])
        Correlation(dout, kernels, _window(vertical, horizontal, part), part, added).run()
    return None


def phases(geometry: Geometry, axis: int, length: int) -> Iterator[Phase]:
    """Yield the phases of an axis of x with `length` positions."""
    kernel, stride, dilation = geometry.kernel[axis], geometry.stride[axis], geometry.dilation[axis]
    # Taps that are this far apart read the same residue.
    between = stride // gcd(stride, dilation)
    for residue in range(min(stride, length)):
        reach = residue + geometry.pad[axis][0]
        first = next((tap for tap in range(kernel) if (reach - dilation * tap) % stride == 0), kernel)
        taps = range(first, kernel, between)
        last = first + between * (len(taps) - 1)
        offset = (reach - dilation * last) // stride
        yield Phase(slice(residue, None, stride), taps, offset, dilation * between // stride)


def _window(vertical: Phase, horizontal: Phase, part: Array) -> Geometry:
    """Return the windows over dout of one phase; windows that start inside dout have a negative pad."""
    return Geometry(
        (len(vertical.taps), len(horizontal.taps)),
        (1, 1),
        ((-vertical.offset, 0), (-horizontal.offset, 0)),
        (vertical.step, horizontal.step),
        (part.shape[2], part.shape[3]),
    )


def _reversed(w: Array) -> Array:
    """Return w (groups, F, C, kh, kw) reversed and transposed, as (groups, C, F * kh * kw).

    The copy has the channels last, since they are close to each other in w, and BLAS takes the transpose as it is.
    """
    groups, filters, channels, kh, kw = w.shape
    turned = w[..., ::-1, ::-1].transpose(0, 1, 3, 4, 2)
    return np.ascontiguousarray(turned).reshape(groups, filters * kh * kw, channels).swapaxes(1, 2)


def _as_slice(taps: range) -> slice:
    return slice(taps.start, None, taps.step)


def scatter(
    dout: Array, w: Array, geometry: Geometry, groups: int, dx: Array, shift: Array | None = None
) -> None:
    """Do the work of `data_gradient` with columns: compute w^T dout, and add each column to where it was read."""
    F, channels, kh, kw = w.shape
    N, _, H, W = dx.shape
    filters, (OH, OW) = F // groups, geometry.size
    each = kh * kw * OH * OW * w.itemsize
    buffer = buffer_size((H, W), geometry)

    def work(tasks: Iterator[tuple[slice, int, slice]]) -> None:
        for samples, group, some in tasks:
            of = slice(group * filters, (group + 1) * filters)
            into = slice(group * channels + some.start, group * channels + some.stop)
            total = np.zeros((samples.stop - samples.start, some.stop - some.start, *buffer), w.dtype)
            _add_columns(w[of, some], dout[samples, of], geometry, total)
            images = cropped(total, (H, W), geometry)
            dx[samples, into] = images if shift is None else images + shift[into]

    together = TARGET // each
    some_samples, some_channels = cut(N, together // channels), cut(channels, together)
    tasks = [(n, group, some) for some in some_channels for group in range(groups) for n in some_samples]
    spread(work, tasks, worth_it=dout.size * channels * kh * kw >= WORTH_THREADS)


def _add_columns(w: Array, dout: Array, geometry: Geometry, total: Array) -> None:
    """Add w^T dout to the images at the windows, as many rows of windows at a time as stay within LIMIT."""
    filters, _, kh, kw = w.shape
    OH, OW = geometry.size
    kernels = w.reshape(filters, -1).T
    for rows in cut(OH, LIMIT // (kh * kw * OW * w.itemsize)):
        part = dout[:, :, rows]
        columns = kernels @ part.reshape(len(part), filters, -1)
        windows = columns.reshape(*total.shape[:2], kh, kw, -1, OW)
        below = total[:, :, geometry.stride[0] * rows.start :]
        for i, j, down, right in offsets(geometry._replace(size=(windows.shape[4], OW))):
            below[:, :, down, right] += windows[:, :, i, j]
