"""What threads share: nothing where there is little to do, else samples or channels."""

import threading

import numpy as np
import pytest
from gradcheck.fast.engine import columns, correlation, data_gradient, weight_gradient
from gradcheck.fast.engine.threads import use_threads

from gradcheck import fast


@pytest.fixture
def shared(monkeypatch):
    """Return the tasks of forward, dx and dw and whether they were worth two threads, for a convolution of ones."""
    found = []
    for module in (correlation, data_gradient, weight_gradient):

        def noted(work, tasks, *, worth_it, spread=module.spread):
            found.append((list(tasks), worth_it))
            spread(work, tasks, worth_it=worth_it)

        monkeypatch.setattr(module, "spread", noted)

    def run(shape, F, k):
        found.clear()
        with use_threads(2):
            out, cache = fast.conv2d_forward(np.ones(shape), np.ones((F, shape[1], k, k)))
            fast.conv2d_backward(out, cache)
        return found

    return run


# Each has 2**20 multiplications a sample, forward, for dx and for dw.
DX = {"dx by phases": ((64, 32, 32), 16, 1), "dx by columns": ((4, 33, 33), 64, 2)}


@pytest.mark.parametrize(("images", "F", "k"), DX.values(), ids=DX)
def test_threads_are_woken_for_so_much_work_and_no_less(shared, images, F, k):
    assert [worth_it for _, worth_it in shared((2, *images), F, k)] == [True] * 3
    assert [worth_it for _, worth_it in shared((1, *images), F, k)] == [False] * 3


def test_samples_are_shared(shared):
    assert [len(tasks) for tasks, _ in shared((2, 64, 32, 32), 16, 1)] == [2] * 3
    # Not worth it.
    assert [len(tasks) for tasks, _ in shared((2, 63, 32, 32), 16, 1)] == [1] * 3


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        (255, [(slice(0, 1), slice(0, 255)), (slice(1, 2), slice(0, 255))]),
        (256, [(slice(0, 2), slice(0, 128)), (slice(0, 2), slice(128, 256))]),
    ],
)
def test_channels_are_shared_for_dw_where_they_are_many(shared, channels, expected):
    *_, (tasks, _) = shared((2, channels, 16, 16), 17, 1)
    assert [(task.samples, task.channels) for task in tasks] == expected


def test_shares_of_channels__may_be_one_channel_per_thread(shared):
    *_, (tasks, _) = shared((2, 2, 27, 27), 17, 12)
    assert [task.channels for task in tasks] == [slice(0, 1), slice(1, 2)]


@pytest.mark.parametrize(("limit", "expected"), [(2 * 8192 - 1, 1), (2 * 8192, 2)])
def test_threads_have_sums_of_their_own_for_dw_only_where_these_are_small(
    shared, monkeypatch, limit, expected
):
    monkeypatch.setattr(weight_gradient, "LIMIT", limit)
    *_, (tasks, _) = shared((2, 64, 32, 32), 16, 1)
    assert len(tasks) == expected


# The columns of a sample's channel are 32 KiB.
COLUMNS = {8: [(1, 4), (2, 4), (2, 4)], 4: [(1, 4)] * 5, 3: [(1, 2)] * 10, 0: [(1, 1)] * 20}


@pytest.mark.parametrize(("together", "expected"), COLUMNS.items())
def test_columns_of_dx_are_of_so_many_channels_as_fit(shared, monkeypatch, together, expected):
    monkeypatch.setattr(data_gradient, "TARGET", together * 2**15)
    _, (tasks, _), _ = shared((5, 4, 33, 33), 64, 2)
    extents = [[part.stop - part.start for part in (samples, channels)] for samples, _, channels in tasks]
    assert [tuple(pair) for pair in extents] == expected


@pytest.fixture
def kept(monkeypatch):
    """Return for which purposes a convolution takes scratch memory, forward or backward too."""

    def run(shape, k, *, backward=False, **options):
        monkeypatch.setattr(columns, "_own", threading.local())
        with use_threads(1):
            out, cache = fast.conv2d_forward(np.ones(shape), np.ones((4, shape[1], k, k)), **options)
            if backward:
                fast.conv2d_backward(out, cache)
        return set(vars(columns._own))

    return run


def test_sharing__copies_only_what_is_needed(kept):
    assert kept((1, 3, 5, 6), 1) == set()
    assert kept((2, 3, 5, 6), 1) == {"columns", "product"}
    assert kept((1, 3, 5, 6), 2) == {"columns"}
    assert kept((1, 3, 5, 6), 2, pad=1) == {"columns", "padded"}
    assert kept((1, 3, 5, 6), 1, backward=True) == set()
    assert kept((2, 3, 5, 6), 1, backward=True) == {"columns", "product", "upstream"}
