"""What a pass costs: calls, and memory."""

import tracemalloc

import numpy as np
import pytest

from gradcheck import GradientError, check_gradients
from gradcheck.derivative import directions, line, precision
from gradcheck.functions import judging, outputs, purity

LARGE, BLOCK = 2**14, 2**11


def tanh_forward(x):
    out = np.tanh(x)
    return out, out


def tanh_backward(dout, cache):
    return dout * (1 - cache * cache)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Make tensors large that are not, so that the tests are fast."""
    for module in (directions, line, precision, judging, outputs):
        monkeypatch.setattr(module, "LARGE", LARGE)
    monkeypatch.setattr(precision, "KEPT", LARGE)
    monkeypatch.setattr(directions, "BLOCK", BLOCK)
    monkeypatch.setattr(purity, "BLOCK", BLOCK)


def test_pass__takes_no_more_calls_than_it_did():
    calls = {"forward": 0, "backward": 0}

    def forward(x):
        calls["forward"] += 1
        return tanh_forward(x)

    def backward(dout, cache):
        calls["backward"] += 1
        return tanh_backward(dout, cache)

    check_gradients(forward, backward, x=np.random.default_rng(0).standard_normal(1000))
    assert calls["forward"] <= 49
    assert calls["backward"] <= 17


@pytest.mark.slow
def test_large_tensor__needs_eight_of_its_size():
    x = np.random.default_rng(0).standard_normal(16 * LARGE)
    tracemalloc.start()
    try:
        check_gradients(tanh_forward, tanh_backward, x=x)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Backward alone needs dout, its cache, a result and what it computes on the way: four.
    assert peak < 8 * x.nbytes


def test_large_input_changed_by_backward__is_found_where_a_cache_holds_it():
    def backward(dout, x):
        found = 2 * x * dout
        x[0] = 7.0
        return found

    with pytest.raises(GradientError) as raised:
        check_gradients(lambda x: (x * x, x), backward, x=np.random.default_rng(0).standard_normal(LARGE))
    assert any(each.check == "unchanged" and each.verdict == "fail" for each in raised.value.report.findings)


@pytest.mark.parametrize("factor", [1.01, -1.0])
def test_block_of_a_large_gradient__is_judged(factor):
    def backward(dout, cache):
        found = tanh_backward(dout, cache)
        found[-BLOCK // 2 :] *= factor
        return found

    x = np.random.default_rng(0).standard_normal(LARGE + 5)
    with pytest.raises(GradientError, match="dx"):
        check_gradients(tanh_forward, backward, x=x)


def test_compact__keeps_every_number():
    exact = np.random.default_rng(0).standard_normal(LARGE).astype(np.float32).astype(np.float64)
    assert outputs.compact(exact).dtype == np.float32
    assert np.array_equal(outputs.compact(exact), exact)
    exact[-1] = 0.1
    assert outputs.compact(exact) is exact
    assert outputs.compact(exact[:9]).dtype == np.float64


def test_steps_of_a_large_tensor__are_the_same_in_single_precision():
    x = np.random.default_rng(0).standard_normal(LARGE)
    x[::7] = 0.0
    units = directions.steps(x)
    assert units.dtype == np.float32
    few = np.append(x[:20], x[np.abs(x) > 0][:5])
    assert (units[:20][few[:20] != 0] == directions.steps(few)[:20][few[:20] != 0]).all()
    members = np.ones(x.size, dtype=bool)
    v = directions.along(units, members, None, np.random.default_rng(1))
    wide = directions.along(units.astype(np.float64), members, None, np.random.default_rng(1))
    assert np.array_equal(v, wide)
    x[0] = 1e-60
    assert directions.steps(x).dtype == np.float64
