"""Layers from outside are known to one test only."""

import sys
import textwrap

import pytest

from gradcheck import Plan, use_layers, verify_functions
from gradcheck.layers.outside import registry


@pytest.fixture(autouse=True)
def unexplained(undiagnosed):
    """Leave out why something failed, but where a test is marked `diagnosed`."""


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """Forget the layers that a test adds."""
    monkeypatch.setattr(registry, "_outside", {})
    monkeypatch.setattr(registry, "_searched", set())


MISH = """
import numpy as np

from gradcheck import declare_layer


def mish(x):
    return x * np.tanh(np.logaddexp(0, x))


MISH = declare_layer(mish, "x: n ...", "smooth")
"""

RIGHT = """
import numpy as np


def mish_forward(x):
    t = np.tanh(np.logaddexp(0, x))
    return x * t, (x, t)


def mish_backward(dout, cache):
    x, t = cache
    slope = (1 - t * t) / (1 + np.exp(-x))
    return dout * (t + x * slope)
"""


@pytest.fixture
def mish(tmp_path, monkeypatch):
    """Be in a folder with mish.py, which declares the layer, and right.py and wrong.py, which implement it."""
    (tmp_path / "mish.py").write_text(MISH)
    (tmp_path / "right.py").write_text(RIGHT)
    (tmp_path / "wrong.py").write_text(RIGHT.replace(" + x * slope", ""))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def judge():
    """Return a function that judges two functions as an implementation of a layer; its report has both parts."""

    def judged(layer, forward, backward, **plan):
        use_layers(layer)
        functions = {f"{layer.name}_forward": forward, f"{layer.name}_backward": backward}
        (target,) = verify_functions(functions, Plan(**{"cases": 6, **plan})).targets
        assert target.error is None
        return {part.part: part for part in target.parts}

    return judged


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Return a function that installs a package with one module and one entry point."""

    names = set()

    def install(code, value, name="mylayers"):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(code))
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[gradcheck.layers]\nmine = {value}\n")
        names.add(name)
        monkeypatch.syspath_prepend(tmp_path)

    yield install
    for name in names:  # another test has a module of the same name
        sys.modules.pop(name, None)
