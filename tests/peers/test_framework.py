"""The framework dialect on PyTorch's tensors: autograd is the backward, and PyTorch's own functions are a target."""

from pathlib import Path

import pytest

from gradcheck import Plan, verify

pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')

TENSORS = Path(__file__).parents[1] / "data" / "framework" / "tensors.py"


def test_functions_of_tensors_have_autograd_for_their_backward():
    (target,) = verify([str(TENSORS)], Plan(cases=2)).targets
    assert target.dialect == "framework"
    assert {(part.function, part.part): part.verdict for part in target.parts} == {
        ("conv2d", "forward"): "pass",
        ("conv2d", "backward"): "pass",
        ("max_pool2d", "forward"): "fail",
        ("max_pool2d", "backward"): "inconclusive",
    }


def test_pytorch_functions__pass():
    (target,) = verify(["torch.nn.functional"], Plan(cases=2)).targets
    assert {part.function: part.verdict for part in target.parts if part.verdict != "pass"} == {}
    assert len(target.parts) == 26
