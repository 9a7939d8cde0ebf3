"""im2col by itself: against a loop, and against its adjoint."""

import inspect
from typing import NamedTuple

import numpy as np
import pytest
from gradcheck.fast.im2col import col2im, im2col
from hypothesis import assume, given
from hypothesis import strategies as st

ONE_OR_TWO = st.tuples(st.integers(1, 2), st.integers(1, 2))
PADS = st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 2)


class Geometry(NamedTuple):
    """Images and the windows over them."""

    shape: tuple
    kernel: tuple
    options: dict

    @property
    def out(self):
        pads, strides, dilations = self.options["pad"], self.options["stride"], self.options["dilation"]
        rows = zip(self.shape[2:], pads, dilations, self.kernel, strides, strict=True)
        return tuple((size + sum(p) - d * (k - 1) - 1) // s + 1 for size, p, d, k, s in rows)


@st.composite
def geometries(draw):
    shape = draw(st.tuples(*[st.integers(1, 3)] * 2, *[st.integers(1, 6)] * 2))
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    geometry = Geometry(shape, kernel, {"stride": stride, "pad": draw(PADS), "dilation": draw(ONE_OR_TWO)})
    assume(min(geometry.out) >= 1)
    return geometry


def integers(shape, seed):
    return np.random.default_rng(seed).integers(-9, 10, size=shape).astype(float)


@given(geometries(), st.integers(0, 99))
def test_im2col_is_this_loop(geometry, seed):
    x = integers(geometry.shape, seed)
    (N, C), (kh, kw), (OH, OW) = x.shape[:2], geometry.kernel, geometry.out
    (sh, sw), (dh, dw) = geometry.options["stride"], geometry.options["dilation"]
    padded = np.pad(x, ((0, 0), (0, 0), *geometry.options["pad"]))
    expected = np.zeros((C, kh, kw, N, OH, OW))
    for c, i, j, n, oh, ow in np.ndindex(expected.shape):
        expected[c, i, j, n, oh, ow] = padded[n, c, sh * oh + dh * i, sw * ow + dw * j]
    columns = im2col(x, geometry.kernel, **geometry.options)
    np.testing.assert_array_equal(columns, expected.reshape(C * kh * kw, N * OH * OW), strict=True)


@given(geometries(), st.integers(0, 99))
def test_col2im_is_its_adjoint(geometry, seed):
    x = integers(geometry.shape, seed)
    columns = im2col(x, geometry.kernel, **geometry.options)
    other = integers(columns.shape, seed + 1)
    back = col2im(other, geometry.shape, geometry.kernel, **geometry.options)
    assert back.shape == x.shape
    assert np.sum(columns * other) == np.sum(x * back)


def test_im2col__returns_no_view_even_of_single_pixels():
    x = np.ones((1, 2, 3, 4))
    assert not np.shares_memory(im2col(x, 1), x)


def test_col2im__returns_no_view_of_the_padded_images():
    back = col2im(np.ones((1, 20)), (1, 1, 2, 3), 1, pad=1)
    np.testing.assert_array_equal(back, np.ones((1, 1, 2, 3)))
    assert back.flags.c_contiguous


def test_lists_are_arrays():
    np.testing.assert_array_equal(im2col([[[[1, 2]]]], 1), [[1, 2]])
    np.testing.assert_array_equal(col2im([[1, 2]], (1, 1, 1, 2), 1), [[[[1, 2]]]])


@pytest.mark.parametrize("function", [im2col, col2im])
def test_windows_lie_side_by_side_by_default(function):
    parameters = inspect.signature(function).parameters.values()
    options = {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}
    assert options == {"stride": 1, "pad": 0, "dilation": 1}


REFUSED = {
    "too few axes": (im2col, (np.ones((3, 4)), 2), "im2col: x has shape (3, 4); expected (N, C, H, W)"),
    "a large kernel": (
        im2col,
        (np.ones((1, 1, 2, 3)), 4),
        "im2col: kernel 4x4 is larger than the padded input 2x3",
    ),
    "too few extents": (
        col2im,
        (np.ones((4, 1)), (3, 4), 2),
        "col2im: x has shape (3, 4); expected (N, C, H, W)",
    ),
    "a large kernel on the way back": (
        col2im,
        (np.ones((16, 1)), (1, 1, 2, 3), 4),
        "col2im: kernel 4x4 is larger than the padded input 2x3",
    ),
    "other columns": (
        col2im,
        (np.ones((4, 3)), (1, 1, 3, 3), 2),
        "col2im: columns has shape (4, 3); expected (4, 4)",
    ),
}


@pytest.mark.parametrize(("function", "arguments", "message"), REFUSED.values(), ids=REFUSED)
def test_im2col_and_col2im__refuse_shapes_that_do_not_fit(function, arguments, message):
    with pytest.raises(ValueError, match="im") as caught:
        function(*arguments)
    assert str(caught.value) == message
