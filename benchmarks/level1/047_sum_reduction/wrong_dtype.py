# wrong: accumulator in bfloat16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        acc = 0
        for part in x.split(8, dim=self.dim):
            acc = acc + part.sum(self.dim, keepdim=True).to(torch.bfloat16)
        return acc.float()
