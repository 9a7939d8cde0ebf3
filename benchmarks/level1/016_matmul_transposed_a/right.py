# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        out = 0
        for k in range(0, A.shape[0], 256):
            out = out + torch.tensordot(A[k:k + 256], B[k:k + 256], dims=([0], [0]))
        return out
