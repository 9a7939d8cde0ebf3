"""The implementations compared: `fast`, PyTorch, a textbook's convolution and, where it ends in time, `naive`."""

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from itertools import product
from types import ModuleType
from typing import Any

import numpy as np
from gradcheck.fast.engine.data_gradient import data_gradient

import gradcheck.fast as fast
import gradcheck.naive as naive
from gradcheck.contract import Case, Pair
from gradcheck.evidence import fill
from gradcheck.kernels.problems import Problem

DATA_GRADIENT = "conv2d, dx"
"""What a transposed convolution is compared with: the same computation in another layer."""

Calls = dict[str, Callable[[], object]]
"""Part -> a call of it, which returns all its results in fresh memory."""


def of_convolution(case: Case) -> dict[str, Calls]:
    """Return the implementations of a convolution by name; PyTorch where it is installed."""
    numbers, dout = fill.tensors(case), fill.upstream(case)
    options = case.options
    found = {"fast": calls_of(Pair.of(fast, "conv2d"), numbers, options, dout)}
    with contextlib.suppress(ImportError):
        from measuring import pytorch

        found["torch"] = pytorch.convolution(case, numbers, dout)
    found["textbook"] = calls_of(TEXTBOOK, numbers, options, dout)
    return found


def own(package: ModuleType, case: Case) -> Calls:
    """Return the calls of one of our packages by itself."""
    options = case.options
    return calls_of(Pair.of(package, case.layer.name), fill.tensors(case), options, fill.upstream(case))


def loops(problem: Problem) -> Calls:
    """Return `naive` on one sample: its outermost loop goes over the samples, so more take as much longer."""
    return own(naive, problem.at_batch(1).case)


def calls_of(
    pair: Pair, numbers: Mapping[str, np.ndarray], options: Mapping[str, Any], dout: np.ndarray
) -> Calls:
    """Return the two calls of a pair of functions of our own. Backward runs forward, once, when it is first called."""
    forward = partial(pair.forward, *numbers.values(), **options)
    caches: list = []

    def backward():
        if not caches:
            caches.append(forward()[1])
        return pair.backward(dout, caches[0])

    return {"forward": forward, "backward": backward}


def of_layer(case: Case) -> dict[str, Calls]:
    """Return the implementations of another layer by name; PyTorch where it is installed."""
    numbers, dout = fill.tensors(case), fill.upstream(case)
    # PyTorch's dropout always draws its mask, so the others draw theirs too.
    drawn = {"rng": np.random.default_rng(case.seed)} if numbers.pop("mask", None) is not None else {}
    options = case.options
    found = {"fast": calls_of(case.layer.ours.fast, numbers, {**options, **drawn}, dout)}
    with contextlib.suppress(ImportError):
        from measuring import pytorch

        found["torch"] = pytorch.layer(case, numbers, dout)
    if case.layer.name == "conv_transpose2d":
        found[DATA_GRADIENT] = {"forward": _data_gradient(case, numbers)}
    return found


def _data_gradient(case: Case, numbers: Mapping[str, np.ndarray]):
    """Return a call of the gradient by x of the convolution that a transposed one is the adjoint of."""
    out = np.zeros(case.output_shape, case.dtype)
    options = {name: case.params[name] for name in ("stride", "pad", "dilation")}
    cache = fast.conv2d_forward(out, numbers["w"], **options, groups=case.params["g"])[1]

    def call():
        dx = np.empty_like(out)
        data_gradient(numbers["x"], numbers["w"], cache.geometry, cache.groups, dx)
        return dx

    return call


def textbook_forward(x, w, b, *, stride, pad, dilation, groups):
    """Return out and a cache: the padded image is cut into columns, and the kernels multiply them.

    This is a convolution as a textbook has it: all columns at once, one product a pass, groups in a loop. It shares
    nothing with `fast`.
    """
    F, channels, kh, kw = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), *pad))
    columns = _columns(padded, (kh, kw), stride, dilation)
    N, _, _, OH, OW = columns.shape
    out = np.empty((N, F, OH, OW), x.dtype)
    for own, filters in _blocks(groups, channels, F // groups):
        rows = _rows(columns[:, own])
        images = w[filters].reshape(F // groups, -1) @ rows
        out[:, filters] = images.reshape(F // groups, N, OH, OW).swapaxes(0, 1)
    out += b[:, None, None]
    return out, (x.shape, w, columns, stride, pad, dilation, groups)


def textbook_backward(dout, cache):
    """Return dx, dw and db: the columns' gradients are added up where they came from."""
    x_shape, w, columns, stride, pad, dilation, groups = cache
    F, channels, kh, kw = w.shape
    dcolumns, dw = np.empty_like(columns), np.empty_like(w)
    for own, filters in _blocks(groups, channels, F // groups):
        drows = dout[:, filters].swapaxes(0, 1).reshape(F // groups, -1)
        dw[filters] = (drows @ _rows(columns[:, own]).T).reshape(F // groups, channels, kh, kw)
        found = w[filters].reshape(F // groups, -1).T @ drows
        dcolumns[:, own] = found.reshape(channels, kh * kw, len(dout), *dout.shape[2:]).transpose(
            2, 0, 1, 3, 4
        )
    return _images(dcolumns, x_shape, (kh, kw), stride, pad, dilation), dw, dout.sum(axis=(0, 2, 3))


def _blocks(groups, channels, filters):
    """Yield the input channels and the filters of each group."""
    for g in range(groups):
        yield slice(g * channels, (g + 1) * channels), slice(g * filters, (g + 1) * filters)


def _windows(size, kernel, stride, dilation):
    """Yield, for each entry of the kernel, its number and where it meets a plane of this size."""
    counts = [
        (s - d * (k - 1) - 1) // step + 1
        for s, k, step, d in zip(size, kernel, stride, dilation, strict=True)
    ]
    for number, place in enumerate(product(*map(range, kernel))):
        starts = [at * d for at, d in zip(place, dilation, strict=True)]
        yield number, tuple(slice(a, a + n * s, s) for a, n, s in zip(starts, counts, stride, strict=True))


def _columns(padded, kernel, stride, dilation):
    """Return the images (N, C, H, W) as columns (N, C, kh * kw, OH, OW)."""
    parts = [padded[:, :, *window] for _, window in _windows(padded.shape[2:], kernel, stride, dilation)]
    return np.stack(parts, axis=2)


def _rows(columns):
    """Return columns (N, C, kh * kw, OH, OW) as a matrix (C * kh * kw, N * OH * OW)."""
    N, C, K, OH, OW = columns.shape
    return columns.transpose(1, 2, 0, 3, 4).reshape(C * K, N * OH * OW)


def _images(columns, x_shape, kernel, stride, pad, dilation):
    """Add the columns up where they were cut from, and take the padding away."""
    (top, bottom), (left, right) = pad
    N, C, H, W = x_shape
    padded = np.zeros((N, C, H + top + bottom, W + left + right), columns.dtype)
    for number, window in _windows(padded.shape[2:], kernel, stride, dilation):
        padded[:, :, *window] += columns[:, :, number]
    return padded[:, :, top : top + H, left : left + W]


TEXTBOOK = Pair(textbook_forward, textbook_backward)
