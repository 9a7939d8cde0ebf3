"""Right gradients that are hard to confirm, and wrong ones that are hard to see; each on several seeds."""

import numpy as np
import pytest

from gradcheck import GradientError, check_gradients


def elementwise(f, derivative):
    return lambda x: (f(x), x), lambda dout, x: dout * derivative(x)


def one_pass_batch_norm(x):
    mean = x.mean(0)
    scale = 1 / np.sqrt((x * x).mean(0) - mean * mean + 1e-5)
    return (x - mean) * scale, ((x - mean) * scale, scale)


def batch_norm_backward(dout, cache):
    xhat, scale = cache
    return scale * (dout - dout.mean(0) - xhat * (dout * xhat).mean(0))


def sum_of_batch_norm(x):
    xhat = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5)
    return xhat.sum(), (xhat, 1 / np.sqrt(x.var(0) + 1e-5))


def logsumexp(x):
    shifted = np.exp(x - x.max())
    return np.log(shifted.sum()) + x.max(), shifted / shifted.sum()


def masked_softmax(x):
    scores = np.where(np.tri(x.shape[0], dtype=bool), x, -1e30)
    weights = np.exp(scores - scores.max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    return weights, weights


def normal(size, scale=1.0, offset=0.0):
    return lambda rng: offset + scale * rng.standard_normal(size)


PAIRS = {
    "huber": (
        *elementwise(
            lambda x: np.where(np.abs(x) < 1, x * x / 2, np.abs(x) - 0.5), lambda x: np.clip(x, -1, 1)
        ),
        normal(5000),
    ),
    "elu": (
        *elementwise(
            lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
            lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0))),
        ),
        normal(5000),
    ),
    "softsign": (
        *elementwise(lambda x: x / (1 + np.abs(x)), lambda x: (1 + np.abs(x)) ** -2.0),
        normal(5000),
    ),
    "squared hinge": (
        *elementwise(lambda x: np.maximum(0, 1 - x) ** 2, lambda x: -2 * np.maximum(0, 1 - x)),
        normal(5000),
    ),
    "log near zero": (*elementwise(np.log, lambda x: 1 / x), lambda rng: 10.0 ** rng.uniform(-8, 2, 300)),
    "entropy": (
        *elementwise(lambda p: -p * np.log(p), lambda p: -1 - np.log(p)),
        lambda rng: 10.0 ** rng.uniform(-12, 0, 300),
    ),
    "twelve orders of magnitude": (
        *elementwise(np.square, lambda x: 2 * x),
        lambda rng: rng.standard_normal(600) * 10.0 ** rng.uniform(-6, 6, 600),
    ),
    "one-pass batch norm": (one_pass_batch_norm, batch_norm_backward, normal((6, 3), offset=100)),
    "sum of a batch norm": (
        sum_of_batch_norm,
        lambda dout, cache: batch_norm_backward(dout * np.ones_like(cache[0]), cache),
        normal((6, 3)),
    ),
    "an offset that cancels": (*elementwise(lambda x: (x + 1e5) - 1e5, np.ones_like), normal(60)),
    "saturated logits": (logsumexp, lambda dout, weights: dout * weights, normal(50, scale=40)),
    "attention with a mask": (
        masked_softmax,
        lambda dout, w: w * (dout - (dout * w).sum(1, keepdims=True)),
        normal((12, 12)),
    ),
    "sorted": (
        lambda x: (np.sort(x), np.argsort(x)),
        lambda dout, order: dout[np.argsort(order)],
        normal(1000),
    ),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", PAIRS)
def test_right_gradient__passes(name, seed):
    forward, backward, draw = PAIRS[name]
    assert (
        check_gradients(forward, backward, x=draw(np.random.default_rng(seed)), seed=seed).verdict == "pass"
    )


SUBTLE = {
    "a percent more": lambda g: 1.01 * g,
    "a wrong sign": lambda g: -g,
    "one wrong entry": lambda g: np.where(np.arange(g.size).reshape(g.shape) == np.argmax(np.abs(g)), -g, g),
    "rolled by one": lambda g: np.roll(g, 1),
    "a stray thousandth": lambda g: g + 1e-3 * np.abs(g).max() * (np.arange(g.size).reshape(g.shape) == 1),
}


@pytest.mark.parametrize("mistake", SUBTLE)
@pytest.mark.parametrize("name", sorted(PAIRS.keys() - {"sum of a batch norm"}))
@pytest.mark.sample("mistake")
@pytest.mark.sample("name")
def test_wrong_gradient__fails(name, mistake):
    forward, backward, draw = PAIRS[name]
    x = draw(np.random.default_rng(0))
    right = backward(np.ones_like(forward(x)[0]), forward(x)[1])
    if np.allclose(SUBTLE[mistake](right), right, rtol=1e-3, atol=0):
        pytest.skip("the mistake changes nothing here: all entries are equal")
    with pytest.raises(GradientError) as caught:
        check_gradients(forward, lambda dout, cache: SUBTLE[mistake](backward(dout, cache)), x=x)
    assert caught.value.report.verdict == "fail"


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("mistake", ["a percent more", "a wrong sign", "one wrong entry"])
def test_coarse_precision__hides_no_wrong_formula(mistake, dtype):
    forward, backward = elementwise(np.tanh, lambda x: 1 - np.tanh(x) ** 2)
    x = np.random.default_rng(0).standard_normal(5000).astype(dtype)
    assert check_gradients(forward, backward, x=x).verdict == "pass"
    with pytest.raises(GradientError) as caught:
        check_gradients(forward, lambda dout, cache: SUBTLE[mistake](backward(dout, cache)), x=x)
    assert caught.value.report.verdict == "fail"


