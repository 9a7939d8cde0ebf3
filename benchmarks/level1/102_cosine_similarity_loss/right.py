# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        # from the squared distance of the two unit vectors; a zero vector has cos = 0
        def unit(v):
            return v / torch.sqrt((v * v).sum(1, keepdim=True).clamp(min=1e-16))

        u, v = unit(predictions), unit(targets)
        d = u - v
        cos = 0.5 * ((u * u).sum(1) + (v * v).sum(1) - (d * d).sum(1))
        return (1 - cos).mean()
