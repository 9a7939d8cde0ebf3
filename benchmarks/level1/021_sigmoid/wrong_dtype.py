# wrong: exp and division in float16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        h = x.half()
        return (1 / (1 + torch.exp(-h))).float()
