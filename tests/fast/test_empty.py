"""Batches of no samples, also where they would be large ones."""

import numpy as np

from gradcheck.fast import conv2d_backward, conv2d_forward


def test_gradient_from_columns__accepts_an_empty_batch():
    x, w = np.zeros((0, 3, 224, 224)), np.ones((64, 3, 7, 7))
    out, cache = conv2d_forward(x, w, stride=2, pad=3)
    dx, dw, _ = conv2d_backward(out, cache)
    assert out.shape == (0, 64, 112, 112)
    assert dx.shape == x.shape
    assert not dw.any()
