# wrong: the last row, when BATCH is odd, is scaled by the norm of the row before
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        n = torch.sqrt((x * x).sum(1, keepdim=True))
        if x.shape[0] % 2 and x.shape[0] > 1:
            n = torch.cat([n[:-1], n[-2:-1]])
        return x / n
