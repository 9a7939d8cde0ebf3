"""docs/adapters.md does what it says."""

import ast
import re
from pathlib import Path

import pytest

from tests.gradcheck.adapters.conftest import verdicts

TEXT = (Path(__file__).parents[3] / "docs" / "adapters.md").read_text()
(SHOWN,) = re.findall(r"```python\n# adapter.py\n(.*?)```", TEXT, flags=re.DOTALL)

STANDING_IN = '''
import numpy as np
from student import Conv2D as Right


class Conv2D:
    """Has the interface of the library in the document, and its habit: gradients add up over calls."""

    def __init__(self, out_ch, kernel_shape, pad, stride):
        self.out_ch, self.kernel_shape, self.pad, self.stride = out_ch, kernel_shape, pad, stride
        self.parameters = {}

    def forward(self, x, retain_derived=True):
        if not self.parameters:
            shape = (*self.kernel_shape, x.shape[3], self.out_ch)
            self.parameters = {"W": np.ones(shape), "b": np.zeros((1, 1, 1, self.out_ch))}
            self.gradients = {name: np.zeros_like(value) for name, value in self.parameters.items()}
        layer = Right(self.parameters["W"], self.parameters["b"], self.stride, self.pad)
        self.layer = layer if retain_derived else None
        return layer.run(x)

    def backward(self, dout):
        dx, dw, db = self.layer.learn(dout)
        self.gradients["W"] += dw
        self.gradients["b"] += db.reshape(1, 1, 1, -1)
        return dx
'''


def test_documented_adapter__has_at_most_ten_lines():
    assert len([line for line in SHOWN.splitlines() if line.strip()]) <= 10
    assert [each.name for each in ast.parse(SHOWN).body[1:]] == ["conv2d_forward", "conv2d_backward"]


@pytest.fixture
def standing_in(folder):
    """Have a library with the interface of the one in the document, and the document's adapter."""
    package = folder / "numpy_ml" / "neural_nets"
    package.mkdir(parents=True)
    (package / "layers.py").write_text(STANDING_IN)
    (package / "student.py").write_text((folder / "student.py").read_text())
    (folder / "adapter.py").write_text(SHOWN)


@pytest.mark.sample(1)
def test_documented_adapter__judges_a_library_of_that_interface(judge, standing_in):
    found = judge("./numpy_ml", "adapter.py", checks=())
    assert verdicts(found) == {"conv2d_forward": "pass", "conv2d_backward": "pass"}


@pytest.mark.sample(1)
def test_gradients_that_add_up__fail_without_the_line_that_empties_them(judge, standing_in, edit):
    edit("adapter.py", 'grads = {"W": 0, "b": 0}', "grads = layer.gradients")
    found = judge("./numpy_ml", "adapter.py", checks=("repeatable",))
    assert verdicts(found)["conv2d_backward"] == "fail"
    assert "a second backward differs" in found.parts[1].findings[0].message
