import numpy as np
import pytest

from gradcheck import GradientError, check_gradients

X = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]])
W = np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]])


def affine(x, w):
    return x @ w, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout


def message_of(*args, **kwargs):
    with pytest.raises(GradientError) as caught:
        check_gradients(*args, **kwargs)
    return str(caught.value)


def test_right_functions__pass_and_the_report_names_the_checks():
    report = check_gradients(affine, affine_backward, x=X, w=W)
    assert report.verdict == "pass"
    assert [check.check for check in report.checks] == [
        "shapes",
        "gradient",
        "linear",
        "repeatable",
        "unchanged",
        "layout",
        "alias",
    ]


def test_backward_without_a_cache__takes_the_inputs():
    assert check_gradients(np.sin, lambda dout, x: dout * np.cos(x), x=X).verdict == "pass"


def test_loss__may_return_its_gradient():
    def loss(x):
        return (x**2).sum(), 2 * x

    assert check_gradients(loss, x=X).verdict == "pass"
    assert "dx[0, 2]: yours 6, expected 4" in message_of(lambda x: ((x**2).sum(), 3 * x), x=X)


@pytest.mark.parametrize("key", ["x", "dx"])
def test_gradients_may_come_in_a_dict(key):
    assert check_gradients(lambda x: (x**2, x), lambda dout, x: {key: 2 * x * dout}, x=X).verdict == "pass"


def test_argument_that_is_no_float_array__is_passed_on():
    def scaled(x, factor, labels):
        return x * factor * labels[0], (factor, labels)

    def backward(dout, cache):
        return dout * cache[0] * cache[1][0]

    assert check_gradients(scaled, backward, x=X, factor=3.0, labels=np.array([2, 1])).verdict == "pass"


def test_wrong_gradient__is_reported_with_place_and_both_numbers():
    def backward(dout, cache):
        dx, dw = affine_backward(dout, cache)
        dw[2] *= 2
        return dx, dw

    text = message_of(affine, backward, x=X, w=W)
    lines = text.split("\n")
    assert lines[0] == "backward    FAIL"
    assert lines[1].startswith("  dw[2, ")
    assert "yours " in lines[1]
    assert "expected " in lines[1]
    assert lines[2] == "  wrong at  row 2 of axis 0"
    assert lines[-1] == "  again     the same call with seed=0"


def test_large_tensor__is_probed_and_the_wrong_entry_is_found():
    x = np.random.default_rng(0).uniform(0.1, 1, size=(40, 50))

    def backward(dout, x):
        dx = dout * 2 * x
        dx[17, 23] = 0
        return dx

    assert "dx[17, 23]: yours 0, expected " in message_of(lambda x: (x**2, x), backward, x=x)
    assert check_gradients(lambda x: (x**2, x), lambda dout, x: dout * 2 * x, x=x).verdict == "pass"


def normalised(x):
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return x / length, (x, length)


def normalised_backward(dout, cache):
    x, length = cache
    return dout / length - x * np.sum(dout * x, axis=1, keepdims=True) / length**3


@pytest.mark.parametrize("shape", [(3, 4), (30, 40)])
def test_norm__is_differentiated_although_it_makes_complex_numbers_real(shape):
    x = np.random.default_rng(0).standard_normal(shape)
    assert check_gradients(normalised, normalised_backward, x=x).verdict == "pass"
    assert "dx[" in message_of(normalised, lambda dout, cache: dout / cache[1], x=x)


def test_relu_kink__has_no_verdict_whatever_complex_numbers_say():
    text = message_of(lambda x: (np.maximum(x, 0), x), lambda dout, x: dout * (x > 0), x=np.array([1.0, 0.0]))
    assert "no verdict: 1 of 2 entries of x stand at kinks or jumps, the first is x[1]" in text


