"""Leaves a child that hides from its parents, and says long afterwards that all is well."""

# expect: fail

import os
import time

from right import conv2d as right

MARK = "left-by-a-hostile-kernel"

if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    os.execv("/bin/sh", ["sh", "-c", f"sleep 30; echo {MARK}"])
time.sleep(0.2)


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    return right(x, w, b, stride, padding) + 1
