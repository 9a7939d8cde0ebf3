# right
import torch
import torch.nn as nn


class _OnlineSoftmax(torch.autograd.Function):
    """one walk over column blocks with a running maximum and a rescaled running sum"""

    @staticmethod
    def forward(ctx, x):
        m = torch.full_like(x[:, :1], torch.finfo(x.dtype).min)
        s = torch.zeros_like(m)
        for j in range(0, x.shape[1], 100):
            blk = x[:, j:j + 100]
            new = torch.maximum(m, blk.amax(1, keepdim=True))
            s = s * torch.exp(m - new) + torch.exp(blk - new).sum(1, keepdim=True)
            m = new
        y = torch.exp(x - m) / s
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        dot = (g * y).sum(1, keepdim=True)
        return y * (g - dot)


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return _OnlineSoftmax.apply(x)
