# wrong: log of a sum taken in bfloat16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        m = x.amax(1, keepdim=True)
        s = torch.exp((x - m).bfloat16()).sum(1, keepdim=True)
        return x - m - torch.log(s).float()
