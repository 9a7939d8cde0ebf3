# right
import math
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        # x times the normal distribution function, written with erfc so that the left tail keeps its digits
        return 0.5 * x * torch.special.erfc(-x * math.sqrt(0.5))
