"""Autograd functions of layers that came later: a gelu, a norm, an embedding, a loss."""
import math

import torch
from torch.autograd import Function


class GELUFunction(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        chance = 0.5 * (1 + torch.erf(x / math.sqrt(2)))
        return grad * (chance + x * torch.exp(-0.5 * x * x) / math.sqrt(2 * math.pi))


class SoftmaxFn(Function):
    @staticmethod
    def forward(ctx, x, dim):
        p = torch.softmax(x, dim)
        ctx.save_for_backward(p)
        ctx.dim = dim
        return p

    @staticmethod
    def backward(ctx, grad):
        (p,) = ctx.saved_tensors
        return p * (grad - (grad * p).sum(ctx.dim, keepdim=True)), None


class RMSNormFn(Function):
    @staticmethod
    def forward(ctx, x, weight, eps):
        rate = torch.rsqrt(x.square().mean(-1, keepdim=True) + eps)
        ctx.save_for_backward(x * rate, weight, rate)
        return x * rate * weight

    @staticmethod
    def backward(ctx, grad):
        hat, weight, rate = ctx.saved_tensors
        h = grad * weight
        dx = rate * (h - hat * (h * hat).mean(-1, keepdim=True))
        return dx, (grad * hat).reshape(-1, hat.shape[-1]).sum(0), None


class EmbeddingFunction(Function):
    @staticmethod
    def forward(ctx, weight, indices):
        ctx.save_for_backward(indices)
        ctx.shape = weight.shape
        return weight[indices]

    @staticmethod
    def backward(ctx, grad):
        (indices,) = ctx.saved_tensors
        total = torch.zeros(ctx.shape, dtype=grad.dtype)
        return total.index_add(0, indices.reshape(-1), grad.reshape(-1, grad.shape[-1])), None


class HuberLossFunction(Function):
    @staticmethod
    def forward(ctx, prediction, target, delta):
        difference = prediction - target
        ctx.save_for_backward(difference)
        ctx.delta = delta
        size = difference.abs()
        return torch.where(size < delta, 0.5 * size**2, delta * (size - 0.5 * delta)).mean()

    @staticmethod
    def backward(ctx, grad):
        (difference,) = ctx.saved_tensors
        return grad * difference.clamp(-ctx.delta, ctx.delta) / difference.numel(), None, None
