"""Convolutions that end the process, or never end, where there are groups."""

import ctypes
import gc
import os
import pickle
import socket
import time
from multiprocessing.connection import Connection
from pathlib import Path

from numpy_kernels import conv2d


def crashing(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    if groups > 1:
        ctypes.string_at(0)
    return conv2d(x, w, b, stride, padding, dilation, groups)


def leaving(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    if groups > 1:
        os._exit(3)
    return conv2d(x, w, b, stride, padding, dilation, groups)


class Bomb:
    def __reduce__(self):
        return Path.touch, (Path(os.environ["GAINED"]),)


def babbling(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    found = gc.get_objects() if groups > 1 else []
    for pipe in [each for each in found if isinstance(each, Connection)]:
        pipe.send(Bomb())
    for end in [each for each in found if isinstance(each, socket.socket)]:
        end.send(pickle.dumps(Bomb()))
    return conv2d(x, w, b, stride, padding, dilation, groups)


def hanging(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    while groups > 1:
        time.sleep(1)
    return conv2d(x, w, b, stride, padding, dilation, groups)
