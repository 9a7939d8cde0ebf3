# wrong: last column tile of width 32 starts at N - 32 but is written as if it began at the tile grid: wrong columns when N % 32 != 0
import torch
import torch.nn as nn


TILE = 32


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        n = B.shape[1]
        cols = []
        for j in range(0, n, TILE):
            w = min(TILE, n - j)
            start = max(0, min(j, n - TILE))
            cols.append(A @ B[:, start:start + w])
        return torch.cat(cols, 1)
