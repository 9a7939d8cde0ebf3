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


def test_what_always_fails_shrinks_to_ones():
    def zeros(dout, cache):
        return tuple(0 * gradient for gradient in fast.conv2d_backward(dout, cache))

    line, finding = shrunk(zeros)
    assert line == "conv2d n1c1h1w1_f1kh1kw1_s1x1_p0x0_d1x1_g1 float64 seed=3"
    assert (finding.tensor, finding.got) == ("dx", 0)


def test_what_needs_two_samples_keeps_two():
    def first_only(dout, cache):
        dx, dw, db = fast.conv2d_backward(dout, cache)
        dx[1:] = 0
        return dx, dw, db

    assert shrunk(first_only)[0] == "conv2d n2c1h1w1_f1kh1kw1_s1x1_p0x0_d1x1_g1 float64 seed=3"


def test_a_wrong_tensor_is_not_given_up_for_another():
    def wrong(dout, cache):
        dx, dw, db = fast.conv2d_backward(dout, cache)
        return dx + 1, dw * (dw.shape[-1] == 1), db

    line, finding = shrunk(wrong, tensor="dw")
    assert "kw2" in line
    assert finding.tensor == "dw"


def test_what_does_not_fail_stays_as_it_is():
    assert shrunk(fast.conv2d_backward) == (LINE, None)


def test_without_time_nothing_is_tried():
    assert shrunk(lambda dout, cache: None, seconds=0.0) == (LINE, None)


def test_a_busy_machine_takes_little_of_a_deadline(monkeypatch):
    deadline = Deadline(1.0)
    monkeypatch.setattr(time, "process_time", lambda: deadline.work + 0.25)
    monkeypatch.setattr(time, "perf_counter", lambda: deadline.wall + 2.0)
    assert deadline.left == 0.5


def test_a_deadline_passes_with_work_and_with_waiting(monkeypatch):
    deadline = Deadline(1.0)
    assert not deadline.passed
    monkeypatch.setattr(time, "process_time", lambda: deadline.work + 1.0)
    assert deadline.passed
    monkeypatch.setattr(time, "process_time", lambda: deadline.work)
    assert not deadline.passed
    monkeypatch.setattr(time, "perf_counter", lambda: deadline.wall + WAITING)
    assert deadline.passed


def test_a_deadline_of_no_seconds_has_passed():
    assert Deadline(0.0).passed
