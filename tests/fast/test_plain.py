"""The layers against their formulas in plain im2col and col2im, which know no blocks and no threads."""

import doctest

import numpy as np
import pytest

from gradcheck import fast
from gradcheck.fast import conv

GEOMETRIES = {
    "dense": {},
    "strided": {"stride": (2, 3), "pad": ((1, 0), (0, 2))},
    "dilated": {"dilation": (2, 1), "pad": 1},
    "both": {"stride": 2, "dilation": (1, 2), "pad": (2, 1)},
}
POOLS = {
    "tiles": {"stride": 2},
    "overlapping": {"stride": 1},
    "padded": {"stride": (2, 1), "pad": 1},
}


def integers(*shape):
    return np.random.default_rng(sum(shape)).integers(-9, 10, shape).astype(float)


def rows(images):
    """Return (N, F, OH, OW) as (F, N * OH * OW), as the columns lie."""
    return images.swapaxes(0, 1).reshape(images.shape[1], -1)


def images(rows, shape):
    N, F, *size = shape
    return rows.reshape(F, N, *size).swapaxes(0, 1)


def test_conv_docstring__example_holds():
    done = doctest.testmod(conv)
    assert (done.failed, done.attempted) == (0, 9)


@pytest.mark.parametrize("sizes", [None, {"threads": 3}], ids=["whole", "in small pieces"])
@pytest.mark.parametrize("options", GEOMETRIES.values(), ids=GEOMETRIES)
def test_conv2d__is_a_product_with_im2col(options, sizes, in_small_pieces):
    x, w = integers(3, 4, 9, 8), integers(5, 4, 3, 2)
    columns, kernels = fast.im2col(x, (3, 2), **options), w.reshape(5, -1)
    with in_small_pieces(**(sizes or {"threads": 1, "TARGET": 2**22, "LIMIT": 2**24})):
        out, cache = fast.conv2d_forward(x, w, **options)
        dout = integers(*out.shape)
        dx, dw, _ = fast.conv2d_backward(dout, cache)
    np.testing.assert_array_equal(out, images(kernels @ columns, out.shape), strict=True)
    np.testing.assert_array_equal(dw, (rows(dout) @ columns.T).reshape(w.shape), strict=True)
    back = fast.col2im(kernels.T @ rows(dout), x.shape, (3, 2), **options)
    np.testing.assert_array_equal(dx, back, strict=True)


def planes(x):
    """Return every channel as an image of its own, so that a column is a window of one."""
    return x.reshape(-1, 1, *x.shape[2:])


@pytest.mark.parametrize("options", POOLS.values(), ids=POOLS)
def test_average_pooling_is_the_mean_of_columns(options):
    x = 4 * integers(2, 3, 8, 7)
    out, cache = fast.avg_pool2d_forward(x, kernel=2, **options)
    columns = fast.im2col(planes(x), 2, **options)
    np.testing.assert_array_equal(out, columns.mean(axis=0).reshape(out.shape), strict=True)
    dout = 4 * integers(*out.shape)
    shares = np.repeat(dout.reshape(1, -1) / 4, 4, axis=0)
    back = fast.col2im(shares, planes(x).shape, 2, **options).reshape(x.shape)
    np.testing.assert_array_equal(fast.avg_pool2d_backward(dout, cache), back, strict=True)


@pytest.mark.parametrize("options", POOLS.values(), ids=POOLS)
def test_max_pooling_takes_the_largest_of_each_column(options):
    x = 1 + np.random.default_rng(0).permutation(2 * 3 * 8 * 7).reshape(2, 3, 8, 7).astype(float)
    out, cache = fast.max_pool2d_forward(x, kernel=2, **options)
    columns = fast.im2col(planes(x), 2, **options)  # the padding's 0 is less than any entry
    winners = columns.argmax(axis=0), np.arange(columns.shape[1])
    np.testing.assert_array_equal(out, columns[winners].reshape(out.shape), strict=True)
    dout = integers(*out.shape)
    picked = np.zeros_like(columns)
    picked[winners] = dout.ravel()
    back = fast.col2im(picked, planes(x).shape, 2, **options).reshape(x.shape)
    np.testing.assert_array_equal(fast.max_pool2d_backward(dout, cache), back, strict=True)
