"""Whose fault an exception is: the adapter's, of which nothing is judged, or the author's."""

import pytest

from gradcheck import Plan, verify
from tests.gradcheck.adapters.conftest import CHECKS, verdicts


def reasons(target):
    """Return why functions were not judged."""
    found = {each.name: each.reason for each in target.unjudged}
    return {**found, **{part.function: part.reason for part in target.parts if part.reason}}


@pytest.mark.slow
@pytest.mark.sample(1)
def test_bug_of_an_adapter__is_not_judged_and_names_its_line(judge, edit):
    edit("grading.py", "dw.transpose(3, 2, 0, 1)", "dw.transpose(3, 2, 0)")
    found = judge("student.py", "grading.py")
    assert verdicts(found) == {"conv2d_forward": "pass", "conv2d_backward": "skip"}
    assert "its adapter raised ValueError" in reasons(found)["conv2d_backward"]
    assert "(grading.py:10)" in reasons(found)["conv2d_backward"]


@pytest.mark.slow
@pytest.mark.sample(1)
def test_bug_of_an_adapter_in_forward__leaves_nothing_judged(judge, edit):
    edit("grading.py", "b, stride, pad)\n    return", "b, stride, pad, 1, 1)\n    return")
    found = judge("student.py", "grading.py")
    assert found.verdict == "error"
    assert "takes from 3 to 5 positional arguments" in reasons(found)["conv2d_forward"]
    assert "(grading.py:5)" in reasons(found)["conv2d_forward"]


@pytest.mark.slow
def test_bug_of_an_adapter_on_some_cases__is_no_pass(judge, edit):
    edit("grading.py", "    dx, dw, db", "    if layer.pad > 1: dout.reshape(7, -1, 3)\n    dx, dw, db")
    found = judge("student.py", "grading.py")
    assert verdicts(found) == {"conv2d_forward": "pass", "conv2d_backward": "inconclusive"}
    assert any("(grading.py:9)" in (check.reason or "") for check in found.parts[1].checks)


@pytest.mark.slow
def test_adapter__leaves_a_case_out_by_not_implemented_error(judge, edit):
    edit("grading.py", "    layer = ", "    if pad > 1: raise NotImplementedError\n    layer = ")
    found = judge("student.py", "grading.py")
    assert verdicts(found) == {"conv2d_forward": "pass", "conv2d_backward": "pass"}
    assert 0 < found.parts[0].cases < judge("mylib", "adapter.py").parts[0].cases


@pytest.mark.sample(1)
def test_exception_in_the_authors_code__is_an_error_with_the_authors_line(judge, edit, folder):
    edit("student.py", "        _, height, width, _ = images.shape", "        height, width = images.shape")
    line = (folder / "student.py").read_text().splitlines().index("        height, width = images.shape") + 1
    found = judge("student.py", "grading.py")
    assert verdicts(found) == {"conv2d_forward": "pass", "conv2d_backward": "error"}
    assert f"(student.py:{line})" in found.parts[1].findings[0].message
    assert "adapter" not in found.parts[1].findings[0].message


@pytest.mark.sample(1)
def test_function_that_the_target_lacks__is_missing(judge, folder):
    (folder / "lazy.py").write_text(
        "import student\n\ndef relu_forward(x):\n    return student.relu_forward(x)\n\n"
        "def relu_backward(dout, cache):\n    return student.relu_backward(dout, cache)\n"
    )
    found = judge("student.py", "lazy.py")
    assert verdicts(found)["relu_backward"] == "missing"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "from student import Conv3D\n",
            "loaded: broken.py:1 raises ImportError on import: cannot import name",
        ),
        ("import nowhere\n", "loaded: broken.py:1 raises ModuleNotFoundError on import: No module named"),
        ("import student\n\nx = 1 / 0\n", "loaded: broken.py:3 raises ZeroDivisionError on import"),
        ("import sys\nsys.exit()\n", "loaded: broken.py:2 calls sys.exit on import"),
    ],
)
def test_adapter_that_fails_on_import__is_an_error_with_its_line(judge, folder, text, said):
    (folder / "broken.py").write_text(text)
    found = judge("student.py", "broken.py")
    assert (found.verdict, found.parts) == ("error", ())
    assert said in found.error


HOSTILE = """
import sys
import numpy as np

np.allclose = np.array_equal = np.isclose = lambda *args, **options: True
np.tensordot = lambda a, b, axes: np.zeros(1)


class Conv2D:
    def __init__(self, weights, bias, stride, pad):
        self.weights, self.bias, self.stride, self.pad = weights, bias, stride, pad

    def run(self, images):
        vars(sys.modules.get("gradcheck_adapter", sys)).pop("conv2d_backward", None)
        n, h, w, _ = images.shape
        kh, kw, _, f = self.weights.shape
        self.images = images
        size = [(e + 2 * self.pad - k) // self.stride + 1 for e, k in ((h, kh), (w, kw))]
        return np.zeros((n, *size, f))

    def learn(self, upstream):
        {end}
"""
ENDS = {
    "zeros": "return np.zeros_like(self.images), np.zeros_like(self.weights), np.zeros_like(self.bias)",
    "a forged frame": 'exec(compile("raise ValueError", "/<adapter>/grading.py", "exec"))',
    "all that is equal": "return (type('All', (), {'__eq__': lambda *two: True})(),) * 3",
}


@pytest.mark.slow
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.sample(1)
def test_hostile_target__gains_nothing_by_the_adapter(folder, end):
    (folder / "hostile.py").write_text(HOSTILE.replace("{end}", end))
    plan = Plan(adapter="grading.py", cases=0, checks=CHECKS, isolation="strongest", hint="mistake")
    (found,) = verify(["hostile.py"], plan).targets
    assert "pass" not in verdicts(found).values()
    assert verdicts(found)["conv2d_forward"] == "fail"


LEAVING = """
import student

class Conv2D(student.Conv2D):
    def run(self, images):
        if self.pad or self.stride > 1:  # not where the ways to call it are tried
            raise_as_adapter = compile("raise NotImplementedError", "/<adapter>/grading.py", "exec")
            exec(raise_as_adapter)
        return super().run(images)
"""


def test_hostile_target__leaves_no_case_out_that_the_adapter_does_not(folder):
    (folder / "hostile.py").write_text(LEAVING)
    plan = Plan(adapter="grading.py", cases=0, checks=CHECKS, isolation="strongest", hint="mistake")
    (found,) = verify(["hostile.py"], plan).targets
    assert "pass" not in verdicts(found).values()


def test_hostile_target__blames_no_adapter_where_there_is_none(folder):
    text = "import numpy as np\ndef relu_forward(x):\n"
    text += "    exec(compile('raise ValueError', '/<adapter>/grading.py', 'exec'))\n    return np.maximum(x, 0), x\n"
    (folder / "hostile.py").write_text(text)
    (found,) = verify(
        ["hostile.py"], Plan(cases=0, checks=CHECKS, isolation="strongest", hint="mistake")
    ).targets
    assert verdicts(found)["relu_forward"] == "error"
