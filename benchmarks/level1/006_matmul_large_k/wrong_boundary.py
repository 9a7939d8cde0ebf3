# wrong: split-K into four equal parts of K // 4: the K % 4 last columns of A are never used
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        q = A.shape[1] // 4
        out = A.new_zeros(A.shape[0], B.shape[1])
        for i in range(4):
            out = out + A[:, i * q:(i + 1) * q] @ B[i * q:(i + 1) * q]
        return out
