"""The windows' memory: no more of it than is read, and none of it written through a view."""

import numpy as np
import pytest
from gradcheck.fast.geometry import buffer_size, padded, window_geometry, windows

# kernel, stride, pad, dilation, ceil_mode, and how much of a padded image of 5x6 is held
BUFFERS = {
    "no padding": ((2, 3), (1, 1), 0, (1, 1), False, (5, 6)),
    "all of the padding": ((3, 2), (1, 1), ((1, 2), (3, 0)), (1, 1), False, (8, 9)),
    "padding that no window reads": ((2, 2), (2, 3), ((0, 1), (1, 1)), (1, 1), False, (6, 8)),
    "padding that no window reads, and rows": ((1, 1), (4, 4), ((1, 1), (1, 1)), (1, 1), False, (6, 7)),
    "windows that hang over": ((2, 4), (2, 3), 0, (1, 1), True, (6, 7)),
    "dilated windows that hang over": ((2, 2), (3, 3), 0, (2, 4), True, (6, 8)),
}


def geometry_of(kernel, stride, pad, dilation, ceil_mode):
    return window_geometry("max_pool2d", (5, 6), kernel, stride, pad, dilation, ceil_mode)


@pytest.mark.parametrize("row", BUFFERS.values(), ids=BUFFERS)
def test_padded_buffer__holds_the_image_and_every_window_and_no_more(row):
    *arguments, size = row
    geometry = geometry_of(*arguments)
    assert buffer_size((5, 6), geometry) == size
    assert padded(np.ones((2, 1, 5, 6)), geometry).shape == (2, 1, *size)


def test_padded_buffer__is_the_image_itself_without_padding():
    x = np.ones((2, 1, 5, 6))
    assert padded(x, geometry_of((2, 3), (1, 1), 0, (1, 1), False)) is x


def test_windows_view__is_read_only_because_windows_overlap():
    x = np.ones((2, 1, 5, 6))
    assert not windows(x, geometry_of((2, 3), (1, 1), 0, (1, 1), False)).flags.writeable
