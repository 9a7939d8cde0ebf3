"""Stops every process above it, which would wait for good."""

# expect: fail

import contextlib
import os
import signal

from right import conv2d as right


def parents():
    found, process = [], os.getppid()
    while process > 1 and len(found) < 3:
        found.append(process)
        with open(f"/proc/{process}/stat", "rb") as file:
            process = int(file.read().rpartition(b")")[2].split()[1])
    return found[: 2 if len(found) > 2 else 1]


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    for process in parents():
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGSTOP)
    return right(x, w, b, stride, padding) + 1
