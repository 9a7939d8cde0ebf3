"""Threads share the work, raise what it raises, and stay out of the way of forks."""

import multiprocessing
import threading

import numpy as np
import pytest
from gradcheck.fast.engine.threads import spread, threads, use_threads

from gradcheck import fast


def test_threads__do_every_task_once():
    meeting, done = threading.Barrier(3, timeout=10), []

    def work(tasks):
        meeting.wait()
        done.extend((task, threading.current_thread().name) for task in tasks)

    with use_threads(3):
        spread(work, range(100))
    assert sorted(task for task, _ in done) == list(range(100))
    assert {name.split("_")[0] for _, name in done} == {"fast"}


@pytest.mark.parametrize(
    ("count", "tasks", "worth_it"),
    [(1, 9, True), (4, 1, True), (4, 9, False)],
    ids=["one", "a task", "little"],
)
def test_threads__are_not_started_for_the_work_of_one(count, tasks, worth_it):
    seen = []

    def work(mine):
        seen.append((threading.current_thread(), [next(mine), *mine]))

    with use_threads(count):
        spread(work, range(tasks), worth_it=worth_it)
    assert seen == [(threading.current_thread(), list(range(tasks)))]


@pytest.mark.parametrize("count", [1, 3])
def test_threads__raise_the_exception_of_a_task(count):
    def work(tasks):
        for task in tasks:
            if task == 7:
                raise ZeroDivisionError("seven")

    with use_threads(count), pytest.raises(ZeroDivisionError, match="seven"):
        spread(work, range(20))


def test_warnings_stay_silent_in_every_thread(in_small_pieces):
    x = np.full((9, 4, 5, 5), np.inf)
    with in_small_pieces(threads=3), np.errstate(all="raise"):
        out, cache = fast.conv2d_forward(x, np.ones((2, 4, 3, 3)) * [[[[1.0]]], [[[-1.0]]]], pad=1)
        fast.conv2d_backward(out, cache)
    assert np.isinf(out).all()


@pytest.mark.parametrize("count", [0, -1])
def test_thread_limit__refuses_fewer_than_one(count):
    with (
        pytest.raises(ValueError, match=f"use_threads: count must be at least 1, got {count}"),
        use_threads(count),
    ):
        pass


def test_thread_limit__holds_within_its_block_and_nests():
    before = threads()
    with use_threads(5):
        with use_threads(2):
            assert threads() == 2
        assert threads() == 5
    assert threads() == before


def test_thread_limit__is_lifted_when_the_block_raises():
    before = threads()
    with pytest.raises(KeyError), use_threads(7):
        raise KeyError
    assert threads() == before


def test_thread_limit__may_differ_between_outer_threads():
    seen = []
    with use_threads(2):
        thread = threading.Thread(target=lambda: seen.append(threads()))
        thread.start()
        thread.join()
    assert seen == [threads()]


def _sum_of_a_convolution(queue):
    with use_threads(3):
        queue.put(float(fast.conv2d_forward(np.ones((8, 8, 40, 40)), np.ones((8, 8, 3, 3)))[0].sum()))


def test_threads__are_available_in_a_forked_child():
    with use_threads(3):
        expected = float(fast.conv2d_forward(np.ones((8, 8, 40, 40)), np.ones((8, 8, 3, 3)))[0].sum())
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=_sum_of_a_convolution, args=(queue,), daemon=True)
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert queue.get() == expected
