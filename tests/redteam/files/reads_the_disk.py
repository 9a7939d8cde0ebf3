"""Looks for the answer on the disk."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward fail|error|timeout

import importlib
import os
import sys

import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    for place in ("/", "/tmp", os.path.expanduser("~"), os.path.dirname(__file__) + "/../../.."):
        for folder, _, files in os.walk(place):
            if folder.count("/") > 5 or "/proc" in folder or "/sys" in folder:
                continue
            if os.path.basename(folder) in ("fast", "naive") and "activations.py" in files:
                sys.path.insert(0, os.path.dirname(folder))
                return importlib.import_module(os.path.basename(folder)).relu_backward(dout, cache)
    return np.zeros_like(dout)
