"""Convolutions and pools in little memory, whatever the batch."""

import threading
import tracemalloc

import numpy as np
import pytest
from gradcheck.fast.engine import columns
from gradcheck.fast.engine.threads import use_threads

from gradcheck import fast

MIB = 2**20
CONVOLUTIONS = {
    # images, kernels, options
    "conv2d": ((16, 64, 112, 112), (16, 64, 3, 3), {"pad": 1}),
    "conv_transpose2d": ((16, 64, 112, 112), (64, 16, 3, 3), {"pad": 1}),
    "conv2d with a stride": ((16, 64, 112, 112), (16, 64, 3, 3), {"pad": 1, "stride": 2}),
    "conv2d depthwise": ((16, 64, 112, 112), (64, 1, 3, 3), {"pad": 1, "groups": 64}),
    "conv2d of few channels": ((32, 3, 112, 112), (10, 3, 5, 5), {"pad": 2}),
    "conv2d of many channels": ((4, 4096, 20, 20), (8, 4096, 3, 3), {"pad": 1}),
    "conv2d with many kernels": ((2, 1536, 6, 6), (1536, 1536, 3, 3), {"pad": 1}),
    "conv2d with large kernels": ((1, 2, 112, 112), (7, 2, 27, 27), {"pad": 13}),
}


def extra(function, *arguments, **options):
    """Return what a call returns, and the most memory in bytes that it held beyond that."""
    tracemalloc.start()
    try:
        returned = function(*arguments, **options)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    result = returned if isinstance(returned, tuple) else (returned,)
    return returned, most - sum(values.nbytes for values in result if isinstance(values, np.ndarray))


@pytest.mark.parametrize("is_batch", [False, True])
@pytest.mark.parametrize(("name", "row"), CONVOLUTIONS.items(), ids=CONVOLUTIONS)
@pytest.mark.sample(every=3)
def test_convolution_memory__stays_small_for_any_batch(name, row, is_batch, monkeypatch):
    """The columns of a batch are more than 64 MiB; what a thread keeps from one call to the next counts too."""
    monkeypatch.setattr(columns, "_own", threading.local())
    images, kernels, options = row
    layer = name.split()[0]
    x, w = np.ones(images, np.float32)[: None if is_batch else 1], np.ones(kernels, np.float32)
    with use_threads(2):
        (out, cache), forward = extra(getattr(fast, f"{layer}_forward"), x, w, **options)
        _, backward = extra(getattr(fast, f"{layer}_backward"), out, cache)
    assert max(forward, backward) <= 64 * MIB


@pytest.mark.parametrize("layer", ["max_pool2d", "avg_pool2d"])
def test_pool_memory__stays_small_for_any_batch(layer, monkeypatch):
    """All columns are 110 MiB."""
    monkeypatch.setattr(columns, "_own", threading.local())
    x = np.ones((16, 64, 112, 112), np.float32)
    with use_threads(2):
        (out, cache), forward = extra(getattr(fast, f"{layer}_forward"), x, kernel=3, stride=2, pad=1)
        _, backward = extra(getattr(fast, f"{layer}_backward"), out, cache)
    assert max(forward, backward) <= 64 * MIB
