# wrong: returns uninitialised memory of the right shape, nothing is computed
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return torch.empty(x.shape, dtype=x.dtype, device=x.device)
