"""The recurrent forwards of 2025, on tensors: autograd is their backward."""

import torch


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return torch.tanh(x @ Wx + prev_h @ Wh + b)


def rnn_forward(x, h0, Wx, Wh, b):
    h = []
    prev = h0
    for t in range(x.shape[1]):
        prev = rnn_step_forward(x[:, t], prev, Wx, Wh, b)
        h.append(prev)
    return torch.stack(h, dim=1)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    a = x @ Wx + prev_h @ Wh + b
    i, f, o, g = a.chunk(4, dim=1)
    next_c = torch.sigmoid(f) * prev_c + torch.sigmoid(i) * torch.tanh(g)
    next_h = torch.sigmoid(o) * torch.tanh(next_c)
    return next_h, next_c
