"""How many cases a subject is asked."""

from dataclasses import replace

import numpy as np
import pytest

from gradcheck.calling.steps import counted
from gradcheck.contract import Pair
from gradcheck.judging.allowance import LARGEST, OWN, SURE, Allowance, fitted, pace_of
from gradcheck.judging.matrix import subject_of
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import Questions, cases_for

LAYER = BY_NAME["relu"]
FAST = subject_of("relu", LAYER.ours.fast)


def slowly(lines):
    """Return relu as a subject, each call of which runs some more lines for each number of x."""

    def forward(params, arrays):
        for _ in range(lines * arrays["x"].size):
            pass
        return FAST.forward(params, arrays)

    return replace(FAST, forward=forward)


def questions(count):
    found = Questions(LAYER.case(f"n2d{number}") for number in range(2, count + 2))
    found.fixed = 2
    return found


def test_fast_code__is_asked_every_case():
    allowance = Allowance(questions(60), FAST)
    assert len(list(allowance.affordable())) == 60
    assert allowance.left_out is None


def test_slow_code__is_asked_the_first_cases_and_the_report_says_so():
    allowance = Allowance(questions(60), slowly(1000))
    asked = len(list(allowance.affordable()))
    assert SURE <= asked < 40
    assert allowance.left_out == f"{60 - asked} of 60 cases, to answer in seconds (--thorough asks more)"


def test_case_that_would_take_too_long_alone__is_left_out():
    found = Questions([*questions(6), LAYER.case("n1000d1000"), LAYER.case("n3d3")])
    found.fixed = 2
    asked = [case.geometry for case in Allowance(found, slowly(1)).affordable()]
    assert "n1000d1000" not in asked
    assert asked[-1] == "n3d3"


def test_list_of_cases_that_somebody_chose__is_asked_whole():
    allowance = Allowance(list(questions(40)), slowly(1000))
    assert len(list(allowance.affordable())) == 40
    assert allowance.left_out is None


@pytest.mark.slow
def test_cases_that_are_to_cover_all_pairs_or_whose_number_was_chosen__are_asked_whole():
    for chosen in (
        cases_for(FAST, 0, 0),
        cases_for(FAST, 40, 0),
        cases_for(FAST, None, 0, thorough=True),
    ):
        allowance = Allowance(chosen, slowly(1000))
        assert len(list(allowance.affordable())) == len(chosen) - chosen.vast
        assert (allowance.left_out is None) == (not chosen.vast)


def with_a_vast_one():
    found = Questions([*questions(20), LAYER.case("n300d300")])
    found.fixed, found.vast = 20, 1
    return found


@pytest.mark.parametrize(("lines", "is_asked"), [(0, True), (50, False)])
def test_case_of_very_many_numbers__is_asked_last_of_code_that_does_not_loop_over_them(lines, is_asked):
    allowance = Allowance(with_a_vast_one(), slowly(lines))
    assert ("n300d300" in [case.geometry for case in allowance.affordable()]) == is_asked
    assert allowance.left_out == (None if is_asked else "n300d300, for which it has no time or memory")


@pytest.mark.parametrize("least", [10, 50_000])
def test_case_of_very_many_numbers__is_left_out_where_the_code_has_no_memory_for_it(least):
    """Code that builds a whole Jacobian in this process is not tried at all: the memory is the judge's own."""

    def backward(dout, cache):
        if dout.size > least:
            if least > 1000:
                raise MemoryError("no room for a Jacobian of so many numbers")
            np.ones((1000, 1000))
        return LAYER.ours.fast.backward(dout, cache)

    subject = subject_of("relu", Pair(LAYER.ours.fast.forward, backward))
    allowance = Allowance(with_a_vast_one(), subject)
    assert "n300d300" not in [case.geometry for case in allowance.affordable()]
    assert allowance.left_out is not None


@pytest.mark.parametrize("name", ["conv2d", "max_pool2d", "affine"])
@pytest.mark.sample(1)
def test_pace__foretells_the_lines_of_loops(name):
    """The cases after the battery are larger: nothing of them was counted."""
    subject = subject_of(name, BY_NAME[name].ours.naive)
    cases = cases_for(subject, None, 0)
    pace = pace_of(subject, cases[: cases.fixed])
    told, ran = [], []
    for case in cases[cases.fixed :]:
        arrays = {key: np.zeros(shape) for key, shape in case.shapes.items()}
        if pace(case) < LARGEST:
            told.append(pace(case))
            ran.append(
                counted(
                    lambda case=case, arrays=arrays: subject.forward(dict(case.params), arrays).backward(
                        np.ones(case.output_shape)
                    )
                )
            )
    assert sum(ran) > 20 * OWN
    assert 0.5 < sum(told) / sum(ran) < 2


def test_shares__are_never_negative():
    extents = np.array([[1.0, 10.0], [1.0, 20.0], [1.0, 40.0]])
    assert fitted(extents, np.array([100.0, 80.0, 60.0])).min() >= 0
    assert np.allclose(fitted(extents, extents @ [5.0, 2.0]), [5.0, 2.0])


def test_tracer_that_was_there__is_back_afterwards():
    import sys

    seen = []
    before = sys.gettrace()

    def tracer(frame, event, argument):
        seen.append(event)

    sys.settrace(tracer)
    try:
        counted(lambda: None)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


def test_subject_without_a_backward__is_counted_by_its_forward():
    def forward(params, arrays):
        return replace(FAST.forward(params, arrays), backward=None)  # to call it would be a mistake of ours

    case = LAYER.case("n2d3")
    assert pace_of(replace(FAST, forward=forward, parts=("forward",)), [case])(case) > 0
