"""Convolutions at the ends of what is legal: nothing to add up, and sums that half precision does not hold."""

import numpy as np
import pytest

from gradcheck import fast, naive

LAYERS = ("conv2d", "conv_transpose2d")


def results(package, layer, samples, inputs, outputs):
    """Return the output and the gradients of a convolution of ones."""
    forward, backward = (getattr(package, f"{layer}_{part}") for part in ("forward", "backward"))
    channels = (outputs, inputs) if layer == "conv2d" else (inputs, outputs)
    x, w, b = np.ones((samples, inputs, 4, 5)), np.ones((*channels, 2, 3)), np.ones(outputs)
    out, cache = forward(x, w, b, pad=1)
    return out, *backward(np.ones_like(out), cache)


@pytest.mark.parametrize(("inputs", "outputs"), [(0, 8), (8, 0), (0, 0)])
@pytest.mark.parametrize("samples", [0, 2])
@pytest.mark.parametrize("layer", LAYERS)
def test_convolution_without_channels__returns_the_bias_alone(layer, samples, inputs, outputs):
    found, expected = (results(package, layer, samples, inputs, outputs) for package in (fast, naive))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


SHARES = {"threads": {"threads": 3}, "blocks": {"threads": 1, "TARGET": 1, "LIMIT": 1}}


@pytest.mark.parametrize("shares", SHARES.values(), ids=SHARES)
def test_shares_of_half_precision_are_added_up_in_single(in_small_pieces, shares):
    x = np.ones((3, 1, 1, 1), np.float16)
    dout = np.array([40000, 40000, -40000], np.float16).reshape(3, 1, 1, 1)
    _, cache = fast.conv2d_forward(x, x[:1])
    with in_small_pieces(**shares):
        _, dw, _ = fast.conv2d_backward(dout, cache)
    np.testing.assert_array_equal(dw, dout[:1], strict=True)
