"""Losses and update rules of the course EECS 498, which are written on PyTorch's tensors, are called on these."""

import pytest

from gradcheck import Plan, verify

pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')

CODE = """
import torch


def svm_loss_vectorized(W, X, y, reg):
    rows = torch.arange(len(y))
    scores = X.mm(W)
    excess = torch.clamp(scores - scores[rows, y][:, None] + 1, min=0)
    excess[rows, y] = 0
    counts = (excess > 0).to(X.dtype)
    counts[rows, y] = -counts.sum(dim=1)
    dW = X.t().mm(counts) / len(y) + 2 * reg * W
    return excess.sum() / len(y) + reg * (W * W).sum(), dW


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", torch.zeros_like(w))
    v = config["momentum"] * v - config["learning_rate"] * dw
    config["velocity"] = v
    return w + v, config
"""


@pytest.mark.parametrize(
    ("was", "now", "wrong"),
    [
        ("", "", set()),
        ("2 * reg * W", "reg * W", {("svm_loss_vectorized", "backward")}),
        ("return w + v", "return w - v", {("sgd_momentum", "forward")}),
    ],
    ids=["right", "factor of two missing", "velocity subtracted"],
)
def test_file_on_tensors__is_judged_as_one_on_arrays(tmp_path, was, now, wrong):
    path = tmp_path / "on_tensors.py"
    path.write_text(CODE.replace(was, now) if was else CODE)
    parts = verify([str(path)], Plan(isolation="process", cases=0)).parts()
    assert len(parts) == 3
    assert {(part.function, part.part) for part in parts if part.verdict != "pass"} == wrong
