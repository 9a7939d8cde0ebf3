"""Stubs that raise on their own placeholder are missing; code that does its work and has a bug is an error."""

from pathlib import Path

import numpy as np
import pytest

from gradcheck import Plan, verify
from gradcheck.calling.raising import Trouble, trouble_of
from gradcheck.isolation.levels import Level, strongest
from gradcheck.subjects.loading import load

STUBS = {
    "method": "out = None\nout = out.astype(x.dtype, copy=False)\nreturn out, (x, p)",
    "pair": "mask, out = None, None\ncache = (p, mask)\nout = out.astype(x.dtype)\nreturn out, cache",
    "never assigned": "cache = (x, p)\nreturn out, cache",
    "nothing assigned": "return dx, dw, db",
    "assigned from itself": "out = out.copy()\nreturn out, x",
    "chain": "dx = dw = None\nprint(dw.shape)\nreturn dx, dw",
    "annotated": "out: object = None\nassert out is not None, 'no output'\nreturn out, x",
    "shape": "dx = None\nassert dx.shape == x.shape\nreturn dx",
    "scaled": "dx = None\ndx = dx / x.shape[0]\nreturn 0.0, dx",
    "scaled in place": "loss, dx = 0.0, None\ndx /= x.shape[0]\nreturn loss, dx",
    "times itself": "s = None\nds = s * (1 - s)\nreturn s, ds",
    "sizes": "H_out = 1 + (x.shape[0] - 3) // 1\nout = None\nfor i in range(H_out):\n    pass\nreturn out.copy(), x",
    "unpacked": "(m, n) = None\nZ = None\nfor i in range(None):\n    Z[i] = None\nreturn Z, x",
    "in place": "dx = None\nfor i in range(3):\n    dx[i] += None\nreturn dx",
    "NumPy": "n = None\nones = np.ones((n, 1))\nZ = None\nreturn Z",
    "reshaped": "dx = None\ndx = np.reshape(dx, x.shape).sum()\nreturn dx.sum()",
    "buffer": "mean = np.zeros(3)\nout = None\nout = out.reshape(x.shape)\nreturn out, x",
    "ellipsis": "out = ...\nreturn out.astype(x.dtype), x",
    "NotImplemented raised": "raise NotImplemented",
    "NotImplemented called": "raise NotImplemented('later')",
    "NotImplementedError, later": "a, b = None\nraise NotImplementedError",
    "exception": "raise Exception('to-do: the formula')",
    "assertion": "assert False, 'not implemented'",
}
WORK = {
    "misspelled result": "out = x * 2\ncache = x\nreturn otu, cache",
    "misspelled cache": "out = x * 2\nreturn out, cahce",
    "misspelled argument": "n = X.shape[0]\nout = x.reshape(n, -1) + 1\nreturn out, x",
    "one line": "return x * (cahce > 0)",
    "mask": "mask = None\nout = x * mask / 2\nreturn out, mask",
    "branch": "if p == 17:\n    out = x * 2\nreturn out, x",
    "accumulated": "total = None\nfor k in range(3):\n    total = total + x\nreturn total, x",
    "state": "h = None\nfor k in range(3):\n    h = np.tanh(x + h)\nreturn h, x",
    "not initialised": "dw += x\nreturn dw",
    "other name": "out = None\nouy = x * 2\nreturn out.astype(x.dtype), x",
    "sorted in place": "out = x.copy()\nout = out.sort()\nout[out < 0] = 0\nreturn out, x",
    "helper": "out = np.copyto(x.copy(), x)\nreturn out.sum(), x",
    "argument": "out = p\nreturn out.shape, x",
    "nonlocal": "out = None\ndef inner():\n    nonlocal out\n    out = None\ninner()\nreturn out.shape",
    "on purpose": "raise ValueError('x has three axes')",
    "forgotten return": "out = x * 2\nout = out + cahce",
}


def trouble(folder: Path, body: str) -> Trouble:
    indented = "\n    ".join(body.splitlines())
    (folder / "layers.py").write_text(f"import numpy as np\n\n\ndef f(x, p):\n    {indented}\n")
    with load(str(folder / "layers.py")) as loaded:
        try:
            loaded.namespaces[0].members["f"](np.arange(12.0).reshape(4, 3), None)  # type: ignore[operator]
        except Exception as problem:  # noqa: BLE001 - as the suite does
            return trouble_of(problem)
    raise AssertionError("it raised nothing")


