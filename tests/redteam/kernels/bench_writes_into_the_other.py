"""Opens the memory of the process of the kernel that it is compared with, and gains from it where that is possible."""

# expect: slow

import os
import time

from right import conv2d_slow

CAN_WRITE = []


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in (os.getpid(), os.getppid()):
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                is_one = b"kernels/inside/main.py" in file.read()
            if is_one and os.getsid(int(name)) == int(name):
                with open(f"/proc/{name}/mem", "r+b"):
                    CAN_WRITE.append(name)
        except OSError:
            continue
    if CAN_WRITE:  # it could do anything there: so much that its own results do not matter any more
        return x
    time.sleep(0.001)
    return conv2d_slow(x, w, b, stride, padding)
