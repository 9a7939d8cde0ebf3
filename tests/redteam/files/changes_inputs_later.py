"""Changes the inputs after it has returned, from a thread."""

# expect: affine_forward pass, affine_backward pass, relu_forward fail, relu_backward inconclusive|fail|pass

import threading
import time

import numpy as np

def later(x):
    for _ in range(1000):
        time.sleep(0.001)
        x[...] = 0


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    threading.Thread(target=later, args=(x,), daemon=True).start()
    return np.zeros_like(x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)
