"""What is timed starts when the threads of the previous call are asleep."""

import threading
import time

import pytest

from gradcheck.timing.machine import at_rest
from gradcheck.timing.race import in_turn, race


class Spinning:
    """Threads that compute after the call that started them, as OpenMP's do."""

    def __init__(self):
        self.threads = []

    def call(self, seconds=0.015):
        self.threads.append(threading.Thread(target=self._spin, args=(seconds,)))
        self.threads[-1].start()
        return 1.0

    def _spin(self, seconds):
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            pass

    @property
    def count(self):
        return sum(thread.is_alive() for thread in self.threads)


@pytest.fixture
def spinning():
    found = Spinning()
    yield found
    for thread in found.threads:
        thread.join()


def test_at_rest__waits_for_a_spinning_thread(spinning):
    spinning.call(0.06)
    assert at_rest()
    assert spinning.count == 0


def test_at_rest__gives_up_a_thread_that_never_sleeps(spinning):
    spinning.call(0.5)
    assert not at_rest(0.05)
    assert spinning.count == 1


def test_at_rest__returns_at_once_in_a_process_at_rest():
    at_rest()
    started = time.perf_counter()
    assert at_rest(10.0)
    assert time.perf_counter() - started < 1.0


def test_in_turn__starts_when_the_threads_of_the_previous_work_are_asleep(spinning):
    seen = []
    in_turn([spinning.call, lambda: seen.append(spinning.count)], most=4, budget=60)
    assert seen == [0] * 5


@pytest.mark.slow
@pytest.mark.parametrize(("rest", "is_quiet"), [(1.0, True), (0, False)])
def test_race__starts_a_sample_when_the_threads_of_the_other_kernel_are_asleep(spinning, rest, is_quiet):
    seen = []
    works = [spinning.call, lambda: seen.append(spinning.count) or 1.0]
    race(works, 1e9, lambda times: True, rest)
    samples = seen[2:]  # two calls before the race find out how long one takes
    assert (max(samples) == 0) == is_quiet
