import time

from gradcheck.diagnosis.budget import WAITING, Deadline


def test_a_busy_machine_takes_little_of_it(monkeypatch):
    deadline = Deadline(1.0)
    monkeypatch.setattr(time, "process_time", lambda: deadline.work + 0.25)
    monkeypatch.setattr(time, "perf_counter", lambda: deadline.wall + 2.0)
    assert deadline.left == 0.5


def test_it_passes_with_work_and_with_waiting(monkeypatch):
    deadline = Deadline(1.0)
    assert not deadline.passed
    monkeypatch.setattr(time, "process_time", lambda: deadline.work + 1.0)
    assert deadline.passed
    monkeypatch.setattr(time, "process_time", lambda: deadline.work)
    assert not deadline.passed
    monkeypatch.setattr(time, "perf_counter", lambda: deadline.wall + WAITING)
    assert deadline.passed


def test_none_is_over_at_once():
    assert Deadline(0.0).passed
