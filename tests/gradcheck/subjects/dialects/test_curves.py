"""Activations and losses under this suite's names, as people write them: their habits are right."""

from pathlib import Path

import pytest

from gradcheck import Plan, verify

FILE = Path(__file__).parents[3] / "data" / "pair" / "curves.py"


def parts_of(path, **plan):
    return {
        part.function: part
        for part in verify([str(path)], Plan(**{"cases": 2, "hint": "mistake"} | plan)).parts()
    }


@pytest.mark.slow
def test_habits__are_right():
    parts = parts_of(FILE)
    assert len(parts) == 12
    assert {name: part.findings for name, part in parts.items() if part.verdict != "pass"} == {}
    assert parts["gelu_forward"].unasked == ("approximate: only tanh",)
    assert parts["softmax_forward"].unasked == (
        "x of more than two axes: it is no softmax over the last one",
    )


WRONG = {
    "softmax over the batch": ("softmax", "axis=1", "axis=0", {"softmax_forward"}),
    "softmax over everything": (
        "softmax",
        "np.sum(e, axis=1, keepdims=True)",
        "np.sum(e)",
        {"softmax_forward"},
    ),
    "gelu of neither form": ("gelu", "0.044715 * x ** 3", "0.047 * x ** 3", {"gelu_forward"}),
    "gelu without its inner derivative": ("gelu", "(1 - t * t) * inner", "(1 - t * t)", {"gelu_backward"}),
}


@pytest.mark.parametrize(("layer", "was", "now", "wrong"), WRONG.values(), ids=WRONG)
def test_mistake__is_no_habit(tmp_path, layer, was, now, wrong):
    path = tmp_path / "curves.py"
    path.write_text(FILE.read_text().replace(was, now))
    parts = parts_of(path, layers=(layer,), checks=("output", "gradient"))
    assert {name for name, part in parts.items() if part.verdict == "fail"} == wrong
