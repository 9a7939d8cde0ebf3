# wrong: sums over inner blocks of 32 kept in float16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        acc = torch.zeros(A.shape[0], B.shape[1], dtype=torch.float16, device=A.device)
        for k in range(0, A.shape[1], 32):
            acc += (A[:, k:k + 32] @ B[k:k + 32]).to(torch.float16)
        return acc.to(A.dtype)
