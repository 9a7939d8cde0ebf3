"""Functions with a context on arrays: activations, and a pooling of whole planes."""

import numpy as np


class Softmax:
    @staticmethod
    def forward(ctx, x, axis=-1):
        powers = np.exp(x - x.max(axis=axis, keepdims=True))
        p = powers / powers.sum(axis=axis, keepdims=True)
        ctx.save_for_backward(p)
        ctx.axis = axis
        return p

    @staticmethod
    def backward(ctx, grad):
        (p,) = ctx.saved_tensors
        return p * (grad - (grad * p).sum(axis=ctx.axis, keepdims=True)), None


class SiLU:
    @staticmethod
    def forward(ctx, x):
        gate = 1 / (1 + np.exp(-x))
        ctx.save_for_backward(x, gate)
        return x * gate

    @staticmethod
    def backward(ctx, grad):
        x, gate = ctx.saved_tensors
        return grad * gate * (1 + x * (1 - gate))


class GELUTanh:
    @staticmethod
    def forward(ctx, x):
        t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
        ctx.save_for_backward(x, t)
        return 0.5 * x * (1 + t)

    @staticmethod
    def backward(ctx, grad):
        x, t = ctx.saved_tensors
        inner = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2)
        return grad * 0.5 * (1 + t + x * (1 - t**2) * inner)


class ELU:
    @staticmethod
    def forward(ctx, x, alpha=1.0):
        out = np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
        ctx.save_for_backward(out)
        ctx.alpha = alpha
        return out

    @staticmethod
    def backward(ctx, grad):
        (out,) = ctx.saved_tensors
        return grad * np.where(out > 0, 1, out + ctx.alpha), None


class Softplus:
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return np.logaddexp(0, x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad / (1 + np.exp(-x))


class GlobalAvgPool2d:
    @staticmethod
    def forward(ctx, x):
        ctx.shape = x.shape
        return x.mean(axis=(2, 3), keepdims=True)

    @staticmethod
    def backward(ctx, grad):
        return np.ones(ctx.shape) * grad / (ctx.shape[2] * ctx.shape[3])
