"""The recurrent layers of the last assignment, with a mistake in each backward."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    cache = (x, prev_h, Wx, Wh, next_h)
    return next_h, cache


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dscore = (1 - next_h) * dnext_h
    dx = dscore.dot(Wx.T)
    dprev_h = dscore.dot(Wh.T)
    dWx = x.T.dot(dscore)
    dWh = prev_h.T.dot(dscore)
    db = dscore.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.zeros((N, T, H), dtype=x.dtype)
    cache = []
    prev_h = h0
    for t in range(T):
        prev_h, step = rnn_step_forward(x[:, t, :], prev_h, Wx, Wh, b)
        h[:, t, :] = prev_h
        cache.append(step)
    return h, cache


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx = np.zeros((N, T, D), dtype=dh.dtype)
    dWx, dWh, db = 0, 0, 0
    dprev_h = np.zeros((N, H), dtype=dh.dtype)
    for t in reversed(range(T)):
        x, prev_h, Wx, Wh, next_h = cache[t]
        dscore = (1 - next_h ** 2) * dh[:, t, :]
        step = (dscore.dot(Wx.T), dscore.dot(Wh.T), x.T.dot(dscore), prev_h.T.dot(dscore), dscore.sum(axis=0))
        dx[:, t, :], dprev_h = step[0], step[1]
        dWx = dWx + step[2]
        dWh = dWh + step[3]
        db = db + step[4]
    return dx, dprev_h, dWx, dWh, db


def sigmoid(x):
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + z), z / (1 + z))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i = sigmoid(a[:, :H])
    f = sigmoid(a[:, H:2 * H])
    o = sigmoid(a[:, 2 * H:3 * H])
    g = np.tanh(a[:, 3 * H:])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    cache = (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tc = np.tanh(next_c)
    dc = dnext_h * o * (1 - tc ** 2)
    da = np.hstack((
        dc * g * i * (1 - i),
        dc * prev_c * f * (1 - f),
        dnext_h * tc * o * (1 - o),
        dc * i * (1 - g ** 2),
    ))
    dx = da.dot(Wx.T)
    dprev_h = da.dot(Wh.T)
    dprev_c = dc * f
    dWx = x.T.dot(da)
    dWh = prev_h.T.dot(da)
    db = da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db


def right_step(dnext_h, dnext_c, cache):
    o, next_c = cache[7], cache[9]
    through_h = dnext_h * o * (1 - np.tanh(next_c) ** 2)
    right = lstm_step_backward(dnext_h, 0, cache)
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    more = np.hstack((dnext_c * g * i * (1 - i), dnext_c * prev_c * f * (1 - f), 0 * dnext_c, dnext_c * i * (1 - g ** 2)))
    dprev_c = (through_h + dnext_c) * f
    return (right[0] + more.dot(Wx.T), right[1] + more.dot(Wh.T), dprev_c,
            right[3] + x.T.dot(more), right[4] + prev_h.T.dot(more), right[5] + more.sum(axis=0))


def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]), dtype=x.dtype)
    cache = []
    prev_h, prev_c = h0, np.zeros_like(h0)
    for t in range(T):
        prev_h, prev_c, step = lstm_step_forward(x[:, t], prev_h, prev_c, Wx, Wh, b)
        h[:, t] = prev_h
        cache.append(step)
    return h, cache


def lstm_backward(dh, cache):
    N, T, H = dh.shape
    dx = np.zeros((N, T, cache[0][0].shape[1]), dtype=dh.dtype)
    dprev_h = np.zeros((N, H), dtype=dh.dtype)
    dprev_c = np.zeros((N, H), dtype=dh.dtype)
    dWx, dWh, db = 0, 0, 0
    for t in range(T - 1, -1, -1):
        step = right_step(dh[:, t] + dprev_h, dprev_c, cache[t])
        dx[:, t], dprev_h, dprev_c = step[:3]
        dWx, dWh, db = step[3], step[4], step[5]
    return dx, dprev_h, dWx, dWh, db
