# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        # with c = the difference clipped to [-1, 1]:  c d - c^2 / 2
        d = predictions - targets
        c = d.clamp(-1, 1)
        return (c * d - 0.5 * c * c).mean()
