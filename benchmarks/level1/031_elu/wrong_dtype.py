# wrong: exp(x) - 1 with exp in bfloat16: small negative x lose their digits
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, alpha=1.0):
        super().__init__()
        self.alpha = alpha

    def forward(self, x):
        e = torch.exp(x.clamp(max=0).bfloat16()).float()
        return torch.where(x > 0, x, self.alpha * (e - 1))
