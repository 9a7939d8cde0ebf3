"""Whole networks: every parameter's gradient by the derivative of their own loss."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck import Plan, verify
from gradcheck.commands import main

DATA = Path(__file__).parents[3] / "data" / "cs231n"
MODELS = Plan(layers=("model",), hint="mistake")


@pytest.fixture(scope="module")
def wrong():
    return {
        (part.function, part.part): part for part in verify([str(DATA / "wrong_models.py")], MODELS).parts()
    }


@pytest.fixture(scope="module")
def odd():
    return {
        (part.function, part.part): part for part in verify([str(DATA / "odd_models.py")], MODELS).parts()
    }


def faults(part):
    return {finding.tensor: finding.message for finding in part.findings if finding.severity == "fault"}


@pytest.mark.slow
def test_right_model__passes_however_it_is_constructed():
    parts = verify([str(DATA / "package/cs231n")], MODELS).parts()
    assert {part.layer for part in parts} == {"model"}
    assert {part.verdict for part in parts} == {"pass"}
    assert {part.function.removesuffix(".loss") for part in parts} == {
        "TwoLayerNet",
        "FirstNet",
        "ThreeLayerConvNet",
        "FullyConnectedNet",
        "FullyConnectedNet(normalization='batchnorm')",
        "FullyConnectedNet(normalization='layernorm')",
        "FullyConnectedNet(dropout_keep_ratio=0.75)",
    }
    notes = [(part.function, finding.message) for part in parts for finding in part.findings]
    assert notes == [("FirstNet.loss", "the regularisation has no factor of 0.5")]


@pytest.mark.slow
def test_wrong_model_gradient__is_found_placed_and_named(wrong):
    assert wrong["TwoLayerNet.loss", "forward"].verdict == "pass"
    found = faults(wrong["TwoLayerNet.loss", "backward"])
    assert set(found) == {"dW1", "db2"}
    assert found["dW1"].startswith(
        "not the gradient, the share of the regularisation, reg * W1, is missing: dW1["
    )
    assert found["db2"].startswith("not the gradient, it is divided by the number of samples twice: db2[")


@pytest.mark.slow
def test_missing_half__is_forward_s_fault_and_backward_is_judged_by_the_loss_as_it_is(wrong):
    (message,) = faults(wrong["Half.loss", "forward"]).values()
    assert message.endswith("0.5 reg sum(W**2): the factor of 0.5 is missing")
    assert set(faults(wrong["Half.loss", "backward"])) == {"dW1"}


@pytest.mark.slow
def test_shapes_and_missing_gradients_do_not_hide_the_others(wrong):
    found = faults(wrong["ThreeLayerConvNet.loss", "backward"])
    assert found["dW2"] == "dW2 has shape (4, 6); expected (6, 4)"
    assert found["db3"] == "there is no gradient for the parameter b3"
    assert set(found) == {"dW1", "db1", "dW2", "db3"}
    notes = [finding.message for finding in wrong["ThreeLayerConvNet.loss", "forward"].findings]
    assert notes == ["the biases are regularised, too"]


def test_crashing_model__is_forward_s_error_and_backward_has_no_verdict(wrong):
    forward, backward = (wrong["FullyConnectedNet.loss", part] for part in ("forward", "backward"))
    assert (forward.verdict, backward.verdict) == ("error", "inconclusive")
    assert faults(forward) == {None: "FullyConnectedNet.loss raised KeyError: 'W2' (wrong_models.py:105)"}
    assert faults(backward) == {}


def test_handed_out_model__is_missing(odd):
    for name in ("TwoLayerNet.loss", "FullyConnectedNet.loss"):
        assert {odd[name, part].verdict for part in ("forward", "backward")} == {"missing"}


def test_hinge_loss__is_as_good_as_softmax_and_any_name_will_do(odd):
    assert [odd["Hinge.loss", part].verdict for part in ("forward", "backward")] == ["pass", "pass"]
    assert not any(name.startswith("Trainer") for name, _ in odd)


@pytest.mark.parametrize(
    ("name", "why"),
    [("Single", "dtype float32, too coarse"), ("Elsewhere", "does not change with what `params`")],
)
def test_uninformative_loss__gives_no_verdict(odd, name, why):
    for part in ("forward", "backward"):
        assert odd[f"{name}.loss", part].verdict == "inconclusive"
        assert why in faults(odd[f"{name}.loss", part])[None]


@pytest.mark.slow
def test_failure__names_the_command_that_shows_it_again():
    arguments = [str(DATA / "wrong_models.py"), "--layer", "model", "--check", "shapes", "--seed", "3"]
    once = CliRunner().invoke(main, ["verify", *arguments, "--dialect", "cs231n"]).stdout
    lines = [line.split() for line in once.splitlines() if line.startswith("  again ")]
    assert lines == [["again", "gradcheck", "verify", *arguments, "--dialect", "cs231n"]] * 2
    again = CliRunner().invoke(main, lines[0][2:]).stdout
    assert all("  dW2 has shape (4, 6); expected (6, 4)\n" in told for told in (once, again))


def test_seed_and_checks__are_heeded():
    plan = Plan(layers=("model",), checks=("shapes",), seed=5)
    parts = verify([str(DATA / "wrong_models.py")], plan).parts()
    assert {check.check for part in parts for check in part.checks} == {"shapes"}
    assert {part.function for part in parts if part.verdict == "fail"} == {"ThreeLayerConvNet.loss"}


GUARDED = """
import numpy as np


class TwoLayerNet:
    def __init__(self, input_dim=5, hidden_dim=4, num_classes=3, weight_scale=0.1, reg=0.0):
        self.reg = reg
        self.params = {
            "W1": weight_scale * np.random.randn(input_dim, hidden_dim), "b1": np.zeros(hidden_dim),
            "W2": weight_scale * np.random.randn(hidden_dim, num_classes), "b2": np.zeros(num_classes),
        }

    def loss(self, X, y=None):
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        hidden = np.maximum(0, X @ W1 + b1)
        scores = hidden @ W2 + b2
        if y is None:
            return scores
        p = np.exp(scores - scores.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        rows = np.arange(len(y))
        loss = -np.log(p[rows, y] + EPS).mean() + 0.5 * self.reg * ((W1**2).sum() + (W2**2).sum())
        d = p.copy()
        d[rows, y] -= 1
        d /= len(y)
        dh = d @ W2.T * (hidden > 0)
        grads = {"W2": hidden.T @ d + self.reg * W2, "b2": d.sum(0)}
        return loss, grads | {"W1": X.T @ dh + self.reg * W1, "b1": dh.sum(0)}
"""


@pytest.mark.slow
@pytest.mark.parametrize(("eps", "verdict"), [("1e-8", "pass"), ("1e-12", "pass"), ("0.02", "fail")])
def test_loss_of_a_network__with_a_small_number_in_its_logarithm_has_a_note(judged, tmp_path, eps, verdict):
    path = tmp_path / "net.py"
    path.write_text(GUARDED.replace("EPS", eps))
    forward, backward = judged(str(path), layers=("model",)).parts
    assert (forward.verdict, backward.verdict) == (verdict, verdict)
    assert any("the loss saturates at" in found.message for found in forward.findings) == (verdict == "pass")
