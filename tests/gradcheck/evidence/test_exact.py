import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.contract import Colour
from gradcheck.evidence import exact

INTEGERS = st.integers(-(2**53), 2**53)


@given(st.lists(st.tuples(INTEGERS, INTEGERS), max_size=40))
def test_inner_product__is_that_of_python_integers(pairs):
    a, b = (
        (np.array(values, dtype=np.int64) for values in zip(*pairs, strict=True))
        if pairs
        else (np.zeros(0, int),) * 2
    )
    assert exact.exact_dot(a, b) == sum(x * y for x, y in pairs)


def test_inner_product__of_many_large_numbers_does_not_overflow():
    a = np.full(10**6, 2**53 - 1, dtype=np.int64)
    assert exact.exact_dot(a, a) == 10**6 * (2**53 - 1) ** 2
    assert exact.exact_dot(a, -a) == -(10**6) * (2**53 - 1) ** 2


def test_chunks_are_put_together(monkeypatch):
    monkeypatch.setattr(exact, "CHUNK", 7)
    a = np.arange(100)
    assert exact.exact_dot(a, a) == int(a @ a)


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf, -np.inf, 2.0**54])
def test_inexact_integer__is_refused(value):
    with pytest.raises(exact.Inexact):
        exact.as_integers(np.array([1.0, value]))


def test_unit__makes_fractions_integers():
    assert exact.as_integers(np.array([0.25, -1.5]), 4).tolist() == [1, -6]


def test_probe__a_linear_function_passes_with_its_derivative_and_with_nothing_else():
    w, x = np.arange(12.0).reshape(3, 4), np.ones(3)
    v, dout = np.array([5.0, -7, 2**30]), np.array([1.0, 2, 3, -4])
    assert exact.probe(lambda x: x @ w, w @ dout, x, v, dout)
    assert exact.probe(lambda x: x @ w, w @ dout, x, v, dout, base=x @ w)
    assert not exact.probe(lambda x: x @ w, w @ dout + np.array([0, 1, 0]), x, v, dout)


def test_probe__a_quadratic_passes_by_central_differences_only():
    def f(x):
        return (x**2).sum()

    x, v, dout = np.array([3.0, -2]), np.array([5.0, 7]), np.float64(1)
    assert exact.probe(f, 2 * x, x, v, dout, central=True)
    assert not exact.probe(f, 2 * x, x, v, dout)
    assert not exact.probe(f, 2 * x + 1, x, v, dout, central=True)


def test_probe__a_mean_is_probed_in_multiples_of_what_it_divides_by():
    x, v = np.array([4.0, 8, 0, 4]), np.array([4.0, -8, 12, 4])
    assert exact.probe(np.mean, np.full(4, 0.25), x, v, np.float64(1), unit=4)
    assert not exact.probe(np.mean, np.full(4, 0.5), x, v, np.float64(1), unit=4)


def test_probe__a_gradient_that_is_not_an_integer_is_wrong_and_a_function_that_is_not_exact_is_an_error():
    x, v, one = np.array([1.0, 2]), np.array([3.0, 1]), np.float64(1)
    assert not exact.probe(np.sum, np.array([1, 1 + 1e-9]), x, v, one)
    assert not exact.probe(np.sum, np.array([1, np.nan]), x, v, one)
    with pytest.raises(exact.Inexact):
        exact.probe(lambda x: x.sum() / 3, np.ones(2), x, v, one)


def test_whole_gradient__is_the_same_one_at_a_time_and_in_one_colour():
    x, dout = np.array([[1.0, -2], [3, 4]]), np.array([[5.0, 6], [7, 8]])
    every = Colour(np.arange(4), np.arange(4).reshape(2, 2))
    one_by_one = exact.whole_gradient(lambda x: 3 * x, x, dout)
    assert np.array_equal(one_by_one, 3 * dout)
    assert np.array_equal(exact.whole_gradient(lambda x: 3 * x, x, dout, [every]), 3 * dout)


def test_outputs_that_no_member_feeds_are_left_out():
    colour = Colour(np.array([0]), np.array([0, -1]))
    assert exact.whole_gradient(
        lambda x: np.array([x[0], 9 * x[1]]), np.ones(2), np.ones(2), [colour]
    ).tolist() == [1, 0]
