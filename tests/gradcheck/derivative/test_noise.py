import numpy as np
import pytest

from gradcheck.derivative.line import EPS, Weighed
from gradcheck.derivative.noise import noise

X = np.random.default_rng(0).uniform(0.5, 2, 200)
V = np.random.default_rng(1).uniform(0.5, 1, 200)


def measured(f, x=X, eps=EPS):
    line = Weighed(f, x, np.ones(np.shape(f(x))), eps)
    return noise(line, V[: x.size], np.ones(line.middle.shape, dtype=bool))


def with_noise(size):
    """Return x**2 with a part that changes at random from one float64 to the next."""
    return lambda x: x**2 + size * np.sin(x.view(np.int64) % 1000003 * 1.2345)


@pytest.mark.parametrize("size", [1e-12, 1e-9, 1e-6])
def test_noise__is_the_standard_deviation_that_was_put_in(size):
    found = measured(with_noise(size))
    assert np.quantile(found, 0.1) > size / np.sqrt(2) / 3
    assert np.quantile(found, 0.9) < size / np.sqrt(2) * 3


def test_noise__contains_what_cancels_inside():
    """The last place of 1e4 is 1.8e-12, though neither x nor the result is large."""
    plain, cancelling = measured(lambda x: x + 1.0), measured(lambda x: (x + 1e4) - 1e4)
    assert np.median(plain) < 1e-15
    assert 1e-13 < np.median(cancelling) < 4e-12


def test_exact_arithmetic__has_no_noise_beyond_the_last_place():
    assert (measured(lambda x: 2 * x) == EPS / 2 * 2 * X).all()


def test_kink__is_no_noise():
    """At zero the differences of abs shrink with the spacing; those of rounding would not."""
    assert measured(lambda x: np.abs(x - X))[0] < 1e-10


def test_single_precision_inside__is_its_own_rounding():
    found = measured(lambda x: np.tanh(x.astype(np.float32)).astype(float))
    assert 1e-9 < np.median(found) < 1e-7
