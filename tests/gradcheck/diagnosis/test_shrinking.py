import time

from gradcheck import LAYERS, checks, fast, parse_case
from gradcheck.contract import Pair
from gradcheck.diagnosis.shrinking import WAITING, Deadline, failure_of, smallest
from gradcheck.judging.matrix import subject_of

LINE = "conv2d n3c4h8w7_f4kh3kw2_s3x2_p1-2x1_d2x1_g2 float64 seed=3"


def shrunk(backward, line=LINE, tensor="dx", seconds=5.0):
    case = parse_case(line, LAYERS)
    subject = subject_of(case.layer.name, Pair(case.layer.ours.fast.forward, backward))
    fails = failure_of(subject, "backward", checks.BY_NAME["gradient"], tensor)
    small, finding = smallest(case, subject, fails, seconds)
    return str(small), finding


def test_shrinking__reaches_ones_where_every_case_fails():
    def zeros(dout, cache):
        return tuple(0 * gradient for gradient in fast.conv2d_backward(dout, cache))

    line, finding = shrunk(zeros)
    assert line == "conv2d n1c1h1w1_f1kh1kw1_s1x1_p0x0_d1x1_g1 float64 seed=3"
    assert (finding.tensor, finding.got) == ("dx", 0)


def test_shrinking__keeps_two_samples_where_two_are_needed():
    def first_only(dout, cache):
        dx, dw, db = fast.conv2d_backward(dout, cache)
        dx[1:] = 0
        return dx, dw, db

    assert shrunk(first_only)[0] == "conv2d n2c1h1w1_f1kh1kw1_s1x1_p0x0_d1x1_g1 float64 seed=3"


def test_shrinking__keeps_the_tensor_that_is_wrong():
    def wrong(dout, cache):
        dx, dw, db = fast.conv2d_backward(dout, cache)
        return dx + 1, dw * (dw.shape[-1] == 1), db

    line, finding = shrunk(wrong, tensor="dw")
    assert "kw2" in line
    assert finding.tensor == "dw"


def test_shrinking__leaves_a_passing_case_as_it_is():
    assert shrunk(fast.conv2d_backward) == (LINE, None)


def test_shrinking__tries_nothing_without_time():
    assert shrunk(lambda dout, cache: None, seconds=0.0) == (LINE, None)


def test_deadline__loses_little_to_a_busy_machine(monkeypatch):
    deadline = Deadline(1.0)
    monkeypatch.setattr(time, "process_time", lambda: deadline.work + 0.25)
    monkeypatch.setattr(time, "perf_counter", lambda: deadline.wall + 2.0)
    assert deadline.left == 0.5


def test_deadline__passes_with_work_and_with_waiting(monkeypatch):
    deadline = Deadline(1.0)
    assert not deadline.passed
    monkeypatch.setattr(time, "process_time", lambda: deadline.work + 1.0)
    assert deadline.passed
    monkeypatch.setattr(time, "process_time", lambda: deadline.work)
    assert not deadline.passed
    monkeypatch.setattr(time, "perf_counter", lambda: deadline.wall + WAITING)
    assert deadline.passed


def test_deadline__of_no_seconds_has_passed():
    assert Deadline(0.0).passed
