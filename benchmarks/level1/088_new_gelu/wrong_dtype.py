# wrong: x cubed and tanh in bfloat16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        h = x.bfloat16()
        t = torch.tanh(0.7978845608 * (h + 0.044715 * h * h * h))
        return 0.5 * x * (1 + t.float())
