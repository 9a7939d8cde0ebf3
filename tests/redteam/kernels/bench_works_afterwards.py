"""Does its work when its results are fetched, after the clock has stopped."""

# expect: slow

import sys

import numpy as np
from right import conv2d_slow

hosting = sys.modules["gradcheck.kernels.inside.hosting"]


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    return conv2d_slow(x, w, b, stride, padding)


def collected(self, number):
    call, results = self._pending.pop(number)
    return [np.array(each) for each in results(call()).values()]


hosting.METHODS.update(collect=collected, run=lambda self, numbers, clock: 1e-5)
