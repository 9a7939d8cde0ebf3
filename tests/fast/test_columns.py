"""The columns of a block against a loop, and when they need no copy and no padding."""

from typing import NamedTuple

import numpy as np
import pytest
from gradcheck.fast.engine.blocks import Block
from gradcheck.fast.engine.columns import Columns, Padded, Scratch, overlap
from gradcheck.fast.geometry import Geometry
from hypothesis import given
from hypothesis import strategies as st

SHAPE = (3, 4, 5, 6)
PAIRS = st.tuples(st.integers(1, 3), st.integers(1, 3))


class Windows(NamedTuple):
    """Windows over images, and blocks of them."""

    geometry: Geometry
    blocks: list


@st.composite
def parts(draw, length):
    """Draw a slice that is not empty."""
    start = draw(st.integers(0, length - 1))
    return slice(start, draw(st.integers(start + 1, length)))


@st.composite
def windows(draw):
    kernel, stride, dilation = draw(PAIRS), draw(PAIRS), draw(PAIRS)
    corner = draw(st.tuples(st.integers(-3, 4), st.integers(-3, 4)))
    size = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    block = st.builds(Block, parts(SHAPE[0]), parts(SHAPE[1]), parts(size[0]))
    geometry = Geometry(kernel, stride, tuple((before, 0) for before in corner), dilation, size)
    return Windows(geometry, draw(st.lists(block, min_size=1, max_size=4)))


def images(dtype=np.float64):
    return np.arange(1, 1 + np.prod(SHAPE), dtype=dtype).reshape(SHAPE)


def by_loops(x, geometry, block, value):
    (kh, kw), (sh, sw), ((top, _), (left, _)), (dh, dw), (_, OW) = geometry
    n, c, r = block.shape
    found = np.full((c, kh, kw, n, r, OW), value)
    for channel, i, j, sample, row, column in np.ndindex(found.shape):
        down, right = sh * (row + block.rows.start) + dh * i - top, sw * column + dw * j - left
        if 0 <= down < x.shape[2] and 0 <= right < x.shape[3]:
            of = x[sample + block.samples.start, channel + block.channels.start]
            found[channel, i, j, sample, row, column] = of[down, right]
    return found.reshape(c * kh * kw, n * r * OW)


def spoil(*purposes):
    """Leave in this thread's memory what no one may read."""
    for purpose in purposes:
        Scratch(purpose, np.dtype(float)).take(10**5).fill(np.nan)


@given(windows(), st.sampled_from([np.float32, np.float64]), st.sampled_from([0.0, -np.inf]))
def test_columns__equal_a_plain_loop(windows, dtype, value):
    spoil("columns", "padded")
    x, geometry = images(dtype), windows.geometry
    columns = Columns(x, geometry, np.dtype(float), value)
    for block in windows.blocks:
        np.testing.assert_array_equal(columns(block), by_loops(x, geometry, block, value), strict=True)


def laid(kernel, pad, size, *, stride=(1, 1), samples=slice(1, 2), dtype=float):
    """Return x and the columns of a block of some of its samples, and of all rows from the second on."""
    x = images(dtype)
    block = Block(samples, slice(1, 3), slice(1, size[0]))
    geometry = Geometry(kernel, stride, ((pad[0], 0), (pad[1], 0)), (2, 2), size)
    return x, Columns(x, geometry, np.dtype(float))(block)


VIEWS = {
    "single pixels": ({"kernel": (1, 1), "pad": (0, 0), "size": (5, 6)}, True),
    "fewer rows": ({"kernel": (1, 1), "pad": (-1, 0), "size": (4, 6)}, True),
    "fewer columns": ({"kernel": (1, 1), "pad": (0, -1), "size": (5, 5)}, False),
    "padding": ({"kernel": (1, 1), "pad": (0, 1), "size": (5, 6)}, False),
    "a stride": ({"kernel": (1, 1), "pad": (0, 0), "size": (3, 6), "stride": (2, 1)}, False),
    "several samples": ({"kernel": (1, 1), "pad": (0, 0), "size": (5, 6), "samples": slice(0, 2)}, False),
    "another dtype": ({"kernel": (1, 1), "pad": (0, 0), "size": (5, 6), "dtype": np.float32}, False),
}


@pytest.mark.parametrize(("options", "is_view"), VIEWS.values(), ids=VIEWS)
def test_whole_rows_of_single_pixels_are_not_copied(options, is_view):
    x, columns = laid(**options)
    assert np.shares_memory(x, columns) == is_view
    assert columns.dtype == float


@pytest.fixture
def is_padded(monkeypatch):
    """Return whether the one window of a size that begins at a corner is read from a padded copy."""
    asked = []
    window = Padded.window
    monkeypatch.setattr(Padded, "window", lambda *given: asked.append(given) or window(*given))

    def ask(corner, kernel):
        asked.clear()
        pads = tuple((-before, 0) for before in corner)
        one = Block(*[slice(0, 1)] * 3)
        Columns(images(), Geometry(kernel, (1, 1), pads, (1, 1), (1, 1)), np.dtype(float))(one)
        return bool(asked)

    return ask


def test_columns__pad_only_windows_that_reach_beyond_the_image(is_padded):
    assert not is_padded((0, 0), (5, 6))
    assert not is_padded((2, 3), (3, 3))
    assert is_padded((0, 0), (6, 6))
    assert is_padded((0, 0), (5, 7))
    assert is_padded((2, 3), (4, 3))
    assert is_padded((2, 3), (3, 4))
    assert is_padded((-1, 0), (5, 6))
    assert is_padded((0, -1), (5, 6))


def test_columns__keep_no_padding_of_another_corner():
    x = images()
    padded, block = Padded(x, x.dtype, -7.0), Block(*[slice(0, 1)] * 3)
    for corner in ((-1, -1), (-1, -2), (-2, -2)):
        piece = padded.window(block, corner, (8, 9))
        expected = np.full((1, 1, 8, 9), -7.0)
        expected[:, :, -corner[0] : 5 - corner[0], -corner[1] : 6 - corner[1]] = x[:1, :1]
        np.testing.assert_array_equal(piece, expected)


@given(st.integers(-9, 9), st.integers(1, 5), st.integers(1, 5))
def test_overlap__is_given_in_the_coordinates_of_both_ranges(start, extent, length):
    in_images, in_piece = overlap(start, extent, length)
    shared = [place for place in range(start, start + extent) if 0 <= place < length]
    assert list(range(length)[in_images]) == shared
    assert [start + place for place in range(extent)[in_piece]] == shared
