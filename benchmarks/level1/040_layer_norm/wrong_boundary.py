# wrong: variance merged from chunks of 32 as a plain mean of the chunk variances, with the last partial chunk weighted as a full one
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, normalized_shape):
        super().__init__()
        self.ln = nn.LayerNorm(normalized_shape=normalized_shape)

    def forward(self, x):
        ln = self.ln
        f = x.flatten(1)
        n = f.shape[1]
        mu = f.mean(1, keepdim=True)
        chunks = [(c - mu).square().mean(1, keepdim=True) for c in f.split(32, 1)]
        var = torch.stack(chunks).mean(0)
        y = ((f - mu) / torch.sqrt(var + ln.eps)).reshape(x.shape)
        return y * ln.weight + ln.bias
