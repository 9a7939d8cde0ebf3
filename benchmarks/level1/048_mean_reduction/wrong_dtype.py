# wrong: sum in float16, then divided
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return x.half().sum(self.dim).float() / x.shape[self.dim]
