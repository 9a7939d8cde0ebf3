"""Convolutions cut into blocks, groups and shares for threads: none of that may show in the results."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import fast
import naive
from fast.scratch import Scratch

LAYERS = ("conv2d", "conv_transpose2d")


class Problem(NamedTuple):
    """A convolution: what it is given, and the numbers that fill it."""

    groups: int
    each: tuple
    samples: int
    size: tuple
    kernel: tuple
    options: dict
    dtype: str
    seed: int

    def arrays(self, layer):
        """Return x, w and b with small integers in them."""
        rng = np.random.default_rng(self.seed)
        inputs, outputs = (self.groups * each for each in self.each)
        first, second = (outputs, self.each[0]) if layer == "conv2d" else (inputs, self.each[1])
        shapes = (self.samples, inputs, *self.size), (first, second, *self.kernel), (outputs,)
        return [rng.integers(-3, 4, shape).astype(self.dtype) for shape in shapes]


def few(most, least=1):
    return st.tuples(*[st.integers(least, most)] * 2)


PROBLEMS = st.builds(
    Problem,
    groups=st.integers(1, 4),
    each=st.tuples(st.integers(1, 3), st.integers(1, 8)),
    samples=st.integers(1, 5),
    size=few(7),
    kernel=few(3),
    options=st.fixed_dictionaries(
        {"stride": few(4), "pad": st.tuples(few(2, 0), few(2, 0)), "dilation": few(3)}
    ),
    dtype=st.sampled_from(["float16", "float32", "float64"]),
    seed=st.integers(0, 99),
)


def results(package, layer, problem):
    """Return the output and the gradients, or nothing for a geometry that is none."""
    forward, backward = (getattr(package, f"{layer}_{part}") for part in ("forward", "backward"))
    try:
        out, cache = forward(*problem.arrays(layer), **problem.options, groups=problem.groups)
    except ValueError:
        return None
    return out, *backward(dout_like(out), cache)


def dout_like(out):
    return np.random.default_rng(out.size).integers(-3, 4, out.shape).astype(out.dtype)


def spoil():
    """Leave in this thread's memory what no one may read."""
    for purpose in ("columns", "padded", "product", "upstream"):
        Scratch(purpose, np.dtype(np.float32)).take(10**5).fill(np.nan)


@pytest.mark.parametrize("layer", LAYERS)
@given(PROBLEMS, st.sampled_from([1, 100, 500, 2000, 2**20]), st.integers(1, 3))
def test_cut_small_it_is_what_it_is_whole(cut_small, layer, problem, target, threads):
    whole = results(fast, layer, problem)
    assume(whole)
    spoil()
    with cut_small(target, threads):
        cut = results(fast, layer, problem)
    for one, other in zip(cut, whole, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


def special(layer, problem):
    """Return the output and the gradients where one entry of each argument is infinite, for both packages."""
    found = []
    for package in (fast, naive):
        arrays = problem.arrays(layer)
        arrays[0].flat[problem.seed % arrays[0].size] = np.inf
        arrays[1].flat[problem.seed % arrays[1].size] = -np.inf
        forward, backward = (getattr(package, f"{layer}_{part}") for part in ("forward", "backward"))
        out, cache = forward(*arrays, **problem.options, groups=problem.groups)
        found.append((out, *backward(dout_like(out), cache)))
    return found


SMALL = Problem(2, (2, 3), 2, (4, 5), (2, 3), {"pad": ((1, 0), (2, 1)), "stride": (1, 2)}, "float64", 0)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("layer", LAYERS)
def test_an_infinite_entry_goes_where_it_is_read(cut_small, layer, seed):
    with cut_small(200, 2):
        mine, expected = special(layer, SMALL._replace(seed=seed))
    for one, other in zip(mine, expected, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


@pytest.mark.parametrize("each", [(0, 8), (3, 0), (0, 0)])
@pytest.mark.parametrize("samples", [0, 2])
@pytest.mark.parametrize("layer", LAYERS)
def test_without_channels_there_is_the_bias_and_nothing_else(layer, samples, each):
    problem = SMALL._replace(samples=samples, each=each, groups=1)
    for one, other in zip(results(fast, layer, problem), results(naive, layer, problem), strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


def test_partial_sums_of_half_precision_are_in_single(cut_small):
    x = np.ones((3, 1, 1, 1), np.float16)
    dout = np.array([40000, 40000, -40000], np.float16).reshape(3, 1, 1, 1)
    _, cache = fast.conv2d_forward(x, x[:1])
    with cut_small(1, 3):
        _, dw, _ = fast.conv2d_backward(dout, cache)
    np.testing.assert_array_equal(dw, dout[:1], strict=True)
