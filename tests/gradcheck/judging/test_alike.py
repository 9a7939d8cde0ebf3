"""What several submissions have in common is judged once, and each gets the report that it would have had alone."""

from dataclasses import dataclass
from types import SimpleNamespace

import msgspec
import pytest

from gradcheck import Plan
from gradcheck.isolation.levels import Level, available
from gradcheck.isolation.opening import opened
from gradcheck.judging import alike, searcher, target
from gradcheck.judging.run import verify_whole
from gradcheck.report import PartReport, Verdict

pytestmark = pytest.mark.skipif(Level.LANDLOCK not in available(), reason="no confined workers here")

ONE = """\
import numpy as np

def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1).dot(w) + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    return dx, dw, dout.mean(axis=0)

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, x):
    return dout * (x > 0)
"""

OTHER = "'''My own.'''\n" + ONE.replace("x > 0", "x < 0")
"""relu's backward differs; affine is the same, on other lines."""

PATCHED = ONE + "\nnp.maximum = lambda x, y: x\n"


@pytest.fixture
def sharing():
    alike.share()
    yield
    alike.share(False)


@pytest.fixture
def judged(monkeypatch):
    """The layers that are judged."""
    layers, judge = [], target.judge_subject

    def noted(subject, *given):
        layers.append(subject.layer.name)
        return judge(subject, *given)

    monkeypatch.setattr(target, "judge_subject", noted)
    return layers


def report(path, text, hint="none"):
    path.write_text(text)
    plan = Plan(isolation="landlock", seed=5, cases=0, hint=hint, checks=("output", "gradient"))
    found = verify_whole(str(path), plan)
    parts = tuple(msgspec.structs.replace(part, seconds=0.0) for part in found.parts)
    return msgspec.json.encode(msgspec.structs.replace(found, parts=parts))


@pytest.mark.slow
@pytest.mark.diagnosed
def test_functions_alike__are_judged_once_with_the_same_reports(tmp_path, judged, monkeypatch):
    searches, search = [], searcher.searched

    def noted(session, plan, parts):
        searches.append([part.function for part in parts])
        return search(session, plan, parts)

    monkeypatch.setattr(searcher, "searched", noted)
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    alone = report(one, ONE, "edit"), report(other, OTHER, "edit")
    judged.clear()
    searches.clear()
    alike.share()
    try:
        assert report(one, ONE, "edit") == alone[0]
        assert {"affine", "relu"} == set(judged)
        judged.clear()
        assert report(other, OTHER, "edit") == alone[1]
    finally:
        alike.share(False)
    assert "affine" not in judged
    assert searches == [["affine_backward"], ["relu_backward"]]
    assert b'"line":10' in alone[0]
    assert b'"line":11' in alone[1]


def test_file_that_reaches_further__gives_and_takes_nothing(tmp_path, judged, sharing):
    report(tmp_path / "one.py", ONE)
    judged.clear()
    patched = report(tmp_path / "patched.py", PATCHED)
    assert set(judged) == {"affine", "relu"}
    judged.clear()
    assert report(tmp_path / "patched.py", PATCHED) == patched
    assert set(judged) == {"affine", "relu"}
    judged.clear()
    report(tmp_path / "again.py", ONE)
    assert not judged


@pytest.mark.slow
def test_functions_alike__are_judged_by_themselves_unless_sharing_is_asked_for(tmp_path, judged):
    for name in ("one", "two"):
        judged.clear()
        report(tmp_path / f"{name}.py", ONE)
        assert set(judged) == {"affine", "relu"}


def test_identity__is_that_of_the_text_which_runs(tmp_path, sharing):
    path = tmp_path / "one.py"
    path.write_text(ONE)
    names, plan = ["relu_forward", "relu_backward"], Plan()
    with opened(str(path), Level.LANDLOCK) as loaded:
        session = loaded.session
        written = alike.identity_of(loaded, names, plan)
        edited = alike.identity_of(SimpleNamespace(session=session.edited({str(path): OTHER})), names, plan)
        elsewhere = SimpleNamespace(session=session.edited({str(tmp_path / "two.py"): OTHER}))
        assert alike.identity_of(elsewhere, names, plan) is None
    assert written.key != edited.key
    assert written.key == alike.identity_of(SimpleNamespace(session=session), names, plan).key
    assert written.key != alike.identity_of(SimpleNamespace(session=session), names, Plan(seed=1)).key


def test_folder_of_several_files__is_not_shared(tmp_path, sharing):
    (tmp_path / "one.py").write_text(ONE)
    session = SimpleNamespace(path=str(tmp_path), texts={})
    loaded = SimpleNamespace(session=session)
    assert alike.identity_of(loaded, ["relu_forward"], Plan()) is not None
    (tmp_path / "two.py").write_text("")
    assert alike.identity_of(loaded, ["relu_forward"], Plan()) is None


def test_file_that_is_not_read_to_its_end__is_not_shared(tmp_path, sharing):
    path = tmp_path / "long.py"
    path.write_text(ONE)
    loaded = SimpleNamespace(session=SimpleNamespace(path=str(path), texts={}))
    assert alike.identity_of(loaded, ["relu_forward"], Plan()) is not None
    path.write_text(ONE + "#" * alike.LARGEST + "\n\nnp.maximum = lambda x, y: x\n")
    assert alike.identity_of(loaded, ["relu_forward"], Plan()) is None


@dataclass
class Same:
    """An identity of two functions."""

    key: str
    path: str
    rows: tuple[int, ...]


def part(verdict=Verdict.PASS, reason=None):
    return PartReport(
        layer="relu", part="forward", function="f", verdict=verdict, cases=1, miss_bound=None, seconds=1.0,
        findings=(), checks=(), reason=reason,
    )  # fmt: skip


def of(same, reports, lives=(0, 0)):
    counts = iter(lives)
    return alike.once(same, SimpleNamespace(lives=lambda: next(counts)), lambda: reports)


def test_place_in_a_message__is_that_of_the_file_at_hand(sharing):
    first, second = Same("key", "/a/one.py", (3, 4)), Same("key", "/b/two.py", (13, 14))
    of(first, [part(reason="raised ValueError (one.py:4)")])
    (shared,) = of(second, [])
    assert (shared.reason, shared.seconds) == ("raised ValueError (two.py:14)", 0.0)


@pytest.mark.parametrize(
    ("found", "lives"),
    [
        (part(Verdict.TIMEOUT), (0, 0)),
        (part(), (0, 1)),
        (part(reason="raised (one.py:99)"), (0, 0)),
        (part(reason="raised (other.py:3)"), (0, 0)),
    ],
    ids=["late", "lost", "another line", "another file"],
)
def test_report_that_something_else_may_have_caused__is_not_shared(sharing, found, lives):
    same = Same("key", "/a/one.py", (3, 4))
    assert of(same, [found], lives) == [found]
    assert of(same, [part()], (0, 0)) == [part()]
