# wrong: norm of the targets over full blocks of 32 columns only
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        n = max(targets.shape[1] // 32 * 32, 1)
        dot = (predictions * targets).sum(1)
        return (1 - dot / (predictions.norm(dim=1) * targets[:, :n].norm(dim=1))).mean()
