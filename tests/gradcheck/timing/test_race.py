import itertools
import time

import pytest

from gradcheck.timing.race import in_turn, seconds
from gradcheck.timing.times import Times


def counting(name, log):
    """Return a run that writes its name down, and measures how often it ran."""
    count = itertools.count()

    def run():
        log.append(name)
        return next(count)

    return run


def test_runs_take_turns_and_each_round_begins_with_another():
    log = []
    samples = in_turn([counting("a", log), counting("b", log)], most=3, budget=60)
    assert "".join(log) == "ab" + "ab" + "ba" + "ab"
    assert samples == [[1, 2, 3], [1, 2, 3]]  # the first, which warms up, does not count


def test_first_round__counts_even_if_it_spends_the_budget():
    log = []
    assert in_turn([counting("a", log)], most=3, budget=0) == [[0]]
    assert log == ["a"]
    assert in_turn([counting("a", log)], most=3, budget=0, least=2) == [[1, 2]]


def test_budget__allows_only_the_least_number_of_rounds_once_spent():
    def run():
        time.sleep(0.02)
        return 1

    assert in_turn([run], most=1000, budget=0.05, least=4) == [[1] * 4]
    assert len(in_turn([run], most=1000, budget=0.1)[0]) < 6


def test_warm_runs_end_as_soon_as_there_are_enough_rounds():
    log = []
    run = counting("a", log)
    assert in_turn([run], most=9, budget=60, least=2, enough=lambda samples: True, is_warm=True) == [[0, 1]]
    found = in_turn([run], most=9, budget=60, enough=lambda samples: samples[0][-1] == 5, is_warm=True)
    assert found == [[2, 3, 4, 5]]


def test_times_are_the_best_and_the_quartiles():
    times = Times((5.0, 1.0, 2.0, 4.0, 3.0)).quartiles
    assert (times.best, times.lower, times.median, times.upper, times.repeats) == (1, 2, 3, 4, 5)


def test_timing__measures_a_call():
    assert 0.02 <= seconds(lambda: time.sleep(0.02)) < 2


def test_timing__is_none_without_samples():
    with pytest.raises(IndexError):
        Times(()).quartiles  # noqa: B018
