"""A published example of a hand-written convolution layer, down to the weights after one step of descent."""

import json
from pathlib import Path

import numpy as np
import pytest

from gradcheck import fast, naive

EXAMPLE = json.loads((Path(__file__).parents[1] / "data" / "conv_layer_example.json").read_text())


def example(name):
    return np.array(EXAMPLE[name], dtype=float)


@pytest.fixture(params=[naive, fast], ids=["naive", "fast"])
def passed(request):
    """Return the output, and the gradients of weights and bias, for the example's one image."""
    options = {"stride": EXAMPLE["stride"], "pad": EXAMPLE["pad"]}
    out, cache = request.param.conv2d_forward(
        example("x")[None], example("weights"), example("bias"), **options
    )
    return out, *request.param.conv2d_backward(example("sensitivity")[None], cache)[1:]


def test_worked_example_output__is_the_published_one(passed):
    np.testing.assert_array_equal(passed[0], example("output")[None], strict=True)


@pytest.mark.parametrize(("name", "index"), [("weights", 1), ("bias", 2)])
def test_worked_example_descent_step__gives_the_published_parameters(passed, name, index):
    after = example(name) - EXAMPLE["learning_rate"] * passed[index]
    np.testing.assert_allclose(after, example(f"{name}_after"), rtol=0, atol=1e-15, strict=True)
