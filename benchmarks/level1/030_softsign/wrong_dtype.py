# wrong: denominator rounded to float16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return x / (1 + x.abs()).half().float()
