"""Sums in an order that varies are right; results that drift, accumulate or share state are not."""

import numpy as np
import pytest

from gradcheck import fast, naive
from gradcheck.checks.repeatable import VARIES


def layer_norm(order):
    """Return a layer norm that takes its sums over the features in the order that a function returns."""

    def total(values):
        return np.cumsum(values[:, order(values.shape[1])], axis=1)[:, -1:]

    def forward(x, gamma, beta, *, eps):
        with np.errstate(all="ignore"):
            rows = x.reshape(len(x), gamma.size)
            centred = rows - total(rows) / gamma.size
            scale = np.sqrt(total(centred**2) / gamma.size + x.dtype.type(eps))
            out = (gamma.ravel() * (centred / scale) + beta.ravel()).reshape(x.shape)
        return out, (centred / scale, scale, gamma)

    def backward(dout, cache):
        normal, scale, gamma = cache
        rows = dout.reshape(normal.shape)
        each = rows * gamma.ravel()
        dx = (each - (total(each) + normal * total(each * normal)) / gamma.size) / scale
        return (
            dx.reshape(dout.shape),
            (rows * normal).sum(axis=0).reshape(gamma.shape),
            rows.sum(axis=0).reshape(gamma.shape),
        )

    return forward, backward


def test_order_that_varies__is_a_note(judged, failed, notes):
    parts = judged("layer_norm", *layer_norm(np.random.default_rng(1).permutation))
    assert {part: failed(report) for part, report in parts.items()} == {"forward": [], "backward": []}
    assert ("repeatable", VARIES) in notes(parts["forward"])
    assert ("repeatable", VARIES) in notes(parts["backward"])


def test_order_that_stays__has_no_note(judged, notes):
    parts = judged("layer_norm", *layer_norm(np.arange))
    assert not any(check == "repeatable" for part in parts.values() for check, _ in notes(part))


@pytest.mark.parametrize("size", [1e-3, 1e-9])
def test_noise__is_a_fault(judged, failed, size):
    noise = np.random.default_rng(1)

    def noisy(x, gamma, beta, *, eps):
        out, cache = naive.layer_norm_forward(x, gamma, beta, eps=eps)
        return out + (size * noise.standard_normal(x.shape)).astype(x.dtype), cache

    assert "repeatable" in failed(judged("layer_norm", noisy)["forward"])


def test_gradients_that_accumulate__are_a_fault(judged, failed):
    sums = {}

    def accumulating(dout, cache):
        dx, dgamma, dbeta = naive.layer_norm_backward(dout, cache)
        sums[dgamma.shape] = dgamma = sums.get(dgamma.shape, 0) + dgamma
        return dx, dgamma, dbeta

    assert "repeatable" in failed(judged("layer_norm", backward=accumulating)["backward"])


def test_shared_state__is_a_fault(judged, failed):
    last = []

    def forward(x, gamma, beta, *, eps):
        out, cache = naive.layer_norm_forward(x, gamma, beta, eps=eps)
        last[:] = [cache]
        return out, None

    parts = judged("layer_norm", forward, lambda dout, cache: naive.layer_norm_backward(dout, last[0]))
    assert failed(parts["backward"]) == ["reentrant"]


def wrong_once(function, number):
    """Return a function whose result is wrong in one call alone, the one of that number."""
    calls = 0

    def called(*args, **options):
        nonlocal calls
        calls += 1
        found = function(*args, **options)
        return found * 1.5 + 1 if calls == number else found

    return called


@pytest.mark.parametrize("number", [2, 10])
def test_gradient_that_is_wrong_in_one_call_alone__is_a_fault(judged, failed, number):
    """Also where the call is made for something else, such as its dtype, or the state of the cache after it."""
    backward = wrong_once(fast.leaky_relu_backward, number)
    assert failed(judged("leaky_relu", fast.leaky_relu_forward, backward)["backward"]) != []


@pytest.mark.parametrize("number", [2, 7])
def test_output_that_is_wrong_in_one_call_alone__is_a_fault(judged, failed, number):
    once = wrong_once(lambda out: out, number)

    def forward(x, **options):
        out, cache = fast.leaky_relu_forward(x, **options)
        return once(out), cache

    assert failed(judged("leaky_relu", forward, fast.leaky_relu_backward)["forward"]) != []
