# right
import torch
import torch.nn as nn


class _Rms(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, eps):
        c = x.shape[1]
        ms = torch.zeros_like(x[:, :1])
        for k in range(c):
            ms.addcmul_(x[:, k:k + 1], x[:, k:k + 1], value=1.0 / c)
        r = (ms + eps).rsqrt()
        ctx.save_for_backward(x, r)
        return x * r

    @staticmethod
    def backward(ctx, g):
        x, r = ctx.saved_tensors
        inner = (g * x).mean(1, keepdim=True)
        return g * r - x * r.pow(3) * inner, None


class ModelNew(nn.Module):
    def __init__(self, num_features, eps=1e-5):
        super().__init__()
        self.num_features = num_features
        self.eps = eps

    def forward(self, x):
        return _Rms.apply(x, self.eps)
