"""The line of a failure: in a worker and in this process, as much of it as is asked for, and never a verdict."""

from pathlib import Path

import msgspec
import nbformat
import pytest

from gradcheck import Plan, Verdict, verify, verify_functions
from gradcheck.isolation.levels import Level, available, strongest
from gradcheck.judging import hinting, mending
from gradcheck.judging.plan import HINTS

pytestmark = pytest.mark.diagnosed

TEXT = """import numpy as np


def affine_forward(x, w, b):
    out = x.reshape(len(x), -1) @ w + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(len(x), -1).T @ dout
    db = dout.mean(axis=0)
    return dx, dw, db
"""
LINE = 13
RIGHT = TEXT.replace("mean", "sum")


@pytest.fixture
def submission(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(TEXT)
    return str(path)


def finding(report):
    (found,) = [each for each in report.findings() if each.verdict is Verdict.FAIL]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("level", available())
@pytest.mark.sample(1)
def test_line__is_found_at_every_level(submission, level):
    found = finding(verify([submission], Plan(isolation=level, checks=("gradient",))))
    assert (found.line, found.lines, found.edit, found.file) == (LINE, (LINE,), "db = dout.sum(axis=0)", None)


SHOWN = {
    "none": (),
    "place": ("where",),
    "mistake": ("where", "mutant"),
    "line": ("where", "mutant", "line"),
    "edit": ("where", "mutant", "line", "edit"),
}


@pytest.mark.slow
@pytest.mark.parametrize("hint", HINTS)
def test_hint__says_no_more_than_is_asked_for(submission, hint):
    found = finding(verify([submission], Plan(hint=hint, checks=("gradient",))))
    said = {name for name in ("where", "mutant", "line", "edit") if getattr(found, name) is not None}
    assert said == set(SHOWN[hint])
    assert bool(found.lines) == (found.line is not None)


def test_hint__changes_nothing_else(submission):
    def parts(hint):
        report = verify([submission], Plan(hint=hint, checks=("gradient",)))
        told = {"where": None, "mutant": None, "candidates": (), "line": None, "lines": (), "edit": None}
        return [
            (part.verdict, part.checks, [msgspec.structs.replace(each, **told) for each in part.findings])
            for part in report.parts()
        ]

    assert parts("edit") == parts("none")


def test_right_code__is_never_searched(tmp_path, monkeypatch):
    def refuse(*_):
        raise AssertionError("searched")

    monkeypatch.setattr(hinting, "_places", refuse)
    path = tmp_path / "layers.py"
    path.write_text(RIGHT)
    assert verify([str(path)], Plan(checks=("gradient", "output"))).verdict is Verdict.PASS


def test_functions_of_this_process__are_as_they_were(submission, tmp_path):
    space = {}
    exec(compile(TEXT, submission, "exec"), space)
    backward = space["affine_backward"]
    code = backward.__code__
    names = {name: space[name] for name in ("affine_forward", "affine_backward")}
    found = finding(verify_functions(names, Plan(checks=("gradient",))))
    assert found.line == LINE
    assert backward.__code__ is code
    assert not set(space) & {"dx", "dw"}


@pytest.mark.slow
@pytest.mark.parametrize("level", [Level.PROCESS, strongest()])
def test_code_that_reaches_memory_by_itself__is_edited_behind_a_wall_only(submission, level):
    """With another size, as_strided reads and writes what is not its own: a judge may die of it."""
    Path(submission).write_text(TEXT + "\n\nfrom numpy.lib.stride_tricks import as_strided\n")
    found = finding(verify([submission], Plan(isolation=level, checks=("gradient",))))
    assert found.line == (None if level is Level.PROCESS else LINE)


@pytest.mark.slow
def test_edited_function__is_found_anew_in_its_own_family(tmp_path, monkeypatch):
    asked, find = [], mending.find
    monkeypatch.setattr(
        mending, "find", lambda loaded, plan: asked.append(plan.dialect) or find(loaded, plan)
    )
    path = tmp_path / "layers.py"
    curve = "def silu(x):\n    return x / (1 + np.exp(-x))\n\n\ndef silu_backward(dout, x):\n"
    slope = "    s = 1 / (1 + np.exp(-x))\n    return dout * (s + x * s * (1 + s))\n"
    path.write_text(f"{RIGHT}\n\n{curve}{slope}")
    report = verify([str(path)], Plan(isolation="process", layers=("affine", "silu"), checks=("gradient",)))
    assert finding(report).edit == "return dout * (s + x * s * (1 - s))"
    assert report.targets[0].dialect == "cs231n"
    assert set(asked) == {None, "functions"}


def test_missing_function__is_not_searched(tmp_path, monkeypatch):
    monkeypatch.setattr(hinting, "_places", lambda *_: pytest.fail("searched"))
    path = tmp_path / "layers.py"
    path.write_text(RIGHT.replace("    x, w, b = cache\n", "    raise NotImplementedError\n"))
    verify([str(path)], Plan(checks=("implemented", "gradient")))


@pytest.mark.slow
def test_helper_of_the_same_submission__is_edited_too(tmp_path):
    (tmp_path / "helping.py").write_text("def total(a):\n    return a.mean(axis=0)\n")
    path = tmp_path / "layers.py"
    path.write_text(
        TEXT.replace("dout.mean(axis=0)", "total(dout)").replace(
            "\n\n\n", "\nfrom helping import total\n\n\n", 1
        )
    )
    found = finding(verify([str(path)], Plan(isolation=strongest(), checks=("gradient",))))
    assert (found.line, found.file, found.edit) == (2, "helping.py", "return a.sum(axis=0)")


@pytest.mark.slow
def test_cell_of_a_notebook__is_named(tmp_path):
    forward, backward = TEXT.split("\n\n\ndef affine_backward")
    cells = [
        nbformat.v4.new_code_cell("print(1)"),
        nbformat.v4.new_code_cell(forward),
        nbformat.v4.new_code_cell("def affine_backward" + backward),
    ]
    path = tmp_path / "layers.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    found = finding(verify([str(path)], Plan(isolation=strongest(), checks=("gradient",))))
    assert (found.line, found.file, found.edit) == (5, "layers.ipynb In[3]", "db = dout.sum(axis=0)")


@pytest.mark.slow
def test_line_that_only_seems_to_mend__is_not_shown(submission, monkeypatch):
    """What the search says is judged again: here it says that another line mends."""
    from gradcheck.judging import searcher

    def forged(session, plan, parts):
        part = parts[0]
        mend = hinting.Mend(submission, ((12, 13, ("    dw = 0 * w",)),), 0.0, "forged", 1, 0.0)
        return [hinting.Mended(part.layer, part.part, part.function, (mend,))]

    monkeypatch.setattr(searcher, "searched", forged)
    assert finding(verify([submission], Plan(isolation=strongest(), checks=("gradient",)))).line is None


@pytest.mark.slow
def test_edit_of_a_function_that_others_call__must_leave_those_right(tmp_path):
    """`total` is right for one layer, so that the line is where the other one calls it."""
    path = tmp_path / "layers.py"
    helper = "def total(a, axis):\n    return a.sum(axis=axis)\n\n\n"
    relu = "\n\ndef relu_forward(x):\n    return np.maximum(x, 0) + 0 * total(x, 0)[:1], x\n\n\n"
    relu += "def relu_backward(dout, cache):\n    return dout * (cache > 0)\n"
    text = RIGHT.replace("dout.sum(axis=0)", "total(dout, 1)").replace("\n\n\n", f"\n\n\n{helper}", 1) + relu
    path.write_text(text)
    report = verify([str(path)], Plan(isolation=strongest(), checks=("gradient", "output", "shapes")))
    wrong = [each for each in report.findings() if each.verdict.is_wrong]
    assert {each.edit for each in wrong} == {"db = total(dout, 0)"}
