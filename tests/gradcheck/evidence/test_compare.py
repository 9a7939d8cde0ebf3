import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.evidence.compare import difference, is_same, place

RIGHT = np.arange(24.0).reshape(2, 3, 4)


def but(index, value):
    wrong = RIGHT.copy()
    wrong[index] = value
    return wrong


def test_equal_arrays_do_not_differ():
    assert difference("x", RIGHT.copy(), RIGHT) is None


def test_worst_entry__is_given_with_both_numbers():
    wrong = but((1, 2, 3), 99)
    wrong[0, 0, 0] = 1
    found = difference("x", wrong, RIGHT)
    assert (found.index, found.got, found.expected) == ((1, 2, 3), 99, 23)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nonfinite_value__is_never_near(value):
    assert difference("x", but(0, value), RIGHT, bound=1e9) is not None
    assert difference("x", RIGHT, but(0, value), bound=1e9) is not None
    assert difference("x", but(0, value), but(0, value)) is None


def test_nan_bound__allows_nothing():
    assert difference("x", but((0, 0, 0), 1), RIGHT, bound=np.nan) is not None


def test_bound__is_allowed_and_no_more():
    assert difference("x", but((0, 0, 0), 0.5), RIGHT, bound=0.5) is None
    assert difference("x", but((0, 0, 0), 0.5), RIGHT, bound=0.499) is not None


def test_masks_are_compared_as_numbers():
    assert difference("mask", np.array([True, False]), np.array([True, True])).index == (1,)


@pytest.mark.parametrize(
    ("name", "index", "told"),
    [
        ("x", (slice(None), slice(None), 1, 3), "rows 1..1, columns 3..3, every sample, every channel"),
        ("x", (slice(None), slice(None), slice(2, None)), "rows 2..3, every sample, every channel, every column"),
        ("x", (0,), "samples 0..0, every channel, every row, every column"),
        ("x", (..., slice(0, 5, 2)), "columns 0..4 in steps of 2, every sample, every channel, every row"),
        ("x", (slice(None), slice(None), [0, 2]), "rows 0, 2, every sample, every channel, every column"),
        ("x", (slice(None), slice(None), slice(0, 3)), "rows 0..2, every sample, every channel, every column"),
        ("x", (slice(None), slice(None), [0, 1, 3]), "rows 0, 1, 3, every sample, every channel, every column"),
        ("w", (1, slice(None), 0), "filters 1..1, kernel rows 0..0, every channel, every kernel column"),
        ("x", (), "everywhere"),
    ],
)  # fmt: skip
def test_place_of_a_difference__is_a_sentence(name, index, told):
    wrong = np.zeros((2, 3, 4, 5), bool)
    wrong[index] = True
    assert place(name, wrong) == told


def test_spread_difference__is_counted():
    assert place("x", np.eye(4, dtype=bool)) == "4 of 16 entries, spread along every axis"


def test_place_of_a_difference__in_a_vector_and_in_a_number():
    assert place("b", np.array([False, True, True])) == "entries 1..2"
    assert place("out", np.array(True)) == "the value"


@given(
    st.lists(st.sampled_from([0.0, -0.0, 1.0, 1.5, np.nan, np.inf, -np.inf]), min_size=2, max_size=2),
    st.lists(st.sampled_from([0.0, -0.0, 1.0, 1.5, np.nan, np.inf, -np.inf]), min_size=2, max_size=2),
    st.sampled_from([0.0, 0.5, np.inf]),
)
def test_is_same__is_true_where_there_is_no_difference(got, expected, bound):
    got, expected = np.array(got), np.array(expected)
    assert is_same(got, expected, bound) == (difference("x", got, expected, bound) is None)
