import numpy as np
import pytest

from gradcheck import numerical_gradient
from gradcheck.evidence import numeric

SMOOTH = {
    "exp": (np.exp, np.exp),
    "sin": (np.sin, np.cos),
    "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "constant": (lambda x: 0 * x + 7, lambda x: 0 * x),
    "steep": (lambda x: np.exp(20 * x), lambda x: 20 * np.exp(20 * x)),
}
METHODS = {"complex step": numeric.complex_step, "central": numeric.central}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize("name", SMOOTH)
def test_numeric_gradient__has_an_error_within_a_small_bound(name, method):
    f, derivative = SMOOTH[name]
    rng = np.random.default_rng(3)
    for _ in range(50):
        x, dout = rng.uniform(-2, 2, size=(2, 4))
        v = rng.uniform(0.5, 1, size=4) * rng.choice((-1, 0, 1), size=4)
        found, truth = method(f, x, v, dout), float(np.sum(dout * derivative(x) * v))
        size = float(np.sum(np.abs(dout * derivative(x) * v))) + float(np.sum(np.abs(dout * f(x))))
        assert abs(found.value - truth) <= found.bound
        assert found.bound <= 1e-7 * size
        assert found.kink == 0


def test_complex_step__is_taken_where_the_function_allows_it():
    assert numeric.accepts_complex(np.exp, np.ones(2))
    assert not numeric.accepts_complex(lambda x: np.abs(x), np.ones(2))
    assert not numeric.accepts_complex(lambda x: float(x[0]), np.ones(2))


def copied(x):
    squares = np.zeros(x.shape)
    squares[...] = x**2
    return x * squares


LOSES = {
    "a norm": lambda x: x / np.linalg.norm(x),
    "abs": lambda x: x * np.abs(x),
    "real": lambda x: x * np.real(x),
    "a copy": copied,
}


@pytest.mark.parametrize("f", LOSES.values(), ids=LOSES)
@pytest.mark.parametrize("size", [4, 1000])
def test_complex_step__is_not_believed_where_a_part_of_the_derivative_is_lost(f, size):
    x = np.random.default_rng(0).uniform(0.5, 1, size)
    assert numeric.believed(f, x, np.arange(size) + 1.0) is numeric.central
    assert numeric.believed(np.tanh, x, np.arange(size) + 1.0) is numeric.complex_step


def test_gradient_of_a_lossy_function__is_whole():
    x = np.array([1.5, -2, 0.25])
    assert numerical_gradient(lambda x: x * np.abs(x), x) == pytest.approx(2 * np.abs(x))
    assert numerical_gradient(copied, x) == pytest.approx(3 * x**2)


@pytest.mark.parametrize("kinked", [np.abs, lambda x: np.maximum(x, 0)], ids=["abs", "relu"])
def test_kink__is_noticed_only_where_it_is(kinked):
    at = numeric.central(kinked, np.zeros(1), np.ones(1), np.ones(1))
    near = numeric.central(kinked, np.full(1, 1e-5), np.ones(1), np.ones(1))
    assert at.kink > 0.4
    assert near.kink == 0
    assert near.value == pytest.approx(1, abs=near.bound)
    assert near.bound < 1e-6


def test_numeric_gradient__of_a_scalar_and_of_a_weighed_array():
    x = np.array([[1.0, 2], [3, -4]])
    assert numerical_gradient(lambda x: (x**2).sum(), x) == pytest.approx(2 * x)
    dout = np.array([[1.0, -1], [2, 0]])
    assert numerical_gradient(np.exp, x, dout) == pytest.approx(dout * np.exp(x))


def test_single_precision_and_python_results_are_taken():
    found = numerical_gradient(lambda x: float(np.abs(x).sum()), np.array([1.5, -2], dtype=np.float32))
    assert found.dtype == np.float64
    assert found == pytest.approx([1, -1])


def test_x_is_not_changed():
    x = np.array([1.0, 2])

    def spoils(values):
        total = (values**2).sum()
        values[:] = 0
        return total

    numerical_gradient(spoils, x)
    assert x.tolist() == [1, 2]


def test_integers_are_refused():
    with pytest.raises(
        TypeError, match=r"^numerical_gradient: x has dtype int64; expected a floating dtype \(x.astype"
    ):
        numerical_gradient(np.sum, np.arange(3))


@pytest.mark.parametrize("shape", [(3,), (1, 3), (2, 3, 1)])
def test_numerical_gradient__refuses_dout_of_another_shape(shape):
    message = r"^numerical_gradient: dout has shape \(.*\); expected \(2, 3\), the shape of f\(x\)"
    with pytest.raises(ValueError, match=message):
        numerical_gradient(lambda x: x**2, np.ones((2, 3)), np.ones(shape))


def test_numerical_gradient__takes_one_number_for_every_entry_of_the_output():
    x = np.array([[1.0, 2], [3, -4]])
    assert numerical_gradient(lambda x: x**2, x, 3.0) == pytest.approx(6 * x)
