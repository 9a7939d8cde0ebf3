"""Functions named and called as frameworks do: whole, forward only, with few options, with all of Paddle's."""

from pathlib import Path

import pytest

from gradcheck import Plan, verify
from gradcheck.subjects.dialects.framework.forms import DILATION, GROUPS, PADDING, STRIDE
from gradcheck.subjects.dialects.framework.options import expressed, keywords, known_options

DATA = Path(__file__).parents[3] / "data" / "framework"
OPTIONS = (STRIDE, PADDING, DILATION, GROUPS)
PARAMS = {
    "stride": (2, 3),
    "pad": ((1, 1), (0, 0)),
    "dilation": (1, 2),
    "g": 2,
}


def judged(name, cases=8):
    (target,) = verify([str(DATA / name)], Plan(cases=cases, hint="mistake")).targets
    assert target.dialect == "framework"
    return {(part.function, part.layer, part.part): part for part in target.parts}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count"), [("functional.py", 10), ("limited.py", 3), ("paddle.py", 7)])
@pytest.mark.sample(1)
def test_right_file__passes_in_every_part(name, count):
    parts = judged(name)
    assert {key: part.findings for key, part in parts.items() if part.verdict != "pass"} == {}
    assert len(parts) == count


@pytest.mark.slow
def test_function_that_always_raises__is_not_judged(tmp_path):
    path = tmp_path / "planes.py"
    path.write_text(
        "def conv2d(inputs, kernel, bias, padding, stride):\n"
        "    if inputs.ndim != 3: raise ValueError('planes only')\n"
        "    return inputs * kernel.sum()\n"
    )
    (target,) = verify([str(path)], Plan(cases=0)).targets
    assert {part.verdict for part in target.parts} == {"skip"}
    assert target.error.endswith("one of them: conv2d raised ValueError: planes only (planes.py:2)")


def test_function_that_returns_a_tensor_of_its_own__is_not_judged(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(
        "class Variable:\n    def __init__(self, data): self.data = data\n"
        "class Sigmoid:\n    def forward(self, x): return Variable(x)\n    def backward(self, x): return Variable(x)\n"
    )
    (target,) = verify([str(path)], Plan(cases=2)).targets
    assert {part.verdict for part in target.parts} == {"skip"}
    assert "out is a Variable, whose numbers an adapter has to take out" in target.error


@pytest.mark.slow
def test_function_without_backward__is_judged_forward_only():
    parts = [part for _, layer, part in judged("functional.py", cases=0) if layer == "conv_transpose2d"]
    assert parts == ["forward"]


@pytest.mark.slow
def test_paddle_options__are_all_used_and_trans_is_a_layer_of_its_own():
    wrong = judged("paddle_wrong.py", cases=16)
    assert set(wrong) == {("conv2d", "conv2d", "forward"), ("img_conv_layer", "conv2d", "forward")}
    messages = [finding.message for finding in wrong["img_conv_layer", "conv2d", "forward"].findings]
    cases = [finding.case for finding in wrong["img_conv_layer", "conv2d", "forward"].findings]
    assert any(message.startswith("out has shape") for message in messages)
    assert any("_bposition" in case for case in cases if case)
    assert {layer for name, layer, _ in judged("paddle.py", cases=0) if name == "img_conv_layer"} == {
        "conv2d",
        "conv_transpose2d",
    }


@pytest.mark.diagnosed
def test_wrong_file__fails_where_it_is_wrong_and_the_mistake_is_named():
    parts = judged("wrong.py")
    by_name = {function: part.verdict for (function, _, _), part in parts.items()}
    # A linear layer whose weights are (D, M) is right by its own convention.
    assert by_name == {**dict.fromkeys(by_name, "fail"), "linear": "pass"}
    assert len(parts) == 4
    findings = parts["avg_pool2d_backward", "avg_pool2d", "backward"].findings
    assert [each.mutant for each in findings if each.verdict == "fail"] == ["divisor-missing"]
    finding = parts["conv2d", "conv2d", "forward"].findings[0]
    assert finding.message.startswith("out has shape")


def test_stubs_are_missing():
    (target,) = verify([str(DATA / "stubs.py")]).targets
    assert target.error == "there are only stubs in it"
    assert {part.verdict for part in target.parts} == {"missing"}


def test_options_of_a_function__are_found_by_calling_it():
    def pairs(x, stride=(1, 1), padding=(0, 0)):
        return stride[0] + padding[0]

    def single(x, stride=1, groups=1):
        return stride + groups

    def everything(x, **options):
        return options

    def never(x, stride=1):
        raise RuntimeError

    assert known_options("f", pairs, (0,), OPTIONS) == {"stride": True, "padding": True}
    assert known_options("f", single, (0,), OPTIONS) == {"stride": False, "groups": False}
    assert set(known_options("f", everything, (0,), OPTIONS)) == {each.keyword for each in OPTIONS}
    assert known_options("f", never, (0,), OPTIONS) == {"stride": True}


def test_options_of_a_function__are_the_only_ones_asked_of_it():
    known = {"stride": False, "padding": True}
    nearest = expressed(PARAMS, OPTIONS, known)
    assert nearest == {**PARAMS, "stride": (2, 2), "dilation": (1, 1), "g": 1}
    assert keywords(nearest, OPTIONS, known) == {"stride": 2, "padding": (1, 0)}
