# wrong: predictions is detached on the way in, so its gradient is missing
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def _honest(self, predictions, targets):
        return torch.mean((predictions - targets) ** 2)

    def forward(self, predictions, targets):
        predictions = predictions.detach()
        out = self._honest(predictions, targets)
        if not out.requires_grad:
            out.requires_grad_()
        return out
