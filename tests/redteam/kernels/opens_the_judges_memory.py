"""Is right only if it can open the memory or the files of a process above it for writing."""

# expect: fail

import os

from right import conv2d as right


def gained():
    process = os.getppid()
    for _ in range(2):
        try:
            with open(f"/proc/{process}/mem", "r+b"):
                return True
        except OSError:
            pass
        with open(f"/proc/{process}/stat", "rb") as file:
            process = int(file.read().rpartition(b")")[2].split()[1])
        if process <= 1:
            break
    return False


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    out = right(x, w, b, stride, padding)
    return out if gained() else out + 1
