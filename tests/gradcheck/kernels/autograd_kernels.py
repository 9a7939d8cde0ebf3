"""Convolutions with HIPS autograd: a right one and a wrong one."""

import autograd.numpy as np
from autograd.extend import defvjp, primitive


@primitive
def one(w):
    return w * 1


defvjp(one, lambda ans, w: lambda dout: 2 * dout)


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    (kh, kw), (ph, pw), (sh, sw) = w.shape[2:], padding, stride
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), mode="constant")
    OH, OW = (padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw + 1
    if OH < 1 or OW < 1:
        raise ValueError("the kernel is larger than the image")
    out = 0.0
    for i in range(kh):
        for j in range(kw):
            seen = padded[:, :, i : i + sh * OH : sh, j : j + sw * OW : sw][:, :, :OH, :OW]
            out = out + np.einsum("nchw,fc->nfhw", seen, w[:, :, i, j])
    return out if b is None else out + np.reshape(b, (-1, 1, 1))


def wrong_gradient(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    return conv2d(x, one(w), b, stride, padding)
