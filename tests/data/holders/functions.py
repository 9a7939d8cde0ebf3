"""Functions that take many weights: attention with one matrix for three projections, a GRU with one for each gate."""

import numpy as np


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def mha_forward(x, Wqkv, bqkv, Wo, bo, n_head):
    B, T, C = x.shape
    qkv = (x @ Wqkv + bqkv).reshape(B, T, 3, n_head, C // n_head)
    q, k, v = qkv.transpose(2, 0, 3, 1, 4)
    weights = softmax(q @ k.swapaxes(2, 3) / np.sqrt(C // n_head))
    y = (weights @ v).swapaxes(1, 2).reshape(B, T, C)
    return y @ Wo + bo, (x, Wqkv, Wo, q, k, v, weights, y)


def mha_backward(dout, cache):
    x, Wqkv, Wo, q, k, v, weights, y = cache
    B, n_head, T, size = q.shape
    dy = (dout @ Wo.T).reshape(B, T, n_head, size).swapaxes(1, 2)
    da = dy @ v.swapaxes(2, 3)
    ds = weights * (da - (weights * da).sum(axis=-1, keepdims=True)) / np.sqrt(size)
    parts = np.stack([ds @ k, ds.swapaxes(2, 3) @ q, weights.swapaxes(2, 3) @ dy])
    dqkv = parts.transpose(1, 3, 0, 2, 4).reshape(B, T, -1)

    def product(left, right):
        return np.tensordot(left, right, ((0, 1), (0, 1)))

    return dqkv @ Wqkv.T, product(x, dqkv), dqkv.sum((0, 1)), product(y, dout), dout.sum((0, 1))


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def gru_forward(x, h0, Wz, Uz, bz, Wr, Ur, br, Wh, Uh, bh):
    h, out, tape = h0, [], []
    for t in range(x.shape[1]):
        z, r = sigmoid(x[:, t] @ Wz + h @ Uz + bz), sigmoid(x[:, t] @ Wr + h @ Ur + br)
        n = np.tanh(x[:, t] @ Wh + (r * h) @ Uh + bh)
        tape.append((x[:, t], h, z, r, n))
        h = (1 - z) * h + z * n
        out.append(h)
    return np.stack(out, axis=1), (tape, (Wz, Wr, Wh), (Uz, Ur, Uh))


def gru_backward(dh, cache):
    tape, Ws, (Uz, Ur, Uh) = cache
    grads, dxs, carry = [0] * 9, [], 0
    for t in reversed(range(len(tape))):
        x, h, z, r, n = tape[t]
        d = dh[:, t] + carry
        dn, dz = d * z * (1 - n**2), d * (n - h) * z * (1 - z)
        dr = (dn @ Uh.T) * h * r * (1 - r)
        gates = ((dz, h), (dr, h), (dn, r * h))
        steps = [part for g, s in gates for part in (x.T @ g, s.T @ g, g.sum(axis=0))]
        grads = [whole + part for whole, part in zip(grads, steps, strict=True)]
        dxs.insert(0, sum(g @ W.T for (g, _), W in zip(gates, Ws, strict=True)))
        carry = d * (1 - z) + dz @ Uz.T + dr @ Ur.T + (dn @ Uh.T) * r
    return (np.stack(dxs, axis=1), carry, *grads)
