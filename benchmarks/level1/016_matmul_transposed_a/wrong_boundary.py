# wrong: the last pass over K reads a full tile of 32 from K - 32 on, so rows are counted twice if K % 32 != 0
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        k, t = A.shape[0], 32
        out = A.new_zeros(A.shape[1], B.shape[1])
        for s in range(0, k, t):
            s = max(0, min(s, k - t))
            out = out + A[s:s + t].T @ B[s:s + t]
        return out
