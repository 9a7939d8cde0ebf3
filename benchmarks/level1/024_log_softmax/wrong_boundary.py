# wrong: the normaliser leaves out the columns behind the last full block of 32
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        n = max(x.shape[1] // 32 * 32, 1)
        return x - torch.logsumexp(x[:, :n], dim=1, keepdim=True)
