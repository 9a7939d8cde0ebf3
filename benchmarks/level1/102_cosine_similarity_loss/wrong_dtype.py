# wrong: dot product and norms from bfloat16 values
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        p, t = predictions.bfloat16(), targets.bfloat16()
        c = (p * t).sum(1) / (p.norm(dim=1) * t.norm(dim=1))
        return (1 - c.float()).mean()
