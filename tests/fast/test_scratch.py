"""Scratch memory: whose it is, and how long."""

import threading

import numpy as np
import pytest
from gradcheck.fast.engine.columns import Scratch


@pytest.fixture
def scratch():
    return Scratch("a test", np.dtype(np.float32))


def test_it_is_the_same_memory_as_long_as_it_is_enough(scratch):
    first = scratch.take(2, 3, 4)
    assert (first.shape, first.dtype) == ((2, 3, 4), np.float32)
    assert np.shares_memory(first, scratch.take(4, 6))
    assert np.shares_memory(first, Scratch("a test", np.dtype(float)).take(12))
    scratch.take(5)
    assert np.shares_memory(first, scratch.take(24))


def test_more_of_it_is_taken_where_it_is_not(scratch):
    first = scratch.take(1000)
    more = scratch.take(1001)
    assert more.shape == (1001,)
    assert not np.shares_memory(first, more)


def test_two_purposes_may_be_in_use_at_a_time(scratch):
    assert not np.shares_memory(scratch.take(7), Scratch("another", np.dtype(np.float32)).take(7))


def test_each_thread_has_its_own(scratch):
    others = []
    thread = threading.Thread(target=lambda: others.append(scratch.take(7)))
    thread.start()
    thread.join()
    assert not np.shares_memory(scratch.take(7), others[0])
