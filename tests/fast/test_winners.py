"""Winners are told by their places in x, flat; of padding alone nobody wins."""

import numpy as np
import pytest

from gradcheck import fast

NAN, INF = np.nan, np.inf
# a channel, options, its winners
WINNERS = {
    "in order": ([[1, 2], [3, 4]], {"kernel": 2}, [[3]]),
    "the first of equals": ([[5, 5, 1, 5, 5, 5]], {"kernel": (1, 3)}, [[0, 3]]),
    "NaN": ([[7, NAN, NAN]], {"kernel": (1, 3)}, [[1]]),
    "the least there is": ([[-INF, -INF], [-INF, -INF]], {"kernel": 2, "pad": 1}, [[0, 1], [2, 3]]),
    "padding alone": ([[1, 2]], {"kernel": (2, 1), "dilation": 2, "pad": (1, 0)}, [[-1, -1]]),
    "padding alone beside it": ([[1], [2]], {"kernel": (1, 2), "dilation": 2, "pad": (0, 1)}, [[-1], [-1]]),
}


@pytest.mark.parametrize(("x", "options", "expected"), WINNERS.values(), ids=WINNERS)
def test_winners(x, options, expected):
    plane = np.array(x, float)
    _, cache = fast.max_pool2d_forward(np.array([[plane, plane]]), **options)
    first = np.array(expected)
    second = np.where(first < 0, first, first + plane.size)
    np.testing.assert_array_equal(cache.winner, [[first, second]])
