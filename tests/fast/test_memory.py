"""What a convolution takes beside its arguments and results: 64 MiB, whatever there is to do."""

import threading
import tracemalloc

import numpy as np
import pytest

import fast
from fast import scratch
from fast.threads import use_threads

MOST = 64 * 2**20

# x, F, kernel, and the options: the whole columns would take more
LARGE = {
    "many samples": ((64, 32, 28, 28), 32, 3, {"pad": 1}),
    "large images": ((2, 16, 256, 256), 8, 3, {"pad": 1}),
    "few channels": ((8, 3, 256, 256), 16, 3, {}),
    "many groups": ((16, 64, 56, 56), 64, 3, {"pad": 1, "groups": 64}),
}


@pytest.fixture
def extra(monkeypatch):
    """Return what work returns, and the memory that it took at most beside that."""

    def run(work):
        # As in a process that has done nothing yet: scratch memory counts too.
        monkeypatch.setattr(scratch, "_own", threading.local())
        tracemalloc.start()
        try:
            found = work()
            results = sum(each.nbytes for each in found if isinstance(each, np.ndarray))
            return found, tracemalloc.get_traced_memory()[1] - results
        finally:
            tracemalloc.stop()

    return run


@pytest.mark.parametrize("row", LARGE.values(), ids=LARGE)
def test_extra_memory_does_not_grow_with_the_work(row, extra):
    shape, F, k, options = row
    x, w = np.ones(shape), np.ones((F, shape[1] // options.get("groups", 1), k, k))
    with use_threads(2):
        (out, cache), forward = extra(lambda: fast.conv2d_forward(x, w, **options))
        _, backward = extra(lambda: fast.conv2d_backward(out, cache))
    assert max(forward, backward) <= MOST
