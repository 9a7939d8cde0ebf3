"""Where a correlation writes its result: any view, of any dtype, with or without a shift."""

import numpy as np
import pytest
from gradcheck.fast.engine.correlation import Correlation
from gradcheck.fast.geometry import Geometry

GEOMETRY = Geometry((1, 2), (1, 1), ((0, 0), (0, 0)), (1, 1), (3, 4))

VIEWS = {
    "the whole": lambda whole: whole[:, :4, :3, :4],
    "every other row": lambda whole: whole[:, :4, ::2, :4],
    "every other column": lambda whole: whole[:, :4, :3, 1::2],
    "other channels": lambda whole: whole[:, 2:, 1:4, :4],
    "packed": lambda whole: np.ascontiguousarray(whole[:, :4, :3, :4]),
    "packed rows of other channels": lambda whole: np.ascontiguousarray(whole[..., :4])[:, 1:5, 1:4],
}


@pytest.mark.parametrize("target", [1, 10**6])
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_correlation__writes_into_any_view(in_small_pieces, view, dtype, shifted, apart, target):
    rng = np.random.default_rng(0)
    x = rng.integers(-9, 10, (2, 2, 3, 5)).astype(dtype)
    kernels = rng.integers(-9, 10, (2, 2, 2)).astype(np.float32)
    shift = rng.integers(-9, 10, (4, 3, 4)).astype(np.float32) if shifted else None
    out = view(np.full((2, 6, 6, 9), np.nan, dtype))
    with in_small_pieces(threads=1, TARGET=target, LIMIT=target, FILTERS=2 if apart else 3):
        Correlation(x, kernels, GEOMETRY, out, shift).run()
    # Each of the two groups has one channel, and each kernel two taps side by side.
    pair = np.stack([x[..., :-1], x[..., 1:]], axis=2)
    expected = np.einsum("gft,ngtij->ngfij", kernels, pair).reshape(2, 4, 3, 4)
    np.testing.assert_array_equal(out, expected + (0 if shift is None else shift))