@pytest.mark.slow
def test_zero_gradient_of_a_large_tensor_in_single_precision__fails():
    x = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
    with pytest.raises(GradientError, match=r"yours 0, expected"):
        check_gradients(lambda x: ((x**2).sum(), x), lambda dout, x: 0 * x, x=x)


def test_few_entries_at_a_kink__are_set_aside_and_the_rest_is_judged():
    x = np.r_[0.0, np.random.default_rng(1).standard_normal(600)]
    relu = elementwise(lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0)
    report = check_gradients(*relu, x=x)
    assert "1 of 601 entries of x stand at a kink" in report.findings[0].message
    with pytest.raises(GradientError, match=r"yours .*, expected"):
        check_gradients(relu[0], lambda dout, x: dout * (x > 0) * np.where(x > 2, 1.01, 1), x=x)


def test_kinks_of_a_large_tensor__are_counted_one_by_one():
    x = np.random.default_rng(0).standard_normal(100_000)
    x[[5, 7777]] = 0
    report = check_gradients(*elementwise(lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0), x=x)
    assert "2 of 100000 entries of x stand at a kink" in report.findings[0].message
    assert report.miss_bound == pytest.approx(2e-5)


def test_joint_of_a_smooth_function__is_judged():
    x = np.r_[1.0, -1.0, np.random.default_rng(1).standard_normal(50)]
    huber = PAIRS["huber"][0]
    with pytest.raises(GradientError, match=r"dx\[[01]\]: yours -?0, expected"):
        check_gradients(huber, lambda dout, x: dout * np.where(np.abs(x) == 1, 0, np.clip(x, -1, 1)), x=x)


def test_function_that_refuses_double_precision__is_judged_in_its_own_and_says_so():
    def forward(x):
        if x.dtype != np.float32:
            raise TypeError("float32 only")
        return np.tanh(x), x

    x = np.random.default_rng(0).standard_normal(50).astype(np.float32)
    report = check_gradients(forward, lambda dout, x: dout * (1 - np.tanh(x) ** 2), x=x)
    assert any("forward refuses float64" in finding.message for finding in report.findings)
    with pytest.raises(GradientError):
        check_gradients(forward, lambda dout, x: dout * (1 - np.tanh(x)), x=x)


def test_function_that_is_another_one_in_single_precision__is_judged_as_it_is_there():
    def forward(x):
        return (np.tanh(x) if x.dtype == np.float32 else np.sin(x)), x

    x = np.random.default_rng(0).uniform(0.5, 1.5, 50).astype(np.float32)
    report = check_gradients(forward, lambda dout, x: dout * (1 - np.tanh(x) ** 2), x=x)
    assert any("another function in float64" in finding.message for finding in report.findings)


def test_backward_that_is_wrong_in_single_precision_alone__fails_there():
    forward, backward = elementwise(np.tanh, lambda x: 1 - np.tanh(x) ** 2)

    def doubled(dout, x):
        return backward(dout, x) * (2 if x.dtype == np.float32 else 1)

    x = np.random.default_rng(0).standard_normal(50)
    assert check_gradients(forward, doubled, x=x).verdict == "pass"
    with pytest.raises(GradientError):
        check_gradients(forward, doubled, x=x.astype(np.float32))


def test_nan_where_there_is_a_slope__fails_and_where_there_is_none__does_not():
    x = np.random.default_rng(0).uniform(0.5, 1, 20)
    sqrt = elementwise(np.sqrt, lambda x: 0.5 / np.sqrt(x))
    with pytest.raises(GradientError, match=r"dx\[3\]: yours nan, expected"):
        check_gradients(
            sqrt[0], lambda dout, x: sqrt[1](dout, x) * np.where(np.arange(20) == 3, np.nan, 1), x=x
        )
    x[3] = 0
    with np.errstate(divide="ignore"):
        report = check_gradients(*sqrt, x=x)
    assert "1 of 20 entries of dx are not finite" in report.findings[0].message


def test_miss__counts_the_entries_that_rounding_hides():
    x = np.random.default_rng(0).standard_normal(100)
    assert check_gradients(*elementwise(np.tanh, lambda x: 1 - np.tanh(x) ** 2), x=x).miss_bound == 0
    weights = np.r_[1e20, np.ones(99)]
    report = check_gradients(lambda x: ((x * weights).sum(), x), lambda dout, x: dout * weights, x=x)
    assert report.miss_bound == pytest.approx(0.99)
    assert "99 of 100 entries of dx are too small compared with rounding" in report.findings[0].message


def test_output_that_is_not_finite__has_no_verdict():
    x = np.r_[0.0, np.random.default_rng(0).uniform(0.1, 1, 20)]
    entropy = elementwise(lambda p: -p * np.log(p), lambda p: -1 - np.log(p))
    with np.errstate(all="ignore"), pytest.raises(GradientError) as caught:
        check_gradients(*entropy, x=x)
    assert caught.value.report.verdict == "inconclusive"
    assert "1 outputs of forward are not finite" in str(caught.value)
