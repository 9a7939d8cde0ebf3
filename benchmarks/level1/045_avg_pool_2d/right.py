# right
import torch
import torch.nn as nn
import torch.nn.functional as F


class _Box(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, k, s, p):
        ctx.rest = (k, s, p, x.shape)
        xp = F.pad(x, (p, p, p, p))
        oh, ow = (xp.shape[2] - k) // s + 1, (xp.shape[3] - k) // s + 1
        acc = x.new_zeros(*x.shape[:2], oh, ow)
        for i in range(k):
            for j in range(k):
                acc += xp[:, :, i:i + s * (oh - 1) + 1:s, j:j + s * (ow - 1) + 1:s]
        return acc / (k * k)

    @staticmethod
    def backward(ctx, g):
        k, s, p, shape = ctx.rest
        gp = g.new_zeros(shape[0], shape[1], shape[2] + 2 * p, shape[3] + 2 * p)
        oh, ow = g.shape[2:]
        g = g / (k * k)
        for i in range(k):
            for j in range(k):
                gp[:, :, i:i + s * (oh - 1) + 1:s, j:j + s * (ow - 1) + 1:s] += g
        return gp[:, :, p:p + shape[2], p:p + shape[3]], None, None, None


class ModelNew(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.pool = nn.AvgPool2d(kernel_size, stride=stride, padding=padding)

    def forward(self, x):
        m = self.pool
        return _Box.apply(x, m.kernel_size, m.stride, m.padding)
