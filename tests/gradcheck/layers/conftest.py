"""Layers from outside are known to one test only."""

import sys
import textwrap

import pytest

from gradcheck import Plan, use_layers, verify_functions
from gradcheck.layers.outside import registry


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """Forget the layers that a test adds."""
    monkeypatch.setattr(registry, "_outside", {})
    monkeypatch.setattr(registry, "_searched", set())


GELU = """
import math

import numpy as np

from gradcheck import declare_layer


def gelu(x):
    return x * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2))) / 2


GELU = declare_layer(gelu, "x: n ...", "smooth")
"""

RIGHT = """
import math

import numpy as np


def gelu_forward(x):
    erf = np.array([math.erf(v / math.sqrt(2)) for v in x.ravel()]).reshape(x.shape)
    cdf = ((1 + erf) / 2).astype(x.dtype)
    return x * cdf, (x, cdf)


def gelu_backward(dout, cache):
    x, cdf = cache
    pdf = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return dout * (cdf + x * pdf)
"""


@pytest.fixture
def gelu(tmp_path, monkeypatch):
    """Be in a folder with gelu.py, which declares the layer, and right.py and wrong.py, which implement it."""
    (tmp_path / "gelu.py").write_text(GELU)
    (tmp_path / "right.py").write_text(RIGHT)
    (tmp_path / "wrong.py").write_text(RIGHT.replace(" + x * pdf", ""))
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