@pytest.mark.parametrize("body", STUBS.values(), ids=STUBS)
def test_stub_that_raises__is_missing(tmp_path: Path, body: str) -> None:
    assert trouble(tmp_path, body).kind == "missing"


@pytest.mark.parametrize("body", WORK.values(), ids=WORK)
def test_work_that_raises__is_not_taken_for_a_stub(tmp_path: Path, body: str) -> None:
    assert trouble(tmp_path, body).kind in ("crashed", "refused")


def test_stub_in_a_notebook_cell__is_missing(tmp_path: Path) -> None:
    path = tmp_path / "week.ipynb"
    cell = '{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1, "source": %s}'
    source = '["def f(x):\\n", "    out = None\\n", "    return out.copy()\\n"]'
    path.write_text('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [%s]}' % (cell % source))
    with load(str(path)) as loaded, pytest.raises(AttributeError) as caught:
        loaded.namespaces[0].members["f"](1)  # type: ignore[operator]
    assert trouble_of(caught.value).kind == "missing"


DROPOUT = """
def dropout_forward(x, dropout_param):
    mask, out = None, None
    out = out.astype(x.dtype, copy=False)
    return out, (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    dx = None
    if dropout_param["mode"] == "test":
        dx = dout
    return dx
"""
RELU = """
def relu_forward(x):
    {}


def relu_backward(dout, cache):
    {}
"""
VALUES = {
    "NotImplemented": ("return NotImplemented", "return NotImplemented"),
    "ellipsis": ("out = ...\n    return out, x", "..."),
    "only ellipses": ("...", "return ..."),
}


def verdicts(folder: Path, text: str) -> dict[str, str]:
    (folder / "layers.py").write_text(f"import numpy as np\n{text}")
    (target,) = verify([str(folder / "layers.py")], Plan(isolation=strongest())).targets
    return {part.part: str(part.verdict) for part in target.parts}


def test_stub_of_both_functions__is_missing_in_both(tmp_path: Path) -> None:
    assert verdicts(tmp_path, DROPOUT) == {"forward": "missing", "backward": "missing"}


@pytest.mark.parametrize("bodies", VALUES.values(), ids=VALUES)
def test_placeholder_that_is_returned__is_missing(tmp_path: Path, bodies: tuple[str, str]) -> None:
    assert verdicts(tmp_path, RELU.format(*bodies)) == {"forward": "missing", "backward": "missing"}


FORGOTTEN = (
    "out = np.maximum(x, 0)\n    cache = x",
    "dx = np.zeros(cache.shape)\n    dx[cache > 0] = dout[cache > 0] * 1",
)
NOTHING_THERE = {
    "pass": "pass",
    "unpacked": "out = None\n    size = x.shape",
    "sizes": "n = x.shape[0]\n    half = 1 + (n - 1) // 2\n    for i in range(half):\n        pass",
}


@pytest.mark.parametrize("in_process", [False, True])
def test_forgotten_return__is_an_error(tmp_path: Path, in_process: bool) -> None:
    (tmp_path / "layers.py").write_text(
        f"import numpy as np\n{RELU.format(FORGOTTEN[0], 'return dout * (cache > 0)')}"
    )
    plan = Plan(isolation=Level.PROCESS if in_process else strongest())
    (target,) = verify([str(tmp_path / "layers.py")], plan).targets
    assert [part.verdict for part in target.parts] == ["error", "inconclusive"]
    message = "relu_forward returned None: it computes a result, and has no return statement"
    assert message in {finding.message for finding in target.parts[0].findings}


def test_forgotten_return_of_a_backward__is_an_error(tmp_path: Path) -> None:
    text = RELU.format("return x * (x > 0), x", FORGOTTEN[1])
    assert verdicts(tmp_path, text) == {"forward": "pass", "backward": "error"}


@pytest.mark.parametrize("body", NOTHING_THERE.values(), ids=NOTHING_THERE)
def test_stub_without_return__is_missing(tmp_path: Path, body: str) -> None:
    assert verdicts(tmp_path, RELU.format(body, "pass")) == {"forward": "missing", "backward": "missing"}


def test_written_backward_of_a_stub__gets_no_verdict(tmp_path: Path) -> None:
    text = RELU.format("out = None\n    return out.copy(), x", "return dout * (cache > 0)")
    assert verdicts(tmp_path, text) == {"forward": "missing", "backward": "inconclusive"}
