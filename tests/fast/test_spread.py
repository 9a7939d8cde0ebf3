"""Threads: how many there are, what they are given, and that nobody else notices."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import threadpoolctl

from fast import threads as module
from fast.threads import spread, threads, use_threads


def worker(tasks):
    """Return the name of the thread that runs this, after it took all tasks there were for it."""
    return threading.current_thread().name, list(tasks)


def workers(count, tasks, **options):
    """Return who took which tasks, where each waits for the others before it takes any."""
    taken, barrier = [], threading.Barrier(min(count, len(tasks)))

    def work(tasks):
        barrier.wait(10)
        taken.append(worker(tasks))

    with use_threads(count):
        spread(work, tasks, **options)
    return taken


@pytest.mark.parametrize(("count", "tasks"), [(2, 5), (3, 5), (3, 2)])
def test_as_many_threads_as_there_may_be_take_each_task_once(count, tasks):
    taken = workers(count, range(tasks))
    assert len(taken) == min(count, tasks)
    assert all(name.startswith("fast") for name, _ in taken)
    assert sorted(task for _, some in taken for task in some) == list(range(tasks))


def test_one_thread_is_the_callers():
    assert workers(1, range(3)) == [(threading.current_thread().name, [0, 1, 2])]
    assert workers(3, range(1)) == [(threading.current_thread().name, [0])]


def test_what_is_not_worth_it_is_done_at_once():
    taken = []
    with use_threads(3):
        spread(lambda tasks: taken.append(worker(tasks)), range(5), worth_it=False)
    assert taken == [(threading.current_thread().name, [0, 1, 2, 3, 4])]


@pytest.mark.parametrize("count", [1, 3])
def test_what_a_task_raises_is_raised(count):
    def work(tasks):
        for task in tasks:
            if task == 2:
                raise KeyError(task)

    with use_threads(count), pytest.raises(KeyError):
        spread(work, range(4))


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


def test_as_many_as_there_are_cores_unless_someone_says_otherwise():
    cores = threads()
    with use_threads(cores + 2):
        with use_threads(1):
            assert threads() == 1
        assert threads() == cores + 2
    assert threads() == cores


def test_an_error_does_not_leave_its_threads_behind():
    cores = threads()
    with pytest.raises(KeyError), use_threads(cores + 2):
        raise KeyError
    assert threads() == cores


@pytest.mark.parametrize("count", [0, -1])
def test_less_than_one_thread_is_refused(count):
    with pytest.raises(ValueError, match="use_threads") as caught, use_threads(count):
        pass
    assert str(caught.value) == f"use_threads: count must be at least 1, got {count}"


@pytest.fixture
def counted_anew():
    module._cores.cache_clear()
    yield
    module._cores.cache_clear()


@pytest.mark.usefixtures("counted_anew")
@pytest.mark.parametrize(("all_of_them", "expected"), [(7, 7), (None, 1)])
def test_where_a_process_cannot_be_bound_every_core_counts(monkeypatch, all_of_them, expected):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: all_of_them)
    assert threads() == expected


@pytest.mark.usefixtures("counted_anew")
def test_cores_that_this_process_may_not_run_on_do_not_count(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0: {1, 3, 5}}[process], raising=False)
    assert threads() == 3


FORKING = """
import os, signal
from fast.threads import spread, use_threads

def run():
    with use_threads(2):
        spread(list, [1, 2])

run()
child = os.fork()
if not child:
    signal.alarm(10)
    run()
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_child_has_threads_of_its_own():
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKING],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "7\n"
