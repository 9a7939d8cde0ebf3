# wrong: compared and returned in bfloat16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return x.bfloat16().max(self.dim)[0].float()
