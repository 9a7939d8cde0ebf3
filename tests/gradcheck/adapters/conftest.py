"""A library in another style than any dialect's, in a folder of its own, and an adapter for it."""

import pytest

from gradcheck import Plan, verify

LIBRARY = """
import numpy as np


class Conv2D:
    def __init__(self, weights, bias, stride=1, pad=0):
        self.weights, self.bias, self.stride, self.pad = weights, bias, stride, pad

    def patches(self, image):
        kh, kw = self.weights.shape[:2]
        heights = range(0, image.shape[1] - kh + 1, self.stride)
        widths = range(0, image.shape[2] - kw + 1, self.stride)
        for i, top in enumerate(heights):
            for j, left in enumerate(widths):
                yield i, j, np.s_[:, top : top + kh, left : left + kw], (len(heights), len(widths))

    def run(self, images):
        p = self.pad
        self.images = np.pad(images, ((0, 0), (p, p), (p, p), (0, 0)))
        out = None
        for i, j, window, size in self.patches(self.images):
            if out is None:
                out = np.zeros((len(images), *size, self.weights.shape[3]), images.dtype) + self.bias
            out[:, i, j] += np.tensordot(self.images[window], self.weights, 3)
        return out

    def learn(self, upstream):
        p, weights = self.pad, np.zeros_like(self.weights)
        images = np.zeros_like(self.images)
        for i, j, window, _ in self.patches(self.images):
            weights += np.tensordot(self.images[window], upstream[:, i, j], (0, 0))
            images[window] += np.tensordot(upstream[:, i, j], self.weights, (1, 3))
        _, height, width, _ = images.shape
        return images[:, p : height - p, p : width - p], weights, upstream.sum((0, 1, 2))


def relu_forward(x):  # wrong, and left alone
    return x, x
"""
WRONG = ("images[window] += np.tensordot", "images[window] = np.tensordot")

ADAPTER = """
from {module} import Conv2D

def conv2d_forward(x, w, b, stride: int, pad: int):
    layer = Conv2D(w.transpose(2, 3, 1, 0), b, stride, pad)
    return layer.run(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2), layer

def conv2d_backward(dout, layer):
    dx, dw, db = layer.learn(dout.transpose(0, 2, 3, 1))
    return dx.transpose(0, 3, 1, 2), dw.transpose(3, 2, 0, 1), db
"""

PLACES = {"in a worker": "strongest", "in this process": "process"}
CHECKS = ("implemented", "shapes", "output", "gradient")


@pytest.fixture(autouse=True)
def unexplained(undiagnosed):
    """Leave out why something failed, but where a test is marked `diagnosed`."""


@pytest.fixture(params=PLACES.values(), ids=PLACES)
def place(request):
    """Where the code runs."""
    return request.param


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Be in a folder with the library, as a package and as a file, and with adapters for both."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mylib").mkdir()
    (tmp_path / "mylib" / "__init__.py").write_text('VERSION = "1.0"\n')
    (tmp_path / "mylib" / "layers.py").write_text(LIBRARY)
    (tmp_path / "student.py").write_text(LIBRARY)
    (tmp_path / "adapter.py").write_text(ADAPTER.format(module="mylib.layers"))
    (tmp_path / "grading.py").write_text(ADAPTER.format(module="submission"))
    return tmp_path


@pytest.fixture
def edit(folder):
    """Return a function that replaces a piece of text in a file of the folder."""

    def edited(name, old, new):
        text = (folder / name).read_text()
        assert text.count(old) == 1
        (folder / name).write_text(text.replace(old, new))

    return edited


@pytest.fixture
def judge(folder, place):
    """Return a function that judges a target through an adapter."""

    def judged(target, adapter, **plan):
        asked = {"cases": 0, "checks": CHECKS, "isolation": place, **plan}
        return verify([target], Plan(adapter=adapter, **{"hint": "mistake"} | asked)).targets[0]

    return judged


def verdicts(target):
    """Return the verdict of each part by its function."""
    return {part.function: str(part.verdict) for part in target.parts}
