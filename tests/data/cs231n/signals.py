"""A convolution over signals, in the course's form: options in a dictionary."""

import numpy as np


def conv1d_forward(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad)))
    width = w.shape[2]
    count = (padded.shape[2] - width) // stride + 1
    out = np.empty((x.shape[0], w.shape[0], count))
    for at in range(count):
        window = padded[:, :, at * stride : at * stride + width]
        out[:, :, at] = np.einsum("nck,fck->nf", window, w) + b
    return out, (padded, w, stride, pad)


def conv1d_backward(dout, cache):
    padded, w, stride, pad = cache
    width = w.shape[2]
    dpadded, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for at in range(dout.shape[2]):
        place = slice(at * stride, at * stride + width)
        dw += np.einsum("nf,nck->fck", dout[:, :, at], padded[:, :, place])
        dpadded[:, :, place] += np.einsum("nf,fck->nck", dout[:, :, at], w)
    return dpadded[:, :, pad : padded.shape[2] - pad], dw, dout.sum(axis=(0, 2))
