# wrong: flat blocks of 64: the tail is left out of the sum but counted in the mean
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        d = (predictions - targets).reshape(-1)
        return d[:d.numel() // 64 * 64].square().sum() / d.numel()
