import numpy as np
import pytest

from gradcheck.derivative.line import Weighed
from gradcheck.derivative.noise import noise
from gradcheck.derivative.slope import HEAD, TAIL, Slopes, refined

ONE = np.ones(1)


def slope_at(f, x, wish=0.0, step=1.0):
    """Return the slope of a function of one number, by steps that are shares of `step`."""
    line = Weighed(f, np.array([float(x)]), np.ones(np.shape(f(np.array([float(x)])))))
    slopes = Slopes(line, step * ONE)
    slopes.ask(*HEAD, *TAIL)
    return refined(slopes, noise(line, step * ONE, slopes.moves(), slopes.grid()), wish)


SMOOTH = {
    "exp": (np.exp, np.exp, 0.3),
    "tanh, saturated": (np.tanh, lambda x: 1 - np.tanh(x) ** 2, 4.0),
    "a fast wave": (lambda x: np.sin(1e4 * x), lambda x: 1e4 * np.cos(1e4 * x), 0.7),
    "a small fast wave on a line": (lambda x: x + 1e-7 * np.sin(1e7 * x), lambda x: 1 + np.cos(1e7 * x), 0.7),
    "a large offset": (lambda x: (x + 1e5) - 1e5, lambda x: 1.0, 0.7),
    "huber at its joint": (lambda x: np.where(x < 1, x * x / 2, x - 0.5), lambda x: 1.0, 1.0),
    "x|x| at zero": (lambda x: x * np.abs(x), lambda x: 0.0, 0.0),
    "elu near its joint": (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), lambda x: 1.0, 1e-9),
    "a step far off": (lambda x: x + (x > 1), lambda x: 1.0, 1.01),
    "a steep bend": (lambda x: np.sqrt(x * x + 1e-8), lambda x: x / np.sqrt(x * x + 1e-8), 1e-4),
    "nothing": (lambda x: np.round(x), lambda x: 0.0, 0.3),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_slope__is_within_its_bound_which_is_small(name):
    f, derivative, x = SMOOTH[name]
    found, truth = slope_at(f, x), derivative(x)
    assert abs(found.value - truth) <= found.bound
    assert found.bound <= 1e-3 * max(abs(truth), 1.0)
    assert not found.gap.any()


def test_log__keeps_its_steps_inside_its_domain():
    found = slope_at(np.log, 1e-5)
    assert abs(found.value - 1e5) <= found.bound <= 1e-3 * 1e5


@pytest.mark.parametrize(
    ("f", "x", "truth"),
    [
        (lambda x: np.where(x > 1, np.nan, (1 - np.minimum(x, 1)) ** 1.5 + x), 1.0, 1.0),
        (lambda x: np.where(x < 0, np.nan, np.abs(x) ** 1.5 + 2 * x), 0.0, 2.0),
    ],
)
def test_edge_of_the_domain__is_approached_from_one_side(f, x, truth):
    found = slope_at(f, x)
    assert abs(found.value - truth) <= found.bound <= 1e-3


def test_kink__is_seen_and_both_slopes_are_within_the_bound():
    found = slope_at(lambda x: np.where(x > 0, 3 * x, x), 0.0)
    assert found.gap[0] == pytest.approx(2, rel=1e-6)
    for one_sided in (1.0, 3.0):
        assert abs(found.value - one_sided) <= found.bound


@pytest.mark.parametrize(
    "f", [np.sign, np.sqrt, np.cbrt], ids=["jump", "edge with infinite slope", "infinite slope"]
)
def test_point_without_a_slope__has_no_bound_that_means_anything(f):
    found = slope_at(f, 0.0)
    assert not found.bound < abs(found.value)


def test_function_that_raises_far_out__is_asked_nearer():
    def picky(x):
        if (x > 1.0001).any():
            raise ValueError("x is out of range")
        return x**2

    found = slope_at(picky, 1.0)
    assert abs(found.value - 2) <= found.bound <= 1e-4


def test_value_that_stands_still__is_only_known_to_its_last_place():
    found = slope_at(lambda x: 1e6 + 1e-18 * x, 1.0)
    assert found.value == 0
    assert found.bound >= 1e-18


def test_values_that_do_not_depend_on_what_moves__cost_no_precision():
    line = Weighed(lambda x: x**2, np.array([1e8, 1e-8]), np.ones(2))
    v = np.array([0.0, 1e-8])
    slopes = Slopes(line, v)
    slopes.ask(*HEAD)
    found = refined(slopes, noise(line, v, slopes.moves()), 1e-20)
    assert found.value == pytest.approx(2e-16, rel=1e-6)
    assert found.bound < 1e-20
