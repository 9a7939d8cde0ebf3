# wrong: erf argument and product in float16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        h = x.half()
        return (h * (0.5 + 0.5 * torch.erf((h * 0.70710678).float()).half())).float()
