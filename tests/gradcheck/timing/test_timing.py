import itertools
import time

import pytest

from gradcheck.timing.in_turn import in_turn, seconds, times_of


def counting(name, log):
    """Return a run that writes its name down, and measures how often it ran."""
    count = itertools.count()

    def run():
        log.append(name)
        return next(count)

    return run


def test_runs_take_turns_and_each_round_begins_with_another():
    log = []
    samples = in_turn([counting("a", log), counting("b", log)], repeats=3, budget=60)
    assert "".join(log) == "ab" + "ab" + "ba" + "ab"
    assert samples == [[1, 2, 3], [1, 2, 3]]  # the first, which warms up, does not count


def test_a_first_round_that_spends_the_budget_counts():
    log = []
    assert in_turn([counting("a", log)], repeats=3, budget=0) == [[0]]
    assert log == ["a"]
    assert in_turn([counting("a", log)], repeats=3, budget=0, at_least=2) == [[1, 2]]


def test_after_the_budget_no_round_begins_beyond_the_least():
    def run():
        time.sleep(0.02)
        return 1

    assert in_turn([run], repeats=1000, budget=0.05, at_least=4) == [[1] * 4]
    assert len(in_turn([run], repeats=1000, budget=0.1)[0]) < 6


def test_times_are_the_best_and_the_quartiles():
    times = times_of([5.0, 1.0, 2.0, 4.0, 3.0])
    assert (times.best, times.lower, times.median, times.upper, times.repeats) == (1, 2, 3, 4, 5)


def test_a_call_is_timed():
    assert 0.02 <= seconds(lambda: time.sleep(0.02)) < 2


def test_no_sample_is_no_time():
    with pytest.raises(IndexError):
        times_of([])
