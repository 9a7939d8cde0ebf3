"""Slows down whatever else runs in its process."""

# expect: slow

import sys

import numpy as np
from right import conv2d_slow as conv2d

__all__ = ["conv2d"]

for module in list(sys.modules.values()):
    if getattr(module, "__file__", "").endswith("right.py") and module.__name__ != "right":
        module.conv2d = conv2d
einsum = np.einsum


def slow(*given, **named):
    if sys._getframe(2).f_code.co_name != "conv2d_slow":
        for _ in range(20):
            einsum(*given, **named)
    return einsum(*given, **named)


np.einsum = slow
