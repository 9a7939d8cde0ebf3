"""The framework dialect on PyTorch's tensors: autograd is the backward, and PyTorch's own functions are a target."""

from pathlib import Path

import pytest

from gradcheck import Plan, verify
from gradcheck.isolation.levels import Level, Limits

pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')

# PyTorch's functions that are judged: of the first, autograd's gradients too.
BOTH = (
    "avg_pool2d conv2d conv_transpose2d cross_entropy group_norm layer_norm leaky_relu linear max_pool2d mse_loss relu "
    "sigmoid tanh"
)
FORWARD = (
    "adaptive_avg_pool2d batch_norm binary_cross_entropy binary_cross_entropy_with_logits dropout elu huber_loss "
    "instance_norm kl_div l1_loss rms_norm silu"
)
TENSORS = Path(__file__).parents[1] / "data" / "framework" / "tensors.py"


@pytest.mark.parametrize("level", [Level.PROCESS, Level.RLIMITS])
def test_functions_of_tensors_have_autograd_for_their_backward(level):
    plan = Plan(cases=2, isolation=level, limits=Limits(packages=("torch",)))
    (target,) = verify([str(TENSORS)], plan).targets
    assert target.dialect == "framework"
    assert {(part.function, part.part): part.verdict for part in target.parts} == {
        ("conv2d", "forward"): "pass",
        ("conv2d", "backward"): "pass",
        ("max_pool2d", "forward"): "fail",
        ("max_pool2d", "backward"): "pass",  # autograd derives the wrong forward
    }


def test_pytorch_functions__pass():
    (target,) = verify(["torch.nn.functional"], Plan(cases=2)).targets
    judged = [part for part in target.parts if part.verdict != "skip"]
    assert {part.function: part.verdict for part in judged if part.verdict != "pass"} == {}
    halves = {
        part: sorted(each.function for each in judged if each.part == part)
        for part in ("forward", "backward")
    }
    assert halves == {"forward": sorted(BOTH.split() + FORWARD.split()), "backward": BOTH.split()}
    ignored = {part.asked.ranges["ignored"] for part in judged if part.layer == "softmax_loss"}
    assert ignored == {"most, none, one"}
    assert not any("rank 3" in each for part in judged for each in part.unasked)
