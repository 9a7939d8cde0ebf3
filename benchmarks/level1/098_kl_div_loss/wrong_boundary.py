# wrong: terms of the last DIM % 16 columns leave out t log t
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        t, p = targets, predictions
        n = t.shape[-1] // 16 * 16
        cross = (t * torch.log(p)).sum()
        ent = (t[..., :n] * torch.log(t[..., :n])).sum()
        return (ent - cross) / p.shape[0]
