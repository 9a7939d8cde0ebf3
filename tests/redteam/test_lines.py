"""A submission that takes the search for its line over: it gains nothing but a line about itself."""

import textwrap

import pytest

from gradcheck import Plan, Verdict, verify
from gradcheck.isolation.levels import strongest
from gradcheck.judging import searcher

LAYERS = """
import numpy as np


def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    db = dout.mean(axis=0)
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, db
"""

FORGER = """
import sys

searching = sys.modules.get("gradcheck.judging.mending")
if searching is not None:

    def forged(self, part):
        mend = searching.Mend({file}, {hunks}, 0.0, "forged", 1, 0.0)
        return searching.Mended(part.layer, part.part, part.function, (mend,))

    searching.Mending.mended = forged
"""

TRUE_LINE = 11
MEND = "    db = dout.sum(axis=0)"

FORGED = {
    "no repair": ("__file__", f"(({TRUE_LINE}, {TRUE_LINE + 1}, ('    db = dout * 1',)),)"),
    "another file": ("'/etc/hostname'", "((1, 2, ('x = 1',)),)"),
    "a file of the suite": ("searching.__file__", "((1, 2, ('x = 1',)),)"),
    "lines that are not there": ("__file__", "((900, 901, ('x = 1',)),)"),
    "lines in reverse": ("__file__", "((9, 3, ('x = 1',)),)"),
    "the whole file": ("__file__", "((1, 30, ('x = 1',)),)"),
    "no syntax": ("__file__", f"(({TRUE_LINE}, {TRUE_LINE + 1}, ('(((',)),)"),
    "numbers for text": ("__file__", f"(({TRUE_LINE}, {TRUE_LINE + 1}, (1, 2)),)"),
    "an endless text": ("__file__", f"(({TRUE_LINE}, {TRUE_LINE + 1}, ('x' * 10**7,)),)"),
    "a file that is no text": ("5", "()"),
    "a lost process": ("sys.exit(3)", "()"),
    "nothing at all": ("None", "None"),
}


def judged(tmp_path, file, hunks, hint="edit"):
    path = tmp_path / "layers.py"
    path.write_text(LAYERS.lstrip("\n") + textwrap.dedent(FORGER).format(file=file, hunks=hunks))
    plan = Plan(isolation=strongest(), checks=("output", "gradient"), hint=hint)
    return verify([str(path)], plan)


def seen(report):
    return [
        (part.function, part.verdict, [each.message for each in part.findings]) for part in report.parts()
    ]


@pytest.mark.parametrize("name", FORGED)
@pytest.mark.sample(1)
def test_forged_line__is_not_shown_and_changes_no_verdict(name, tmp_path):
    report = judged(tmp_path, *FORGED[name])
    assert seen(report) == seen(judged(tmp_path, *FORGED[name], hint="none"))
    assert report.verdict is Verdict.FAIL
    assert [finding.line for finding in report.findings()] == [None]


@pytest.mark.slow
def test_forged_line_that_mends__is_a_line_about_itself(tmp_path):
    line = f"{MEND}  # \\x1b[31m[bold]you passed\\x00"
    report = judged(tmp_path, "__file__", f"(({TRUE_LINE - 1}, {TRUE_LINE}, ('{line}',)),)")
    (finding,) = report.findings()
    assert report.verdict is Verdict.FAIL
    assert finding.edit is None or finding.edit.isprintable()


@pytest.mark.slow
def test_search_that_does_not_answer__is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(searcher, "PART", 1.0)
    report = judged(tmp_path, "__import__('time').sleep(60)", "()")
    assert report.verdict is Verdict.FAIL
    assert [finding.line for finding in report.findings()] == [None]
