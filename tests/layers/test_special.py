"""NaN, infinities and large values: where they must go, and what a careful formula keeps."""

import numpy as np
import pytest

from gradcheck.layers.pool import MAX_POOL2D

NAN, INF = np.nan, np.inf
PLANE = (1, 1, 2, 2)

# layer, x, options, out, gradient for a dout of ones (None: any)
PASSED = {
    "relu": ("relu", [NAN, -INF, INF, -0.0], {}, [NAN, 0, INF, 0], [1, 0, 1, 0]),
    "leaky_relu": ("leaky_relu", [NAN, -INF, INF], {"slope": 0.5}, [NAN, -INF, INF], [0.5, 0.5, 1]),
    "leaky_relu of zero": ("leaky_relu", [0, 1], {"slope": INF}, [0, 1], [INF, 1]),
    "leaky_relu of no slope": ("leaky_relu", [NAN, -1, INF], {"slope": 0}, [NAN, 0, INF], [0, 0, 1]),
    "leaky_relu of a steep one": (
        "leaky_relu",
        [NAN, -INF, -1, 2],
        {"slope": 3},
        [NAN, -INF, -3, 2],
        [3, 3, 3, 1],
    ),
    "leaky_relu of one and a half": ("leaky_relu", [-1, 2], {"slope": 1.5}, [-1.5, 2], [1.5, 1]),
    "leaky_relu half downwards": ("leaky_relu", [-1, 2], {"slope": -0.5}, [0.5, 2], [-0.5, 1]),
    "leaky_relu downwards": ("leaky_relu", [-INF, -1, 2], {"slope": -1}, [INF, 1, 2], [-1, -1, 1]),
    "sigmoid": ("sigmoid", [NAN, -INF, INF, -1e4, 1e4], {}, [NAN, 0, 1, 0, 1], [NAN, 0, 0, 0, 0]),
    "tanh": ("tanh", [NAN, -INF, INF, -1e4, 1e4], {}, [NAN, -1, 1, -1, 1], [NAN, 0, 0, 0, 0]),
    "gelu": ("gelu", [NAN, -1e4, 1e4], {}, [NAN, 0, 1e4], [NAN, 0, 1]),
    "gelu by tanh": ("gelu", [NAN, -1e4, 1e4], {"approximate": "tanh"}, [NAN, 0, 1e4], [NAN, 0, 1]),
    "silu": ("silu", [NAN, -1e4, 1e4], {}, [NAN, 0, 1e4], [NAN, 0, 1]),
    "elu": ("elu", [NAN, -INF, INF, -0.0], {"alpha": 2}, [NAN, -2, INF, 0], [NAN, 0, 1, 2]),
    "softplus": ("softplus", [NAN, -INF, INF, -1e4, 1e4], {}, [NAN, 0, INF, 0, 1e4], [NAN, 0, 1, 0, 1]),
    "softmax": ("softmax", [[NAN, 0], [1e4, 1e4]], {}, [[NAN, NAN], [0.5, 0.5]], [[NAN, NAN], [0, 0]]),
    "identity": ("identity", [NAN, -INF], {}, [NAN, -INF], [1, 1]),
    "max_pool2d NaN": (
        "max_pool2d",
        [[[[1, NAN], [NAN, 3]]]],
        {"kernel": 2},
        [[[[NAN]]]],
        [[[[0, 1], [0, 0]]]],
    ),
    "max_pool2d -inf": (
        "max_pool2d",
        [[[[-INF, -INF], [-INF, -INF]]]],
        {"kernel": 2, "pad": 1},
        [[[[-INF, -INF], [-INF, -INF]]]],
        [[[[1, 1], [1, 1]]]],
    ),
    "max_pool2d -inf in wide windows": (
        "max_pool2d",
        [[[[-INF, -INF, -INF], [-INF, -INF, -INF]]]],
        {"kernel": (2, 3), "pad": 1},
        [[[[-INF], [-INF]]]],
        [[[[1, 0, 0], [1, 0, 0]]]],
    ),
    "max_pool2d -inf in dilated windows": (
        "max_pool2d",
        [[[[-INF], [-INF], [-INF], [-INF]]]],
        {"kernel": (3, 1), "stride": 1, "dilation": 2, "pad": (1, 0)},
        [[[[-INF], [-INF]]]],
        [[[[1], [1], [0], [0]]]],
    ),
    "max_pool2d sees only padding": (
        "max_pool2d",
        [[[[1, 2]]]],
        {"kernel": (2, 1), "dilation": 2, "pad": (1, 0)},
        [[[[-INF, -INF]]]],
        [[[[0, 0]]]],
    ),
    "avg_pool2d": (
        "avg_pool2d",
        [[[[1, NAN], [3, INF]]]],
        {"kernel": (2, 1)},
        [[[[2, NAN]]]],
        [[[[0.5, 0.5], [0.5, 0.5]]]],
    ),
    "dropout": ("dropout", [NAN, 1], {"mask": [1, 0]}, [NAN, 0], [2, 0]),
}


@pytest.mark.parametrize(("layer", "x", "options", "out", "dx"), PASSED.values(), ids=PASSED)
def test_special_values_go_where_they_must(package, layer, x, options, out, dx):
    came, cache = getattr(package, f"{layer}_forward")(np.array(x, dtype=float), **options)
    np.testing.assert_array_equal(came, np.array(out, dtype=float), strict=True)
    gradient = getattr(package, f"{layer}_backward")(np.ones_like(came), cache)
    np.testing.assert_array_equal(gradient, np.array(dx, dtype=float), strict=True)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_sigmoid__goes_where_a_real_one_does(package, dtype):
    x = np.array([-1e4 + 1j, 1e4 + 1j], dtype)
    np.testing.assert_array_equal(abs(package.sigmoid_forward(x)[0]) < 1e-37, [True, False])


