"""Returns an array that says of itself that it is equal to everything."""

# expect: fail

import numpy as np
from right import conv2d as right


class Agreeing(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **named):
        if ufunc in (np.subtract, np.absolute, np.not_equal):
            return np.zeros(self.shape)
        plain = [np.asarray(each) for each in inputs]
        return getattr(ufunc, method)(*plain, **named)

    def astype(self, *given, **named):
        return self


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    return (right(x, w, b, stride, padding) + 1).view(Agreeing)
