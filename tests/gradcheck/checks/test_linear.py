"""Backward of every size of dout: nothing is clipped, dropped or rounded."""

import numpy as np
import pytest

from gradcheck import naive
from gradcheck.checks import linear


def after(change):
    """Return a backward of affine whose gradients are all changed."""

    def backward(dout, cache):
        gradients = naive.affine_backward(dout, cache)
        return tuple(None if values is None else change(values) for values in gradients)

    return backward


@pytest.mark.parametrize(
    ("change", "first"),
    [
        (lambda values: np.clip(values, -1e15, 1e15), "linear"),
        (lambda values: np.where(np.abs(values) < 1e-9, 0, values), "linear"),
        (lambda values: np.round(values, 12), "linear"),
        # A case of nothing but zeros shows it, too, where the gradient itself is judged.
        (lambda values: values + (0 if values.any() else 1), "gradient"),
    ],
    ids=["clipped", "dropped", "rounded", "zero is special"],
)
def test_gradients_that_depend_on_their_size__are_a_fault(judged, failed, change, first):
    parts = judged("affine", backward=after(change))
    assert failed(parts["backward"])[0] == first
    assert "linear" in failed(parts["backward"])
    assert failed(parts["forward"]) == []


@pytest.mark.parametrize(
    ("kind", "entries"),
    [("negative", [-1, -2, -3, -4]), ("sparse", [0, 0, 3, 0]), ("one_hot", [0, 0, 0, 4]), ("zero", [0] * 4)],
)
def test_second_upstream_gradient__is_of_its_kind(kind, entries):
    assert getattr(linear, kind)(np.array([1.0, -2.0, 3.0, 4.0])).tolist() == entries


def test_sums_in_an_order_that_varies__are_right(judged, failed):
    rng = np.random.default_rng(3)

    def backward(dout, cache):
        order = rng.permutation(dout.shape[0])
        x = cache.x.reshape(cache.x.shape[0], -1) / 3
        dx, _, db = naive.affine_backward(dout, cache)
        dw = sum(3 * np.outer(x[n], dout[n]) for n in order)
        return dx, dw, db

    assert failed(judged("affine", backward=backward)["backward"]) == []


def test_state_that_is_dropped_where_the_other_gradient_is_zero__is_a_fault(judged, failed):
    def forward(x, prev_h, prev_c, Wx, Wh, b):
        return naive.lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)

    def backward(dnext_h, dnext_c, cache):
        gradients = naive.lstm_step_backward(dnext_h, dnext_c, cache)
        return gradients if np.any(dnext_c) else tuple(np.zeros_like(values) for values in gradients)

    parts = judged("lstm_step", forward, backward)
    assert failed(parts["backward"])[0] == "linear"
    assert failed(parts["forward"]) == []
