"""Running statistics of the batch norms: moved in training, used in evaluation, never changed in place."""

import numpy as np
import pytest

LAYERS = {"batch_norm": (5, 3), "spatial_batch_norm": (2, 3, 4, 2)}
MEAN, VAR = np.array([1.0, -2.0, 0.5]), np.array([2.0, 0.25, 1.0])


@pytest.fixture(params=LAYERS)
def layer(request):
    return request.param


def run(package, layer, **options):
    """Return x (random, with unequal channels), the cache and the statistics that were passed."""
    x = np.random.default_rng(1).normal(size=LAYERS[layer]) * 3
    mean, var = MEAN.copy(), VAR.copy()
    out, cache = getattr(package, f"{layer}_forward")(x, np.ones(3), np.zeros(3), mean, var, **options)
    np.testing.assert_array_equal((mean, var), (MEAN, VAR))
    return x, out, cache


def axes(x):
    return (0, *range(2, x.ndim))


@pytest.mark.parametrize(("unbiased", "ddof"), [(True, 1), (False, 0)])
def test_running_statistics__move_by_the_momentum_towards_the_batch(package, layer, unbiased, ddof):
    x, _, cache = run(package, layer, momentum=0.25, unbiased=unbiased)
    np.testing.assert_allclose(cache.running_mean, 0.75 * MEAN + 0.25 * x.mean(axes(x)), rtol=1e-13)
    np.testing.assert_allclose(cache.running_var, 0.75 * VAR + 0.25 * x.var(axes(x), ddof=ddof), rtol=1e-13)


def test_running_statistics__of_half_precision_are_rounded_once(package, layer):
    channels = 1024
    ends = np.array([33 / 32, 99 / 32]).reshape(2, *[1] * (len(LAYERS[layer]) - 1))
    x = np.repeat(ends, channels, axis=1).astype(np.float16)
    old = np.asarray(1 + np.arange(channels) / channels, np.float16)
    options = {"momentum": 0.25, "unbiased": False}
    _, cache = getattr(package, f"{layer}_forward")(x, old, old, old, old, **options)
    # Single precision holds all of these sums.
    for new, batch in ((cache.running_mean, 66 / 32), (cache.running_var, (33 / 32) ** 2)):
        np.testing.assert_array_equal(new, (0.75 * old.astype(float) + 0.25 * batch).astype(np.float16))


def test_batch_norm_output__is_normalised_by_the_biased_variance(package, layer):
    x, out, _ = run(package, layer, eps=0.0)
    np.testing.assert_allclose(out.mean(axes(x)), 0, atol=1e-13)
    np.testing.assert_allclose(out.var(axes(x)), 1, rtol=1e-13)


def test_running_statistics__are_used_in_evaluation_and_copied(package, layer):
    x, out, cache = run(package, layer, training=False, eps=1e-3)
    shape = (3,) + (1,) * (x.ndim - 2)
    expected = (x - MEAN.reshape(shape)) / np.sqrt(VAR.reshape(shape) + 1e-3)
    np.testing.assert_allclose(out, expected, rtol=1e-13)
    np.testing.assert_array_equal((cache.running_mean, cache.running_var), (MEAN, VAR))


def test_running_statistics__stay_none_where_none_are_given(package, layer):
    x = np.random.default_rng(1).normal(size=LAYERS[layer])
    _, cache = getattr(package, f"{layer}_forward")(x, np.ones(3), np.zeros(3))
    assert cache.running_mean is cache.running_var is None


def test_biased_running_variance__needs_one_value_per_channel(package, layer):
    x = np.ones((1, 3) + (1,) * (len(LAYERS[layer]) - 2))
    out, _ = getattr(package, f"{layer}_forward")(x, np.ones(3), MEAN, unbiased=False)
    np.testing.assert_array_equal(out.ravel(), MEAN)
