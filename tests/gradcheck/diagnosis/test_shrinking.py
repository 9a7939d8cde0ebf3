import time

import pytest

from gradcheck import LAYERS, checks, fast, parse_case
from gradcheck.contract import Pair
from gradcheck.diagnosis.lessons import MOST_NUMBERS, numbers, virtues
from gradcheck.diagnosis.seeing import failure_of
from gradcheck.diagnosis.shrinking import Budget, Search
from gradcheck.judging.matrix import subject_of

LINE = "conv2d n3c4h8w7_f4kh3kw2_s3x2_p1-2x1_d2x1_g2 float64 seed=3"


def shrunk(backward, line=LINE, tensor="dx", budget=None):
    case = parse_case(line, LAYERS)
    subject = subject_of(case.layer.name, Pair(case.layer.ours.fast.forward, backward))
    fails = failure_of(subject, "backward", checks.BY_NAME["gradient"], tensor)
    return Search(subject, fails, budget=budget or Budget()).best([case])


def zeros(dout, cache):
    return tuple(0 * gradient for gradient in fast.conv2d_backward(dout, cache))


@pytest.mark.slow
def test_shrinking__stops_where_there_is_nothing_left_to_learn():
    seen = shrunk(zeros)
    assert numbers(seen.case) <= MOST_NUMBERS
    assert {"answered", "several", "features"} <= virtues(seen)
    assert (seen.finding.tensor, seen.finding.got, seen.finding.case) == ("dx", 0, str(seen.case))
    assert seen.finding.expected != 0


@pytest.mark.slow
def test_shrinking__keeps_two_samples_where_two_are_needed():
    def first_only(dout, cache):
        dx, dw, db = fast.conv2d_backward(dout, cache)
        dx[1:] = 0
        return dx, dw, db

    assert shrunk(first_only).case.params["n"] == 2


@pytest.mark.slow
def test_shrinking__keeps_the_tensor_that_is_wrong():
    def wrong(dout, cache):
        dx, dw, db = fast.conv2d_backward(dout, cache)
        return dx + 1, dw * (dw.shape[-1] == 1), db

    seen = shrunk(wrong, tensor="dw")
    assert seen.case.params["kw"] == 2
    assert seen.finding.tensor == "dw"


def test_shrinking__of_a_norm_keeps_a_batch_to_learn_from():
    def wrong(dout, cache):
        return (2 * fast.batch_norm_backward(dout, cache)[0], *fast.batch_norm_backward(dout, cache)[1:])

    seen = shrunk(wrong, "batch_norm n9d7_train_e0.001_m0.1 float64 seed=3")
    assert seen.case.geometry == "n3d2_train_e0.001_m0.1"


def doubled(dout, cache):
    return [2 * gradient for gradient in fast.affine_backward(dout, cache)]


def of_doubled(*lines, **more):
    wrong = subject_of("affine", Pair(fast.affine_forward, doubled))
    fails = failure_of(wrong, "backward", checks.BY_NAME["gradient"], "dx")
    return Search(wrong, fails, **more).best(parse_case(line, LAYERS) for line in lines).case


def test_search__prefers_a_start_that_teaches_more():
    lines = [f"affine {geometry} float64 seed=0" for geometry in ("n1d1_m1", "n2d3_m2")]
    assert of_doubled(*lines).geometry == "n2d3_m2"


def test_search__shows_no_case_that_a_replay_would_not_ask():
    line = "affine n4d3_m2 float64 seed=0"
    assert str(of_doubled(line, asks=lambda case: str(case) == line)) == line


def test_shrinking__finds_nothing_where_nothing_fails():
    assert shrunk(fast.conv2d_backward) is None


def test_shrinking__tries_nothing_without_a_budget():
    assert shrunk(zeros, budget=Budget(0.0)) is None


@pytest.mark.slow
def test_shrinking__gives_the_same_case_on_a_busy_machine(monkeypatch):
    before = shrunk(zeros).case
    clock, work = time.perf_counter, time.process_time
    monkeypatch.setattr(time, "perf_counter", lambda: 5 * clock())
    monkeypatch.setattr(time, "process_time", lambda: 5 * work())
    assert shrunk(zeros).case == before
