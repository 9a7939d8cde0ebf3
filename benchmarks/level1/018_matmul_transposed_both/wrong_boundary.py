# wrong: rows of the result beyond a multiple of 8 come out with their column order reversed
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        out = A.t() @ B.t()
        m = out.shape[0] // 8 * 8
        return torch.cat([out[:m], out[m:].flip(1)], 0)
