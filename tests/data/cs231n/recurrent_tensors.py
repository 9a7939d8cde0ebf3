"""The recurrent layers on tensors, with a backward written by hand."""

import torch


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = torch.tanh(x.mm(Wx) + prev_h.mm(Wh) + b)
    return next_h, (x, prev_h, Wx, Wh, b, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, b, next_h = cache
    da = dnext_h * (1 - next_h ** 2)
    return da.mm(Wx.t()), da.mm(Wh.t()), x.t().mm(da), prev_h.t().mm(da), da.sum(dim=0)


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = torch.zeros(N, T, h0.shape[1], dtype=x.dtype, device=x.device)
    cache = []
    prev = h0
    for t in range(T):
        prev, step = rnn_step_forward(x[:, t], prev, Wx, Wh, b)
        h[:, t] = prev
        cache.append(step)
    return h, cache


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    x = cache[0][0]
    dx = torch.zeros(N, T, x.shape[1], dtype=dh.dtype)
    dprev = torch.zeros_like(dh[:, 0])
    dWx = torch.zeros_like(cache[0][2]); dWh = torch.zeros_like(cache[0][3]); db = torch.zeros_like(cache[0][4])
    for t in reversed(range(T)):
        dx[:, t], dprev, a, b, c = rnn_step_backward(dh[:, t] + dprev, cache[t])
        dWx += a; dWh += b; db += c
    return dx, dprev, dWx, dWh, db
