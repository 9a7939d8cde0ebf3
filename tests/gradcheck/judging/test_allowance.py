"""The time for the cases of a subject."""

import time

from gradcheck.contract import Pair
from gradcheck.evidence import fill
from gradcheck.judging.allowance import SECONDS, SURE, WAITING, Allowance
from gradcheck.judging.matrix import subject_of
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import Questions, cases_for

LAYER = BY_NAME["relu"]


def questions(count):
    found = Questions(LAYER.case(f"n2d{number}") for number in range(2, count + 2))
    found.fixed = 2
    return found


def test_fast_code__is_asked_every_case():
    allowance = Allowance(questions(60))
    assert len(list(allowance.affordable())) == 60
    assert allowance.left_out is None


def test_slow_code__is_asked_the_first_cases_and_the_report_says_so():
    allowance, asked = Allowance(questions(60)), 0
    for _ in allowance.affordable():
        asked += 1
        with allowance.clock:
            time.sleep(WAITING * SECONDS / 10)
    assert SURE <= asked < 40
    assert allowance.left_out == f"{60 - asked} of 60 cases, because each call takes long"


def test_case_that_would_take_too_long_alone__is_left_out():
    found = Questions([*questions(6), LAYER.case("n1000d1000"), LAYER.case("n3d3")])
    found.fixed = 2
    allowance, asked = Allowance(found), []
    for case in allowance.affordable():
        asked.append(case.geometry)
        with allowance.clock:
            time.sleep(0.002)
    assert "n1000d1000" not in asked
    assert asked[-1] == "n3d3"


def test_list_of_cases_that_somebody_chose__is_asked_whole():
    cases = list(questions(40))
    allowance = Allowance(cases)
    for _ in allowance.affordable():
        with allowance.clock:
            time.sleep(0.02)
    assert allowance.left_out is None


def test_cases_that_are_to_cover_all_pairs_or_whose_number_was_chosen__are_asked_whole():
    subject = subject_of("relu", LAYER.ours.fast)
    for chosen in (
        cases_for(subject, 0, 0),
        cases_for(subject, 40, 0),
        cases_for(subject, None, 0, thorough=True),
    ):
        allowance = Allowance(chosen)
        for number, _ in enumerate(allowance.affordable()):
            if number < 50:
                with allowance.clock:
                    time.sleep(WAITING * SECONDS / 25)
        assert allowance.left_out is None


def test_time_that_the_judge_takes__does_not_count():
    allowance = Allowance(questions(40))
    for _ in allowance.affordable():
        time.sleep(WAITING * SECONDS / 10)
    assert allowance.left_out is None


def test_forward_and_backward__count():
    def slow(*args):
        time.sleep(0.03)
        return right.forward(*args)

    def slow_backward(dout, cache):
        time.sleep(0.03)
        return right.backward(dout, cache)

    right, allowance = LAYER.ours.fast, Allowance([])
    subject, case = subject_of("relu", Pair(slow, slow_backward)), LAYER.case("n2d3")
    call = allowance.clock.timing(subject).forward(case.params, fill.tensors(case))
    assert allowance.clock.seconds >= 0.03 / WAITING
    call.backward(fill.upstream(case))
    assert allowance.clock.seconds >= 0.06 / WAITING
