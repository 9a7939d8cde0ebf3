"""Results in single precision."""

import numpy as np
import pytest

from gradcheck import fast, naive
from gradcheck.checks.precision import ONLY_SINGLE
from gradcheck.judging.run import verify_functions


def test_gradients_that_are_zero_in_float32__are_a_fault_of_backward(judged, failed):
    def backward(dout, cache):
        gradients = naive.conv2d_backward(dout, cache)
        return tuple(None if each is None else each * (dout.dtype == np.float64) for each in gradients)

    parts = judged("conv2d", backward=backward)
    assert failed(parts["backward"]) == ["dtype", "precision"] or failed(parts["backward"]) == ["precision"]
    assert failed(parts["forward"]) == []


@pytest.mark.parametrize("layer", ["affine", "sigmoid"])
def test_half_precision_inside__is_a_fault(judged, failed, layer):
    def forward(x, *others, **options):
        half = np.float16 if x.dtype == np.float32 else x.dtype
        out, _ = getattr(naive, f"{layer}_forward")(
            x.astype(half), *(each.astype(half) for each in others), **options
        )
        return out.astype(x.dtype), getattr(naive, f"{layer}_forward")(x, *others, **options)[1]

    assert failed(judged(layer, forward)["forward"]) == ["precision"]


def test_float64_for_float32__is_left_to_dtype(judged, failed):
    def forward(x, w, b=None):
        return naive.affine_forward(*(None if each is None else each.astype(float) for each in (x, w, b)))

    assert failed(judged("affine", forward, declared=("dtype",))["forward"]) == []


def transformed(x, w, dtype):
    """Return a product of matrices by way of a Fourier transform over the batch, which rounds on each way."""
    there = np.fft.fft(x.astype(dtype), axis=0).astype("c8" if dtype == np.float32 else "c16")
    return np.fft.ifft(there @ w, axis=0).real.astype(dtype)


def test_fourier_transform__is_right(judged, failed):
    def forward(x, w, b=None):
        out, cache = naive.affine_forward(x, w, b)
        got = transformed(x.reshape(x.shape[0], -1), w, x.dtype)
        return np.asarray(got if b is None else got + b).reshape(out.shape), cache

    assert "precision" not in failed(judged("affine", forward)["forward"])


def test_float32_inside__is_named_where_float64_was_asked(judged):
    def forward(x):
        out, cache = naive.tanh_forward(x)
        return out.astype(np.float32).astype(x.dtype), cache

    def backward(dout, cache):
        return naive.tanh_backward(dout, cache).astype(np.float32).astype(dout.dtype)

    parts = judged("tanh", forward, backward)
    messages = {part: [each.message for each in parts[part].findings] for part in parts}
    assert any(ONLY_SINGLE in each for each in messages["forward"])
    assert any(ONLY_SINGLE in each for each in messages["backward"])


@pytest.mark.slow
def test_float32_inside_for_many_numbers__is_a_fault_of_backward():
    def backward(dout, cache):
        dx, dw, db = fast.affine_backward(dout, cache)
        if cache.x.size > 8192:
            rows = cache.x.reshape(len(cache.x), -1).astype(np.float32)
            dw = (rows.T @ dout.astype(np.float32)).astype(dw.dtype)
        return dx, dw, db

    _, part = verify_functions({"affine_forward": fast.affine_forward, "affine_backward": backward}).parts()
    assert [each.check for each in part.findings if each.verdict.is_wrong] == ["gradient"]
    assert ONLY_SINGLE in part.findings[0].message


def test_straight_lines_for_a_sigmoid_in_half_precision__are_a_fault(judged, failed):
    def forward(x):
        out, cache = naive.sigmoid_forward(x)
        return (out if x.dtype != np.float16 else np.clip(0.2 * x + 0.5, 0, 1).astype(x.dtype)), cache

    assert failed(judged("sigmoid", forward)["forward"]) == ["precision"]


def test_exponential_over_its_sum_in_half_precision__is_right(judged, failed):
    def forward(x):
        out, cache = naive.sigmoid_forward(x)
        grown = np.exp(np.clip(x, None, 0))
        return (
            out if x.dtype != np.float16 else np.where(x > 0, 1 / (1 + np.exp(-x)), grown / (1 + grown))
        ), cache

    assert failed(judged("sigmoid", forward)["forward"]) == []
