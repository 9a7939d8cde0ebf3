"""A project with two layers, one of them wrong, and pytest with the plugin."""

from pathlib import Path

import pytest

import gradcheck.judging.run  # before any run inside this process, which forgets what it imports  # noqa: F401

ROOT = Path(__file__).parents[3]
LAYERS = """
import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, {db}


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, x):
    {relu}
"""
RIGHT = {"db": "dout.sum(axis=0)", "relu": "return np.where(x > 0, dout, 0)"}
WRONG_BIAS = {**RIGHT, "db": "dout.mean(axis=0)"}
STUB = {**RIGHT, "relu": "raise NotImplementedError"}

QUICK = ("-p", "gradcheck.pytest_plugin", "-p", "no:cacheprovider", "--gradcheck-cases", "1")


def layers(path, code):
    """Write the file with both layers."""
    (path / "layers.py").write_text(LAYERS.format(**code))


@pytest.fixture(autouse=True)
def unexplained(undiagnosed):
    """Leave out why something failed in runs inside this process, but where a test is marked `diagnosed`."""


@pytest.fixture(autouse=True)
def this_suite(monkeypatch):
    """Let runs in another process have this suite, whichever is installed."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture(autouse=True)
def not_on_github(monkeypatch):
    """Let GitHub know nothing of these runs, where it runs them."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def wrong(pytester):
    """Be in a project where the gradient of affine's bias is wrong."""
    layers(pytester.path, WRONG_BIAS)
    return pytester


@pytest.fixture
def run(pytester):
    """Run pytest on layers.py."""

    def pytest_on(*arguments, quick=QUICK):
        return pytester.runpytest_inprocess(*quick, "--gradcheck", "layers.py", *arguments)

    return pytest_on


@pytest.fixture
def rewrite(pytester):
    """Write layers.py anew: with code that replaces what is right."""
    return lambda **code: layers(pytester.path, {**RIGHT, **code})
