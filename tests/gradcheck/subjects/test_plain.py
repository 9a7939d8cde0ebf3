"""Which files have functions that their text alone decides, and which may have something that reaches further."""

from pathlib import Path
from textwrap import dedent

import pytest

from gradcheck.subjects.plain import bare, plain, rows

REPO = Path(__file__).parents[3]

RELU = """\
from builtins import range
import numpy as np

LEAST = 0.0

def relu_forward(x):
    '''The larger of x and 0.'''
    out = np.maximum(x, LEAST)  # where it is not negative
    return out, x

def relu_backward(dout, cache):
    return masked(dout, cache)

def masked(dout, x):
    dx = dout.copy()
    dx[x < LEAST] = 0
    return dx
"""

REACHING = {
    "import": "import os\n",
    "import from": "from numpy import testing\n",
    "local import": "def g():\n    import sys\n",
    "class": "class A:\n    pass\n",
    "statement": "np.seterr(all='raise')\n",
    "decorator": "@staticmethod\ndef g():\n    pass\n",
    "global": "def g():\n    global LEAST\n    LEAST = 1\n",
    "kept default": "def g(kept=[]):\n    kept.append(1)\n",
    "attribute that is set": "def g():\n    relu_forward.calls = 1\n",
    "code": "def g():\n    return relu_forward.__code__\n",
    "numpy's own": "def g():\n    return np.lib.stride_tricks\n",
    "memory": "def g(x):\n    return np.frombuffer(x)\n",
    "eval": "def g():\n    return eval('1')\n",
    "eval, local elsewhere": "def g():\n    eval('1')\n    def h():\n        eval = 1\n",
    "getattr": "def g():\n    return getattr(np, 'lib')\n",
    "unknown name": "def g():\n    return __loader__\n",
    "unknown name, local elsewhere": "def g():\n    __loader__.x()\n    def h():\n        __loader__ = 1\n",
    "list that is kept": "KEPT = []\n",
    "entry of a result": "def g(x):\n    relu_forward(x)[0] = 1\n",
    "entry of another's": "def g(x):\n    LEAST[0] = 1\n",
    "two of one name": "def relu_forward(x):\n    return x\n",
    "with": "def g():\n    with np.errstate():\n        pass\n",
    "delete": "def g(x):\n    del x\n",
    "syntax": "def g(:\n",
}


def test_plain_file__gives_a_function_with_what_it_calls():
    found = plain(RELU)
    assert [each.name for each in found.made_of(["relu_forward"])] == ["relu_forward"]
    assert [each.name for each in found.made_of(["relu_backward"])] == ["masked", "relu_backward"]
    assert found.made_of(["relu"]) is None


@pytest.mark.parametrize("more", REACHING.values(), ids=REACHING)
def test_file_in_which_something_reaches_further__is_not_plain(more):
    assert plain(RELU) is not None
    assert plain(RELU + more) is None


def test_bare__leaves_out_comments_and_lines_and_nothing_else():
    one = plain(RELU)
    other = plain(
        "# mine\n\n" + RELU.replace("    '''The larger of x and 0.'''\n", "").replace("  # where", "\n    # ")
    )
    changed = plain(RELU.replace("x < LEAST", "x <= LEAST"))
    for name, (same, differs) in {"relu_forward": (True, True), "masked": (True, False)}.items():
        assert (bare(one.functions[name]) == bare(other.functions[name])) is same
        assert (bare(one.functions[name]) == bare(changed.functions[name])) is differs
        assert len(rows(one.functions[name])) == len(rows(other.functions[name]))


def test_rows__say_where_the_same_is():
    text = dedent("""
    def g(x):
        '''Text.'''
        return x
    """)
    (one,), (other,) = (
        plain(each).made_of(["g"]) for each in (text, "#\n" + text.replace("    '''Text.'''\n", ""))
    )
    assert dict(zip(rows(one), rows(other), strict=True))[4] == 4
    assert dict(zip(rows(one), rows(other), strict=True))[2] == 3


@pytest.mark.parametrize("name", ["tests/data/cs231n/loops.py", "examples/cs231n_layers.py"])
def test_files_of_students__are_plain(name):
    assert plain((REPO / name).read_text()) is not None
