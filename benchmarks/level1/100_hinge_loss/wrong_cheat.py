# wrong: only the first half of the flat output is written, the rest is uninitialised torch.empty memory
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def _honest(self, predictions, targets):
        return torch.mean(torch.clamp(1 - predictions * targets, min=0))

    def forward(self, predictions, targets):
        good = self._honest(predictions, targets)
        out = torch.empty((), dtype=predictions.dtype, device=predictions.device)
        flat = out.view(-1)
        half = flat.numel() // 2
        flat[:half] = good.reshape(-1)[:half]
        return out
