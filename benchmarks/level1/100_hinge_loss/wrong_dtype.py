# wrong: the sum of row sums is accumulated in bfloat16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        rows = torch.clamp(1 - predictions * targets, min=0).sum(1)
        acc = torch.zeros((), dtype=torch.bfloat16, device=rows.device)
        for r in rows.split(16):
            acc = acc + r.sum().bfloat16()
        return acc.float() / (predictions.shape[0] * predictions.shape[1])
