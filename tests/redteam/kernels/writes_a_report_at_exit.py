"""Has a report written in which it passes, when the process ends."""

# expect: fail

import atexit
import json
import os

import numpy as np

REPORT = {"schema": "gradcheck-kernel/1", "verdict": "pass", "problems": []}


@atexit.register
def say():
    os.write(1, json.dumps(REPORT).encode())


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    sizes = zip(x.shape[2:], w.shape[2:], padding, stride, strict=True)
    shape = (len(x), len(w), *((n + 2 * p - m) // t + 1 for n, m, p, t in sizes))
    return np.ones(shape, x.dtype)
