"""The script that measures grading: a small version of each of its proofs, and the queue that it does not measure."""

import ast
import time

import pytest

import classroom
import grading
import queueing
from gradcheck.isolation.levels import Level, strongest
from queueing import Costs, simulated

FREE = Costs(0.0, 0.0, 0.0, 0.0)


@pytest.fixture
def confined():
    if strongest().rank < Level.LANDLOCK.rank:
        pytest.skip("submissions cannot be confined on this machine")


@pytest.mark.slow
def test_class__is_the_same_for_a_seed_and_no_two_files_are():
    texts = classroom.submissions(24, 5)
    assert texts == classroom.submissions(24, 5) != classroom.submissions(24, 6)
    assert len(set(texts)) == 24
    for text in texts:
        ast.parse(text)
    assert sum(text.count("\n    pass\n") > 15 for text in texts) >= 2


@pytest.mark.exhaustive  # tests/gradcheck/grading/test_kills.py ends gradings at chosen moments
def test_grading_that_is_killed_at_random_moments__loses_nothing(confined, tmp_path):
    assert grading.kills(tmp_path, 5, 3, seed=int(time.time())) >= 1


@pytest.mark.exhaustive  # tests/redteam/test_classes.py grades such files next to others
def test_hostile_files__gain_nothing_and_cost_nothing(confined, tmp_path):
    assert len(grading.hostile(tmp_path, 4, 2)) == 8


@pytest.mark.parametrize(
    ("grade", "is_due"),
    [
        ((4, "error", 0), True),
        ((6, "pass", 0), False),
        ((6, "inconclusive", 2), True),
        ((5, "error", 0), False),
    ],
)
def test_hostile_file__is_due_what_its_line_says(grade, is_due):
    assert grading._is_due(grading.HOSTILE / "exit_in_call.py", grade) == is_due


def test_queue__takes_what_its_bottleneck_takes():
    assert simulated(100, 1, [2.0], FREE).seconds == 200
    assert simulated(100, 4, [2.0], FREE).seconds == 50
    assert simulated(100, 4, [2.0], FREE).workers == 1
    slow_grading = simulated(1000, 500, [2.0], Costs(0.01, 0.0, 0.09, 0.0))
    assert 100 <= slow_grading.seconds < 105
    assert slow_grading.grading > 0.95
    slow_scheduler = simulated(1000, 500, [2.0], Costs(0.0, 0.1, 0.0, 0.0))
    assert 100 <= slow_scheduler.seconds < 105
    assert slow_scheduler.scheduler > 0.95


def test_queue__has_a_row_for_each_number_of_workers():
    rows = queueing.table(1000, [5.0], Costs()).splitlines()
    assert [row.split()[0] for row in rows[1:-1]] == [str(number) for number in queueing.WORKERS]
    assert "no more than" in rows[-1]
