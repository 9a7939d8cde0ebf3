"""How many threads there are by themselves, and what is theirs: NumPy's errors, and BLAS."""

import contextlib
import os
import threading
import time

import numpy as np
import pytest
import threadpoolctl
from gradcheck.fast.engine import threads as module
from gradcheck.fast.engine.threads import spread, threads, use_threads


def test_cores__have_finished_when_an_error_is_raised():
    meeting, ended = threading.Barrier(2, timeout=10), []

    def work(tasks):
        task = next(tasks)
        meeting.wait()
        if task == 0:
            raise ZeroDivisionError
        time.sleep(0.1)
        ended.append(task)

    with use_threads(2), pytest.raises(ZeroDivisionError):
        spread(work, range(2))
    assert ended == [1]


def test_threads_ignore_what_the_caller_ignores():
    found = []
    with np.errstate(over="call", divide="print"):
        expected = np.geterr()
        with use_threads(2):
            spread(lambda tasks: found.append((list(tasks), np.geterr())), range(2))
    assert [errors for _, errors in found] == [expected] * 2


def blas_threads():
    return {pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"}


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(
    ("options", "inside"), [({}, 1), ({"blas": False}, 2), ({"worth_it": False}, 2)], ids=str
)
def test_blas_has_one_thread_where_we_have_several(count, options, inside):
    found = []
    with threadpoolctl.threadpool_limits(2, user_api="blas"), use_threads(count):
        spread(lambda tasks: found.append((list(tasks), blas_threads())), range(2), **options)
        assert blas_threads() == {2}
    assert {frozenset(seen) for _, seen in found} == {frozenset({inside})}


@pytest.fixture
def looked_for(monkeypatch):
    """Return of what kind the libraries are that have been looked for, each time."""
    found = []

    class Controller:
        def select(self, user_api):
            found.append(user_api)
            return self

        def limit(self, limits):
            return contextlib.nullcontext(limits)

    monkeypatch.setattr(threadpoolctl, "ThreadpoolController", Controller)
    module._blas.cache_clear()
    yield found
    module._blas.cache_clear()


def test_libraries_are_looked_for_once_and_only_those_of_blas(looked_for):
    for _ in range(2):
        spread(list, range(1))
    assert looked_for == ["blas"]


@pytest.fixture
def counted_anew():
    module._cores.cache_clear()
    yield
    module._cores.cache_clear()


@pytest.mark.usefixtures("counted_anew")
@pytest.mark.parametrize(("all_of_them", "expected"), [(7, 7), (None, 1)])
def test_available_cores__are_all_where_a_process_cannot_be_bound(monkeypatch, all_of_them, expected):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: all_of_them)
    assert threads() == expected


@pytest.mark.usefixtures("counted_anew")
def test_cores_that_this_process_may_not_run_on_do_not_count(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0: {1, 3, 5}}[process], raising=False)
    assert threads() == 3
