# wrong: the maximum is corrected between blocks of 16 columns but the running sum is not rescaled for the last, partial block
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        n = x.shape[1]
        m = x.new_full((x.shape[0], 1), -1e30)
        s = torch.zeros_like(m)
        for j in range(0, n, 16):
            blk = x[:, j:j + 16]
            new = torch.maximum(m, blk.amax(1, keepdim=True).detach())
            scale = torch.exp(m - new) if blk.shape[1] == 16 else 1.0
            s = s * scale + torch.exp(blk - new).sum(1, keepdim=True)
            m = new
        return torch.exp(x - m) / s
