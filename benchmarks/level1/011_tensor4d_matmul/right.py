# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, X, W):
        b, i, j, l = X.shape
        flat = X.reshape(b * i * j, l)
        out = flat.new_zeros(b * i * j, W.shape[1])
        for s in range(0, l, 64):
            out = torch.addmm(out, flat[:, s:s + 64], W[s:s + 64])
        return out.view(b, i, j, -1)
