# right
import torch
import torch.nn as nn


class _LayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b, eps, nd):
        keep = x.shape[:-nd] if nd else x.shape
        f = x.reshape(*keep, -1)
        # Welford over chunks of the last axis
        n, mu, m2 = 0, torch.zeros_like(f[..., :1]), torch.zeros_like(f[..., :1])
        for s in range(0, f.shape[-1], 1024):
            c = f[..., s:s + 1024]
            k = c.shape[-1]
            cm = c.mean(-1, keepdim=True)
            d = cm - mu
            m2 = m2 + (c - cm).square().sum(-1, keepdim=True) + d * d * (n * k / (n + k))
            mu = mu + d * (k / (n + k))
            n += k
        r = torch.rsqrt(m2 / n + eps)
        y = (f - mu) * r
        ctx.save_for_backward(y, r, w)
        return (y * w.reshape(-1) + b.reshape(-1)).reshape(x.shape)

    @staticmethod
    def backward(ctx, g):
        y, r, w = ctx.saved_tensors
        gf = g.reshape(y.shape)
        lead = tuple(range(y.dim() - 1))
        gw = (gf * y).sum(lead).reshape(w.shape)
        gb = gf.sum(lead).reshape(w.shape)
        h = gf * w.reshape(-1)
        gx = r * (h - h.mean(-1, keepdim=True) - y * (h * y).mean(-1, keepdim=True))
        return gx.reshape(g.shape), gw, gb, None, None


class ModelNew(nn.Module):
    def __init__(self, normalized_shape):
        super().__init__()
        self.ln = nn.LayerNorm(normalized_shape=normalized_shape)

    def forward(self, x):
        ln = self.ln
        return _LayerNorm.apply(x, ln.weight, ln.bias, ln.eps, len(ln.normalized_shape))