WRONG = {
    "a list": (lambda dout, x: (2 * x * dout).tolist(), "dx is a list; expected an array of shape (2, 3)"),
    "nothing": (lambda dout, x: None, "returned None; expected dx"),
    "two results": (lambda dout, x: (x, x), "returned 2 results; expected 1: dx"),
    "a wrong shape": (lambda dout, x: np.zeros(3), "dx has shape (3,); expected (2, 3)"),
    "dout ignored": (lambda dout, x: 2 * x, "dx is not linear in dout"),
    "nan": (lambda dout, x: 2 * x * dout * np.nan, "dx[0, 0]: yours nan, expected "),
}


@pytest.mark.parametrize("name", WRONG)
def test_malformed_gradient__is_reported(name):
    backward, told = WRONG[name]
    assert told in message_of(lambda x: (x**2, x), backward, x=X)


def test_changed_input__is_reported():
    def squares(x):
        x *= x
        return x.copy(), x.copy()

    assert "x is changed in place" in message_of(
        squares, lambda dout, squared: 2 * np.sqrt(squared) * dout, x=np.abs(X)
    )


def test_accumulating_over_calls_is_told():
    total = np.zeros_like(X)

    def backward(dout, x):
        nonlocal total
        total = total + 2 * x * dout
        return total

    assert "a second backward returns another dx" in message_of(lambda x: (x**2, x), backward, x=X)


def test_kink__is_set_aside_and_counted():
    x = np.array([1.0, 0.0, -2.0])
    report = check_gradients(lambda x: (np.abs(x), x), lambda dout, x: dout * np.sign(x), x=x)
    (note,) = report.findings
    assert note.message == (
        "1 of 3 entries of x stand at a kink and were not judged; the gradient given there is a subgradient "
        "(between the slopes of the two sides): yes"
    )
    assert report.miss_bound == pytest.approx(1 / 3)


def test_claim_at_a_kink_that_is_no_subgradient__has_no_verdict():
    x = np.array([1.0, 0.0, -2.0])
    text = message_of(lambda x: (np.abs(x), x), lambda dout, x: dout * np.where(x == 0, 3, np.sign(x)), x=x)
    assert "INCONCLUSIVE" in text
    assert "is a subgradient (between the slopes of the two sides): no" in text


def test_neighbourhood_of_a_kink__has_a_verdict():
    x = np.array([1.0, 1e-5, -1e-4])
    assert check_gradients(lambda x: (np.abs(x), x), lambda dout, x: dout * np.sign(x), x=x).verdict == "pass"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_of_the_inputs__bounds_the_error(dtype):
    x = X.astype(dtype)
    assert check_gradients(lambda x: (np.exp(x), np.exp(x)), lambda dout, e: dout * e, x=x).verdict == "pass"


def test_integers_alone_are_no_input():
    with pytest.raises(
        ValueError, match=r"^check_gradients: none of \['x'\] is an array of a floating dtype"
    ):
        check_gradients(np.sin, lambda dout, x: dout, x=np.arange(3))


def test_exception_of_a_function__is_passed_on():
    with pytest.raises(ZeroDivisionError):
        check_gradients(lambda x: 1 / 0, lambda dout, x: dout, x=X)


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p, p


def softmax_backward(dout, p):
    return p * (dout - (p * dout).sum(axis=-1, keepdims=True))


@pytest.mark.parametrize("scale", [1, 10, 40, 200, 1000])
@pytest.mark.parametrize("seed", range(5))
def test_right_softmax__is_not_accused_where_it_saturates(scale, seed):
    x = scale * np.random.default_rng(seed).standard_normal((4, 6))
    try:
        report = check_gradients(softmax, softmax_backward, x=x)
    except GradientError as problem:
        report = problem.report
    assert report.verdict in ("pass", "inconclusive")
    assert report.verdict == "pass" or scale > 10


def test_wrong_softmax__is_found_where_it_saturates_a_little():
    x = 10 * np.random.default_rng(0).standard_normal((4, 6))
    told = message_of(softmax, lambda dout, p: p * dout, x=x)
    assert "yours" in told
