"""Each family of edits finds the mistake that it is for, among the edits of a function that has it."""

import ast

import numpy as np
import pytest

from tests.gradcheck.repair.written import Written, edited

X = np.arange(12.0).reshape(3, 4)
IMAGE = np.arange(32.0).reshape(1, 2, 4, 4)

MISTAKES = {
    "overlap": (
        "def f(x):\n    dx = np.zeros(3)\n    for i in range(3):\n        dx[i] = x[i, 0]\n    return dx",
        "dx[i] += x[i, 0]",
        (X,),
    ),
    "other name": ("def f(x, xhat):\n    return x * xhat.sum()", "return xhat * xhat.sum()", (X, X)),
    "twin": (
        "def f(x, HH, WW):\n    H = 3\n    W = 4\n    return x[0:H, 0:W]",
        "return x[0:HH, 0:WW]",
        (X, 1, 2),
    ),
    "throughout": ("def f(x, y):\n    return x * 2 + x ** 2", "return y * 2 + y ** 2", (X, X)),
    "exchanged names": (
        "def f(a, b, m):\n    return m * a + (1 - m) * b",
        "return m * b + (1 - m) * a",
        (X, X, 0.5),
    ),
    "eps in the root": (
        "def f(var, eps):\n    return np.sqrt(var) + eps",
        "return np.sqrt(var + eps)",
        (X, 1e-5),
    ),
    "eps missing": ("def f(var, eps):\n    return np.sqrt(var)", "return np.sqrt(var + eps)", (X, 1e-5)),
    "root missing": ("def f(x, var):\n    return x / var", "return x / np.sqrt(var)", (X, X + 1)),
    "axis": ("def f(x):\n    return np.sum(x, axis=1)", "return np.sum(x, axis=0)", (X,)),
    "axes of both statistics": (
        "def f(x):\n    m = x.mean(axis=(2, 3))\n    v = x.var(axis=(2, 3))\n    return m, v",
        "m = x.mean(axis=(1, 2, 3))\n    v = x.var(axis=(1, 2, 3))",
        (IMAGE,),
    ),
    "gamma and beta": (
        "def f(x, gamma, beta):\n    out = x / 2\n    return out",
        "out = x / 2 * gamma + beta",
        (X, X[0], X[0]),
    ),
    "stored under another name": (
        "def f(x):\n    score = x * 2\n    return abs(scores)",
        "scores = x * 2",
        (X,),
    ),
    "option given as a number": (
        "def g(x, s):\n    return x * s\n\n\ndef f(x, stride):\n    return g(x, 1)",
        "return g(x, stride)",
        (X, 2),
    ),
    "axis of a method": ("def f(x):\n    return x.mean()", "return x.mean(axis=0)", (X,)),
    "keepdims": ("def f(x):\n    return x.max(axis=1)", "return x.max(axis=1, keepdims=True)", (X,)),
    "crop": (
        "def f(x, p, H, W):\n    return x[:, :, p:-p, p:-p]",
        "return x[:, :, p:p + H, p:p + W]",
        (IMAGE, 1, 2, 2),
    ),
    "crop by the shape": (
        "def f(x, p):\n    return x[:, :, p:-p, p:-p]",
        "return x[:, :, p:x.shape[2] - p, p:x.shape[3] - p]",
        (IMAGE, 1),
    ),
    "factor dropped": ("def f(x, N):\n    return x.sum() / N", "return x.sum()", (X, 3)),
    "factor added": ("def f(x, gamma):\n    dx = x - 1\n    return dx", "dx = (x - 1) * gamma", (X, X)),
    "term added": ("def f(x, b):\n    out = x * 2\n    return out", "out = x * 2 + b", (X, X)),
    "mean": ("def f(x):\n    return np.mean(x, axis=0)", "return np.sum(x, axis=0)", (X,)),
    "operator": ("def f(x, y):\n    return x - y", "return x + y", (X, X)),
    "sides": ("def f(x, y):\n    return x - y", "return y - x", (X, X)),
    "sign": ("def f(x):\n    return -x.sum()", "return x.sum()", (X,)),
    "comparison": ("def f(x):\n    return x * (x >= 0)", "return x * (x > 0)", (X,)),
    "number": ("def f(x):\n    return 2 * x", "return 1 * x", (X,)),
    "stride": (
        "def f(x, stride):\n    for i in range(2):\n        y = x[i:i + 2]\n    return y",
        "y = x[i * stride:i * stride + 2]",
        (X, 1),
    ),
    "every s-th": (
        "def f(x, i, s, n):\n    return x[i:i + n]",
        "return x[i:i + s * n:s]",
        (X, 0, 2, 1),
    ),
    "results permuted": ("def f(x, w):\n    return x, w", "return (w, x)", (X, X)),
    "three results": ("def f(x, w, b):\n    return x, w, b", "return (w, b, x)", (X, X, X)),
    "copy": ("def f(x):\n    out = x\n    return out", "out = x.copy()", (X,)),
    "return in the loop": (
        "def f(x):\n    y = 0\n    for r in x:\n        y = y + r\n        return y",
        "    for r in x:\n        y = y + r\n    return y",
        (X,),
    ),
    "statement dropped": ("def f(x):\n    x = x / 2\n    return x", "pass", (X,)),
    "statistics kept": (
        "def f(x, param):\n    running_mean = x.mean(axis=0)\n    return x",
        "param['running_mean'] = running_mean",
        (X, {}),
    ),
    "mean's path": (
        "def f(x):\n    dx = x * 2\n    return dx",
        "dx -= dx.mean(axis=0, keepdims=True)",
        (X,),
    ),
    "added once": (
        "def f(dx, rows, v):\n    dx[rows] += v\n    return dx",
        "np.add.at(dx, rows, v)",
        (np.zeros(3), np.array([0, 0]), 1.0),
    ),
    "added once, with a slice": (
        "def f(dx, rows, v):\n    dx[:, rows] += v\n    return dx",
        "np.add.at(dx, (slice(None), rows), v)",
        (np.zeros((2, 3)), np.array([0, 0]), 1.0),
    ),
    "windows of both axes": (
        "def f(x, i, j, s, ho, wo):\n    return x[i:i + ho, j:j + wo]",
        "return x[i:i + s * ho:s, j:j + s * wo:s]",
        (X, 0, 0, 2, 1, 1),
    ),
    "into the condition": (
        "def f(x):\n    n = 0\n    for v in x[0]:\n        if v > 0:\n            n += 1\n        n -= 2\n    return n",
        "            n += 1\n            n -= 2",
        (X,),
    ),
    "complement": ("def f(x, momentum):\n    return momentum * x", "return (1 - momentum) * x", (X, 0.9)),
    "shift": ("def f(x):\n    return np.exp(x)", "np.exp(x - x.max(axis=1, keepdims=True))", (X,)),
    "order of axes": (
        "def f(x):\n    return x.transpose(0, 1, 3, 2)",
        "return x.transpose(0, 3, 1, 2)",
        (IMAGE,),
    ),
    "reshaped for transposed": (
        "def f(x, a, b, c):\n    return x.reshape(a, b, c)",
        "return x.reshape(a, c, b).transpose(0, 2, 1)",
        (X, 3, 2, 2),
    ),
    "transposed": ("def f(x, w):\n    return x @ w", "return x @ w.T", (X, np.eye(4))),
    "brackets": ("def f(x, m, s):\n    return x - m / s", "return (x - m) / s", (X, X, X + 1)),
    "shape": ("def f(x, d):\n    return d * 2", "return (d * 2).reshape(x.shape)", (X, X.ravel())),
    "for the whole": ("def f(x, row):\n    return row == np.max(x)", "np.max(row)", (X, X[0])),
    "bias in the loop": (
        "def f(x, b):\n    s = 0\n    for v in x:\n        s += v + b[0]\n    out = s * 1\n    return out",
        "out = s * 1 + b[0]",
        (X, X[0]),
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.sample(every=13)
def test_edits_of_a_mistake__have_what_mends_it(name, tmp_path):
    text, wanted, arguments = MISTAKES[name]
    scope = Written(tmp_path, f"import numpy as np\n\n\n{text}\n").scope("f", *arguments)
    assert any(wanted in made for made, _ in edited(scope))


def test_edits__are_undone(tmp_path):
    written = Written(tmp_path, f"import numpy as np\n\n\n{MISTAKES['stride'][0]}\n")
    scope = written.scope("f", X, 1)
    before = ast.dump(scope.unit.node, include_attributes=True)
    assert sum(1 for _ in edited(scope)) > 100
    assert ast.dump(scope.unit.node, include_attributes=True) == before


def test_edits__touch_lines_that_ran_only(tmp_path):
    text = "def f(x):\n    if x > 1:\n        return x + 2\n    return x + 3\n"
    scope = Written(tmp_path, text).scope("f", 0)
    assert {edit.statements[0].lineno for _, edit in edited(scope)} == {2, 4}


def test_failed_check_about_changes__makes_a_copy_likely(tmp_path):
    written = Written(tmp_path, "def f(x):\n    out = x\n    return out\n")

    def cost(*checks):
        scope = written.scope("f", X, checks=checks)
        return min(edit.cost for _, edit in edited(scope) if edit.kind == "copy")

    assert cost("unchanged") < cost("gradient")
