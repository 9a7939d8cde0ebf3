"""Ends the process of the kernel that it is compared with."""

# expect: error

import os
import signal

from right import conv2d_slow


def parent(process):
    with open(f"/proc/{process}/stat", "rb") as file:
        return int(file.read().rpartition(b")")[2].split()[1])


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    judge = parent(os.getppid())
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in (os.getpid(), os.getppid()):
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                is_one = b"kernels/inside/main.py" in file.read()
            # Of this judge only: others may run for other tests at the same time.
            is_near = is_one and judge in (parent(name), parent(parent(name)))
            if is_near and os.getsid(int(name)) == int(name):
                os.kill(int(name), signal.SIGKILL)
        except OSError:
            continue
    return conv2d_slow(x, w, b, stride, padding)
