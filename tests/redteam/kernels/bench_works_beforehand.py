"""Does its work when it gets its inputs, before the clock runs."""

# expect: slow

import sys

import numpy as np
from right import conv2d_slow

hosting = sys.modules["gradcheck.kernels.inside.hosting"]
prepare = hosting.METHODS["prepare"]
READY = {}


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    return conv2d_slow(x, w, b, stride, padding)


def prepared(self, *given):
    number = prepare(self, *given)
    call, results = self._pending[number]
    READY[number] = [np.array(each) for each in results(call()).values()]
    return number


def answered(self, numbers, clock):
    for number in numbers:
        self._pending[number] = READY.pop(number)
    return 1e-5


hosting.METHODS.update(prepare=prepared, run=answered)
