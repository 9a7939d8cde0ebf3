# wrong: inner extent is walked in steps of 64 and the tail K % 64 is left out of the sum
import torch
import torch.nn as nn


TILE = 64


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        K = A.shape[1]
        out = A.new_zeros(A.shape[0], B.shape[1])
        for t in range(K // TILE):
            s = slice(t * TILE, (t + 1) * TILE)
            out = out + A[:, s] @ B[s]
        return out
