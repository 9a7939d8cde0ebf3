# wrong: the gate is rounded to bfloat16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return x * torch.sigmoid(x).to(torch.bfloat16).to(x.dtype)
