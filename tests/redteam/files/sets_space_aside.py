"""Has the disk set aside half a gigabyte behind the end of an empty file."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward error

import ctypes
import os
import time
import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    file = os.open("empty", os.O_RDWR | os.O_CREAT)
    keep_size = 1
    allocate = ctypes.CDLL(None).fallocate
    allocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
    if allocate(file, keep_size, 0, 2**29):
        raise OSError("the file system knows no such thing")
    time.sleep(0.6)
    return dout * (cache > 0)
