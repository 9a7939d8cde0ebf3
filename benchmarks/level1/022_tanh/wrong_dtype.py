# wrong: exponentials in bfloat16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        e = torch.exp(-2 * x.abs().bfloat16())
        return (torch.sign(x) * ((1 - e) / (1 + e)).float())
