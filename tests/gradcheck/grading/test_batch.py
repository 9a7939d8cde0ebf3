"""A judge that is lost, or fails, stops no other submission."""

import contextlib
import os
import signal
import threading
import time
from pathlib import Path

import msgspec
import pytest

from gradcheck.evidence import kept
from gradcheck.grading import batch
from gradcheck.grading.lessons import taught
from gradcheck.grading.reading import parsed, read
from gradcheck.grading.refused import Refused
from gradcheck.grading.submissions import Submission
from gradcheck.isolation import image
from gradcheck.isolation.levels import Level
from gradcheck.judging.plan import Plan
from gradcheck.report import TargetReport, Verdict
from gradcheck.subjects.loading.errors import Unavailable

RELU = """\
import numpy as np
def relu_forward(x):
    return np.maximum(x, 0), x
def relu_backward(dout, x):
    return dout * (x > 0)
"""


def judge(path: str, plan: Plan) -> bytes:
    """Do what the path says, in a process of the pool."""
    name = os.path.basename(path)
    if name == "dies" or (name == "dies-once" and not os.path.exists(f"{path}.tried")):
        with open(f"{path}.tried", "a") as file:
            file.write("x")
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "raises":
        raise RuntimeError("no\x1b way")
    if name == "no-room":
        raise Unavailable("there is no room", "unsupported")
    return msgspec.msgpack.encode(TargetReport(target=path, dialect=None, verdict=Verdict.PASS, parts=()))


def judged(tmp_path, names, processes):
    several = [Submission(name, name, str(tmp_path / name)) for name in names]
    return {each.submission.name: each for each in batch.judged(several, Plan(), processes, judge=judge)}


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 3])
@pytest.mark.sample(1)
def test_judge_that_is_lost__costs_no_other_submission(tmp_path, processes):
    names = ["ann", "dies", "bob", "dies-once", "cid", "raises", "no-room", "dan"]
    found = judged(tmp_path, names, processes)
    why = {name: each.is_ours for name, each in found.items()}
    assert sorted(why) == sorted(names)
    assert why.pop("dies") == batch.LOST
    assert (
        why.pop("raises") == r"the judge itself failed on it (RuntimeError: no\x1b way): please report this"
    )
    assert why.pop("no-room") == "there is no room"
    assert set(why.values()) == {None}
    assert (tmp_path / "dies.tried").read_text() in ("xx", "xxx")  # alone, it is tried twice


def tells(path: str, plan: Plan) -> bytes:
    """Tell what the judge's process shares between submissions."""
    said = f"{kept.is_keeping()} {image.is_wanted()}"
    return msgspec.msgpack.encode(
        TargetReport(target=path, dialect=None, verdict=Verdict.PASS, parts=(), error=said)
    )


@pytest.mark.slow
def test_judges__keep_results_and_fork_workers_from_an_image():
    (found,) = batch.judged([Submission("ann", "ann", "/ann")], Plan(), 1, judge=tells)
    assert found.target.error == "True True"
    assert not kept.is_keeping()
    assert not image.is_wanted()


@pytest.mark.slow
def test_judges__end_where_nobody_waits_for_them_any_more(tmp_path):
    several = [Submission(str(number), "", str(tmp_path / str(number))) for number in range(5)]
    answers = batch.judged(several, Plan(), 2, judge=judge)
    next(answers)
    answers.close()
    assert not batch.multiprocessing.active_children()


def test_plan__is_that_of_the_rubric_and_confined_unless_told_otherwise(monkeypatch):
    rubric = read("cs231n-a2")
    plan = batch.plan_of(rubric, 7, unsandboxed=True)
    assert (plan.seed, plan.isolation, plan.dialect) == (7, Level.PROCESS, "cs231n")
    assert set(plan.declared) == {"layout", "special"}
    monkeypatch.setattr(batch, "strongest", lambda: Level.RLIMITS)
    with pytest.raises(Refused, match="cannot be confined"):
        batch.plan_of(rubric, 7)
    monkeypatch.setattr(batch, "strongest", lambda: Level.LANDLOCK)
    assert batch.plan_of(rubric, 7).isolation == "strongest"


def test_rubric_without_further_cases__asks_the_fixed_ones(tmp_path):
    path = tmp_path / "right.py"
    path.write_text(RELU)
    head = 'schema = "gradcheck-rubric/1"\nname = "one"\ndialect = "cs231n"\n'
    few, usual = [
        taught(str(path), batch.plan_of(parsed(f'{head}{more}[[function]]\nlayer = "relu"\n', "r"), 1))
        for more in ("cases = 0\n", "")
    ]
    assert (few.verdict, usual.verdict) == ("pass", "pass")
    assert few.parts[0].asked.geometries < usual.parts[0].asked.geometries / 2


def deaf(path: str, plan: Plan) -> bytes:
    """Lose the signal that ends this process, and go on; judge at the second try."""
    if Path(path).exists():
        return msgspec.msgpack.encode(TargetReport(target=path, dialect=None, verdict=Verdict.PASS, parts=()))
    Path(path).write_text(str(os.getpid()))
    with contextlib.suppress(KeyboardInterrupt):
        time.sleep(60)
    while True:
        time.sleep(0.01)


@pytest.mark.slow
def test_judge_that_loses_a_signal__ends_all_the_same(tmp_path):
    path = tmp_path / "pid"
    rest = batch.judged([Submission("a", "a", str(path))], Plan(), 1, judge=deaf)
    ending = threading.Thread(target=lambda: os.kill(number_in(path), signal.SIGTERM))
    ending.start()
    assert [each.is_ours for each in rest] == [None]
    ending.join()


def number_in(path):
    while not (path.exists() and path.read_text()):
        time.sleep(0.01)
    return int(path.read_text())
