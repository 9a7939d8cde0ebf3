# right
import torch
import torch.nn as nn


class _Mix(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return torch.matmul(w, x.flatten(2)).view(x.shape[0], w.shape[0], *x.shape[2:])

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        gf, xf = g.flatten(2), x.flatten(2)
        gw = torch.zeros_like(w)
        for a, b in zip(gf, xf):
            gw += a @ b.t()
        return torch.matmul(w.t(), gf).view(x.shape), gw


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, bias=False):
        super().__init__()
        self.conv1d = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=1, padding=0, bias=bias)

    def forward(self, x):
        c = self.conv1d
        y = _Mix.apply(x, c.weight[:, :, 0, 0])
        return y if c.bias is None else y + c.bias[:, None, None]
