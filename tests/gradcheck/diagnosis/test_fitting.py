import numpy as np
import pytest

from gradcheck.diagnosis.fitting import fit

RIGHT = np.array([[3.0, -1, 4], [1, -5, 9], [2, 6, -7]])
X = np.arange(1.0, 2 * 3 * 4 * 5 + 1).reshape(2, 3, 4, 5) ** 2


@pytest.mark.parametrize(
    ("got", "told"),
    [
        (0 * RIGHT, "every entry is 0"),
        (np.full_like(RIGHT, np.nan), "every entry is NaN"),
        (-RIGHT, "every entry has the wrong sign"),
        (RIGHT / 4, "every entry is 1/4 of what it should be (N = 4)"),
        (RIGHT * 4, "every entry is 4 times what it should be (N = 4)"),
        (RIGHT / 6, "every entry is 1/6 of what it should be (C = 6)"),
        (RIGHT * 0.7, "every entry is 0.7 times what it should be"),
        (RIGHT + 2, "every entry is off by the same 2"),
        (RIGHT.T, "transposed: sample and feature are exchanged"),
        (RIGHT[::-1], "flipped along sample"),
        (RIGHT[::-1, ::-1], "flipped along both sample and feature"),
        (np.roll(RIGHT, 1, axis=1), "shifted by 1 along feature"),
        (RIGHT[[0, 2, 1]], "the entries along sample are in the order 0, 2, 1"),
        (
            np.random.default_rng(0).permutation(RIGHT.ravel()).reshape(3, 3),
            "the right numbers, in other places",
        ),
    ],
)
def test_fitting__reports_a_known_change(got, told):
    assert fit("x", got, RIGHT, {"n": 4, "c": 6}) == told


def test_fitting__reports_a_shift_that_lets_zeros_in():
    moved = np.zeros_like(X)
    moved[:, :, 1:] = X[:, :, :-1]
    assert fit("x", moved, X, {}) == "shifted by 1 along row"


def test_fitting__reports_a_kernel_turned_by_half():
    assert fit("w", X[:, :, ::-1, ::-1], X, {}) == "flipped along both kernel row and kernel column"


def test_fitting__reports_nothing_for_right_or_unrelated_results():
    assert fit("x", RIGHT, RIGHT, {}) is None
    assert fit("x", RIGHT**2, RIGHT, {}) is None
    assert fit("x", np.zeros((0, 3)), np.zeros((0, 3)), {}) is None