PLACED = [MAX_POOL2D.case(geometry) for geometry in MAX_POOL2D.cases.battery]


@pytest.mark.parametrize("case", PLACED, ids=str)
@pytest.mark.parametrize("share", [0.5, 1.0])
def test_minus_infinity_loses_and_ties_as_any_least_number_does(package, case, share):
    """Padding is -inf too, but is no entry: it must not win, not even where it comes first or is alone."""
    rng = np.random.default_rng(3)
    least = rng.random(MAX_POOL2D.shapes.inputs(case.params)["x"]) < share
    dout = rng.integers(1, 10, MAX_POOL2D.shapes.output(case.params)).astype(float)
    options = MAX_POOL2D.ours.options(case.params)
    gradients = [
        package.max_pool2d_backward(dout, package.max_pool2d_forward(np.where(least, low, 0.0), **options)[1])
        for low in (-INF, -1.0)
    ]
    np.testing.assert_array_equal(*gradients, strict=True)


def test_infinite_gradient__does_not_spoil_what_did_not_win(package):
    _, cache = package.max_pool2d_forward(np.arange(8.0).reshape(1, 1, 2, 4), kernel=2)
    dx = package.max_pool2d_backward(np.full((1, 1, 1, 2), INF), cache)
    np.testing.assert_array_equal(dx, [[[[0, 0, 0, 0], [0, INF, 0, INF]]]])


@pytest.mark.parametrize("layer", ["softmax_loss", "svm_loss"])
def test_nan_score__makes_the_loss_nan(package, layer):
    forward = getattr(package, f"{layer}_forward")
    assert np.isnan(forward(np.array([[0.0, NAN, 1.0]]), np.array([0]))[0])
    assert np.isnan(forward(np.array([[NAN, 0.0, 1.0]]), np.array([0]))[0])


def test_softmax_loss_is_stable_at_logits_of_ten_thousand(package):
    x, y = np.array([[1e4, 0.0, -1e4], [0.0, 1e4, 1e4]]), np.array([1, 2])
    loss, cache = package.softmax_loss_forward(x, y)
    assert loss == (1e4 + np.log(2)) / 2
    np.testing.assert_array_equal(package.softmax_loss_backward(2.0, cache), [[1, -1, 0], [0, 0.5, -0.5]])


def test_probabilities_of_0_and_1__cost_at_most_100_as_in_pytorch(package):
    x, y = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])
    loss, cache = package.bce_loss_forward(x, y)
    assert loss == 50
    np.testing.assert_array_equal(package.bce_loss_backward(4.0, cache), [0, 0, -1e12, 1e12])


def test_binary_cross_entropy_is_stable_at_logits_of_ten_thousand(package):
    x, y = np.array([1e4, -1e4, 1e4, -1e4]), np.array([1.0, 0.0, 0.0, 1.0])
    loss, cache = package.bce_with_logits_loss_forward(x, y)
    assert loss == 5e3
    np.testing.assert_array_equal(package.bce_with_logits_loss_backward(4.0, cache), [0, 0, 1, -1])


@pytest.mark.parametrize("x", [0.3, -2.5, 5.9, 6.5, -40.0])
def test_complex_gelu__has_the_slope_of_the_real_one(package, x):
    out, cache = package.gelu_forward(np.array([x]))
    assert package.gelu_forward(np.array([x + 1e-30j]))[0][0] == pytest.approx(
        complex(out[0], 1e-30 * package.gelu_backward(np.ones(1), cache)[0]), rel=1e-14, abs=1e-46
    )


NORMS = {
    "batch_norm": ((6, 2), 2, {}),
    "spatial_batch_norm": ((3, 2, 2, 1), 2, {}),
    "layer_norm": ((2, 6), 6, {}),
    "group_norm": ((2, 4, 3, 1), 4, {"groups": 2}),
}


@pytest.mark.parametrize(("layer", "sizes"), NORMS.items(), ids=NORMS)
def test_norms_are_stable_at_a_mean_of_a_hundred_million(package, layer, sizes):
    shape, channels, options = sizes
    x = np.arange(np.prod(shape), dtype=float).reshape(shape)
    forward, backward = getattr(package, f"{layer}_forward"), getattr(package, f"{layer}_backward")
    results = []
    for shift in (0.0, 1e8):
        out, cache = forward(x + shift, np.ones(channels), np.zeros(channels), **options)
        results.append((out, *backward(np.cos(x), cache)))
    for near, far in zip(*results, strict=True):
        np.testing.assert_allclose(far, near, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("layer", "sizes"), NORMS.items(), ids=NORMS)
def test_norms_of_half_precision_do_not_overflow_on_the_way(package, layer, sizes):
    shape, channels, options = sizes
    x = np.linspace(-3e4, 3e4, int(np.prod(shape))).reshape(shape).astype(np.float16)
    ones = np.ones(channels, np.float16)
    out, cache = getattr(package, f"{layer}_forward")(x, ones, 0 * ones, **options)
    np.testing.assert_allclose(out.astype(float).std(), 1, rtol=1e-3)
    assert np.isfinite(getattr(package, f"{layer}_backward")(out, cache)[0]).all()


@pytest.mark.parametrize("layer", NORMS)
def test_constant_values_are_normalised_to_zero(package, layer):
    shape, channels, options = NORMS[layer]
    beta = np.arange(channels, dtype=float)
    ones = np.ones(channels)
    out, cache = getattr(package, f"{layer}_forward")(np.full(shape, 0.1), ones, 0 * beta, **options)
    np.testing.assert_allclose(out, 0, atol=1e-13)
    assert all(
        np.isfinite(each).all() for each in getattr(package, f"{layer}_backward")(np.ones(shape), cache)
    )
