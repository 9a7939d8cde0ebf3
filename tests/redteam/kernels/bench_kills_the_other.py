"""Ends the process of the kernel that it is compared with."""

# expect: error

import os
import signal

from right import conv2d_slow


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in (os.getpid(), os.getppid()):
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                is_one = b"kernels/inside/main.py" in file.read()
            if is_one and os.getsid(int(name)) == int(name):
                os.kill(int(name), signal.SIGKILL)
        except OSError:
            continue
    return conv2d_slow(x, w, b, stride, padding)
