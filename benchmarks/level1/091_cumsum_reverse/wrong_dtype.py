# wrong: total - prefix + x with the total rounded to bfloat16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        total = x.sum(self.dim, keepdim=True).to(torch.bfloat16).to(x.dtype)
        return total - x.cumsum(self.dim) + x
