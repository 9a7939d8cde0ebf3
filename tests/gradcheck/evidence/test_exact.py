import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.contract import Colour
from gradcheck.evidence import exact

INTEGERS = st.integers(-(2**53), 2**53)


@given(st.lists(st.tuples(INTEGERS, INTEGERS), max_size=40))
def test_the_inner_product_is_that_of_python_integers(pairs):
    a, b = (
        (np.array(values, dtype=np.int64) for values in zip(*pairs, strict=True))
        if pairs
        else (np.zeros(0, int),) * 2
    )
    assert exact.exact_dot(a, b) == sum(x * y for x, y in pairs)


def test_the_inner_product_of_many_large_numbers_does_not_overflow():
    a = np.full(10**6, 2**53 - 1, dtype=np.int64)
    assert exact.exact_dot(a, a) == 10**6 * (2**53 - 1) ** 2
    assert exact.exact_dot(a, -a) == -(10**6) * (2**53 - 1) ** 2


def test_chunks_are_put_together(monkeypatch):
    monkeypatch.setattr(exact, "CHUNK", 7)
    a = np.arange(100)
    assert exact.exact_dot(a, a) == int(a @ a)


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf, -np.inf, 2.0**54])
def test_what_is_no_exact_integer_is_refused(value):
    with pytest.raises(exact.Inexact):
        exact.as_integers(np.array([1.0, value]))


def test_a_unit_makes_fractions_integers():
    assert exact.as_integers(np.array([0.25, -1.5]), 4).tolist() == [1, -6]


def test_a_difference_is_the_derivative_of_a_linear_function():
    w = np.arange(12.0).reshape(3, 4)
    v, dout = np.array([5.0, -7, 2**30]), np.array([1.0, 2, 3, -4])
    assert exact.difference(lambda x: x @ w, np.ones(3), v, dout) == int(v @ w @ dout)


def test_a_central_difference_is_twice_the_derivative_of_a_quadratic():
    x, v = np.array([3.0, -2]), np.array([5.0, 7])
    assert exact.central_difference(lambda x: (x**2).sum(), x, v, np.float64(1)) == 2 * int(2 * x @ v)


def test_the_whole_gradient_one_at_a_time_and_in_one_colour():
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
