"""The examples run, and their numbers are the published ones."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
KNOWN = {
    name: np.array(value) if isinstance(value, list) else value
    for name, value in json.loads((ROOT / "tests" / "data" / "conv_layer_example.json").read_text()).items()
}


# The worked example.


@pytest.fixture(scope="module")
def worked():
    return runpy.run_path(str(EXAMPLES / "worked_example.py"))


def test_worked_example__has_the_published_numbers(worked):
    inputs = {"x": "X", "weights": "WEIGHTS", "bias": "BIAS", "sensitivity": "SENSITIVITY"}
    assert all(np.array_equal(KNOWN[name], worked[ours]) for name, ours in inputs.items())
    assert (KNOWN["stride"], KNOWN["pad"]) == (worked["STRIDE"], worked["PAD"])
    out, cache = worked["forward"](worked["X"], worked["WEIGHTS"], worked["BIAS"])
    assert np.array_equal(out, KNOWN["output"])
    _, dw, db = worked["backward"](worked["SENSITIVITY"], cache)
    assert np.array_equal(worked["step"](worked["WEIGHTS"], dw).round(12), KNOWN["weights_after"])
    assert np.array_equal(worked["step"](worked["BIAS"], db).round(12), KNOWN["bias_after"])


def test_worked_example__prints_each_step():
    command = [sys.executable, str(EXAMPLES / "worked_example.py")]
    text = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    for line in (
        "out[0, 0, 0] = 1 + 2*1 + 2*1 + 2*1 + 1*-1 = 6",
        "dw[0, 0, 0, 0] = 2*2 + 2*2 = 8",
        "w[0, 0, 0, 0] = -1 - 0.001*8 = -1.008",
        "check_network: dx, dw and db are the derivatives of the forward",
    ):
        assert line in text


# The digits.

BATCH, STEPS = 6, 10


@pytest.fixture(scope="module")
def train_digits():
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(EXAMPLES))
    import train_digits

    yield train_digits
    patch.undo()
    del sys.modules["train_digits"]


def images(count):
    rng = np.random.default_rng(1)
    return rng.integers(0, 17, (count, 1, 8, 8)) / 16, rng.integers(0, 10, count)


def after_ten_steps(module, implementation, monkeypatch):
    monkeypatch.setattr(module, "BATCH", BATCH)
    params = module.parameters()
    module.train(params, implementation, STEPS, (*images(BATCH * STEPS), *images(4)))
    return params


def alike(one, other, sums):
    """Return whether numbers agree to rounding, each of a sum of so many terms."""
    return all(
        np.abs(one[name] - other[name]).max()
        <= 4 * sums * np.finfo(float).eps * (1 + np.abs(one[name]).max())
        for name in one
    )


@pytest.mark.slow
@pytest.mark.parametrize("implementation", ["naive", "torch"])
def test_digits__the_same_network_has_the_same_gradients_and_weights(
    train_digits, implementation, monkeypatch
):
    if implementation == "torch":
        pytest.importorskip("torch", reason='torch is an extra: pip install -e ".[peers]"')
    params, data = train_digits.parameters(), images(BATCH)
    losses, grads = zip(
        *(train_digits.loss_of(params, each)(*data) for each in ("fast", implementation)), strict=True
    )
    assert losses[0] == pytest.approx(losses[1], rel=1e-14)
    assert alike(*grads, sums=BATCH * 64)
    weights = [after_ten_steps(train_digits, each, monkeypatch) for each in ("fast", implementation)]
    assert alike(*weights, sums=BATCH * 64 * STEPS)
    assert not alike(weights[0], params, sums=BATCH * 64 * STEPS)


@pytest.mark.slow
def test_digits__checks_its_gradients_before_it_starts(train_digits, monkeypatch, tmp_path):
    right = train_digits.loss_of

    def wrong(params, implementation):
        def loss(x, y):
            value, grads = right(params, implementation)(x, y)
            return value, {**grads, "conv.w": 1.01 * grads["conv.w"]}

        return loss

    monkeypatch.setattr(train_digits, "digits", lambda: (*images(8), *images(4)))
    monkeypatch.setattr(train_digits, "loss_of", wrong)
    monkeypatch.setattr(sys, "argv", ["train_digits.py", "--out", str(tmp_path)])
    with pytest.raises(AssertionError, match=r"dconv\.w: it is 1\.01 times the right one"):
        train_digits.main()


def test_digits__are_learnt_and_drawn(tmp_path):
    pytest.importorskip("sklearn", reason='scikit-learn is an extra: pip install -e ".[examples]"')
    pytest.importorskip("matplotlib", reason='matplotlib is an extra: pip install -e ".[examples]"')
    command = [sys.executable, str(EXAMPLES / "train_digits.py"), "--out", str(tmp_path)]
    text = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert "the gradients of conv.w, conv.b, affine.w, affine.b are right, end to end" in text
    share = float(text.partition("% of 450 test images recognised")[0].splitlines()[-1])
    assert share >= 97
    for name in ("training.png", "filters.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
