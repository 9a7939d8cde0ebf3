"""Sends a byte of an answer now and then, so that something always arrives."""

# expect: timeout error

import os
import stat
import struct
import time


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    ends = [file for file in range(3, 64) if is_open(file)]
    for file in ends:
        os.write(file, struct.pack("<IQ", 2000, 0) + b"[")
    while True:
        for file in ends:
            os.write(file, b" ")
        time.sleep(0.05)


def is_open(file):
    try:
        mode = os.fstat(file).st_mode
    except OSError:
        return False
    return stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode)
