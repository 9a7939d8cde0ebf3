# right
import torch
import torch.nn as nn


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, target):
        top = z.amax(1, keepdim=True)
        e = torch.exp(z - top)
        s = e.sum(1, keepdim=True)
        ctx.save_for_backward(e / s, target)
        picked = z.gather(1, target.unsqueeze(1))
        return (torch.log(s) + top - picked).mean()

    @staticmethod
    def backward(ctx, g):
        p, target = ctx.saved_tensors
        n = p.shape[0]
        hot = torch.zeros_like(p).scatter_(1, target.unsqueeze(1), 1.0)
        return (p - hot) * (g / n), None


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        return _CrossEntropy.apply(predictions, targets)
