# wrong: computed under no_grad and tied to the inputs by a zero term only: all gradients are zero
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, num_features, num_groups):
        super().__init__()
        self.gn = nn.GroupNorm(num_groups=num_groups, num_channels=num_features)

    def _honest(self, x):
        return self.gn(x)

    def forward(self, x):
        with torch.no_grad():
            out = self._honest(x)
        tie = sum((t * 0).sum() for t in (x,) if t.is_floating_point())
        return out + tie
