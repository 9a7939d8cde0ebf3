"""Scratch memory: whose it is, and how long."""

import threading

import numpy as np
import pytest
from gradcheck.fast.engine.columns import Scratch


@pytest.fixture
def scratch():
    return Scratch("a test", np.dtype(np.float32))


def test_scratch__reuses_its_memory_while_it_is_large_enough(scratch):
    first = scratch.take(2, 3, 4)
    assert (first.shape, first.dtype) == ((2, 3, 4), np.float32)
    assert np.shares_memory(first, scratch.take(4, 6))
    assert np.shares_memory(first, Scratch("a test", np.dtype(float)).take(12))
    scratch.take(5)
    assert np.shares_memory(first, scratch.take(24))


def test_scratch__grows_where_it_is_too_small(scratch):
    first = scratch.take(1000)
    more = scratch.take(1001)
    assert more.shape == (1001,)
    assert not np.shares_memory(first, more)


def test_scratch__serves_two_purposes_at_a_time(scratch):
    assert not np.shares_memory(scratch.take(7), Scratch("another", np.dtype(np.float32)).take(7))


def test_scratch__is_separate_for_each_thread(scratch):
    others = []
    thread = threading.Thread(target=lambda: others.append(scratch.take(7)))
    thread.start()
    thread.join()
    assert not np.shares_memory(scratch.take(7), others[0])
