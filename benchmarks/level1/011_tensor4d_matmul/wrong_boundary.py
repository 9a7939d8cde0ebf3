# wrong: third axis is padded to a multiple of 8 by repeating its last slice and cut from the wrong end
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, X, W):
        j = X.shape[2]
        extra = -j % 8
        X = torch.cat([X, X[:, :, -1:].expand(-1, -1, extra, -1)], 2)
        out = torch.matmul(X, W)
        return out[:, :, extra:]
