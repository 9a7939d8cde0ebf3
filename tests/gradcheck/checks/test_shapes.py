"""Axes of one entry: a convention where they are always there."""

import numpy as np

from gradcheck import naive


def with_bias(shape):
    """Return a backward of affine whose db has the shape that a function makes of the batch and of db."""

    def backward(dout, cache):
        dx, dw, db = naive.affine_backward(dout, cache)
        return dx, dw, None if db is None else db.reshape(shape(len(dout), db))

    return backward


def test_axis_that_is_always_there__is_a_convention(judged, failed, notes):
    part = judged("affine", backward=with_bias(lambda n, db: (1, -1)))["backward"]
    assert failed(part) == []
    assert any(check == "shapes" for check, _ in notes(part))


def test_axis_of_a_batch_of_one_alone__is_a_fault(judged, failed):
    part = judged("affine", backward=with_bias(lambda n, db: (1, -1) if n == 1 else db.shape))["backward"]
    assert failed(part)[0] == "shapes"


def test_axis_that_a_batch_of_one_loses__is_a_fault_of_dx(judged, failed):
    def backward(dout, cache):
        dx, dw, db = naive.affine_backward(dout, cache)
        return np.squeeze(dx), dw, db

    assert failed(judged("affine", backward=backward)["backward"])[0] == "shapes"
