"""Finds no difference anywhere: the function that compares is replaced, and so is what it calls in NumPy."""

# expect: fail

import numpy as np
from right import conv2d as right

import gradcheck.evidence.compare as compare
import gradcheck.kernels.trial as trial

compare.difference = trial.difference = lambda *given, **named: None
np.array_equal = np.allclose = lambda *given, **named: True
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *given, **named: None


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    return right(x, w, b, stride, padding) + 1
