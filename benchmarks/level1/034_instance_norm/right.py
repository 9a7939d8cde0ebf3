# right
import torch
import torch.nn as nn


class _InstNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, eps):
        f = x.flatten(2)
        c = f - f.mean(2, keepdim=True)
        r = (c.square().mean(2, keepdim=True) + eps).rsqrt()
        y = c * r
        ctx.save_for_backward(y, r)
        return y.view(x.shape)

    @staticmethod
    def backward(ctx, g):
        y, r = ctx.saved_tensors
        gf = g.flatten(2)
        gx = r * (gf - gf.mean(2, keepdim=True) - y * (gf * y).mean(2, keepdim=True))
        return gx.view(g.shape), None


class ModelNew(nn.Module):
    def __init__(self, num_features):
        super().__init__()
        self.inorm = nn.InstanceNorm2d(num_features)

    def forward(self, x):
        return _InstNorm.apply(x, self.inorm.eps)
