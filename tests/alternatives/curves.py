"""gelu, silu, elu, softplus and softmax once more, in closed expressions over whole arrays."""

import math

import numpy as np

ERF = np.vectorize(math.erf, otypes=[float])


def cdf(x, approximate):
    if approximate == "tanh":
        found = 1 / (1 + np.exp(-2 * np.sqrt(2 / np.pi) * (x + 0.044715 * np.power(x, 3))))
    else:
        found = (1 + ERF(x * np.sqrt(0.5))) / 2
    return found.astype(x.dtype)


def gelu_forward(x, *, approximate="none"):
    out = cdf(x, approximate) * x
    return out, (x, approximate)


def gelu_backward(dout, cache):
    x, approximate = cache
    share = cdf(x, approximate)
    if approximate == "tanh":
        inner = np.sqrt(2 / np.pi) * (1 + 0.134145 * x**2)
        pdf = 2 * share * (1 - share) * inner
    else:
        pdf = np.exp(-0.5 * np.square(x)) / np.sqrt(2 * np.pi)
    dx = share + x * pdf
    return (dout * dx).astype(x.dtype)


def silu_forward(x):
    s = np.exp(-np.logaddexp(0, -x))
    return x * s, (x, s)


def silu_backward(dout, cache):
    x, s = cache
    slope = s * (1 + x * (1 - s))
    return dout * slope


def elu_forward(x, *, alpha=1.0):
    below = np.exp(np.minimum(x, 0)) - 1
    return np.maximum(x, 0) + alpha * below, (x, alpha)


def elu_backward(dout, cache):
    x, alpha = cache
    slope = alpha * np.exp(np.minimum(x, 0))
    return np.where(x > 0, dout, dout * slope)


def softplus_forward(x):
    return np.logaddexp(0, x).astype(x.dtype), x


def softplus_backward(dout, cache):
    x = cache
    slope = np.exp(-np.logaddexp(0, -x))
    return (dout * slope).astype(x.dtype)


def softmax_forward(x):
    shifted = x - x.max(axis=-1, keepdims=True)
    e = np.exp(shifted)
    p = e / e.sum(axis=-1, keepdims=True)
    return p, (p.copy(),)


def softmax_backward(dout, cache):
    (p,) = cache
    mixed = np.einsum("...c,...c->...", dout, p)[..., None]
    return p * (dout - mixed)
