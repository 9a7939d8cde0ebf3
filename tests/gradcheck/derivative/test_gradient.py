import warnings

import numpy as np
import pytest

from gradcheck import KinkWarning, numerical_gradient


def test_error__is_a_bound_of_every_entry():
    x = np.random.default_rng(0).uniform(-2, 2, (3, 4))
    for f, derivative in ((np.exp, np.exp), (np.tanh, lambda x: 1 - np.tanh(x) ** 2), (np.abs, np.sign)):
        gradient, error = numerical_gradient(f, x, full=True)
        assert (np.abs(gradient - derivative(x)) <= error).all()
        assert (error <= 1e-6).all()


def test_kink__is_warned_of_and_its_error_spans_both_slopes():
    with pytest.warns(KinkWarning, match=r"f has a kink at 1 of 3 entries of x, the first is x\[1\]"):
        gradient, error = numerical_gradient(np.abs, np.array([1.0, 0.0, -2.0]), full=True)
    assert abs(gradient[1]) + 1 <= error[1] + 1e-9
    assert error[0] < 1e-6


def test_jump__is_warned_of_and_has_no_derivative():
    with pytest.warns(KinkWarning, match="f jumps at 1 of 2 entries"):
        gradient, error = numerical_gradient(np.sign, np.array([0.0, 1.0]), full=True)
    assert np.isnan(gradient[0])
    assert np.isinf(error[0])
    assert gradient[1] == 0


def test_smooth_function__is_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        numerical_gradient(
            lambda x: np.where(np.abs(x) < 1, x**2 / 2, np.abs(x) - 0.5), np.array([1.0, -1.0, 0.0])
        )


def test_number__is_a_point_as_well():
    gradient, error = numerical_gradient(lambda x: x**3, np.array(2.0), full=True)
    assert gradient.shape == error.shape == ()
    assert abs(gradient - 12) <= error
