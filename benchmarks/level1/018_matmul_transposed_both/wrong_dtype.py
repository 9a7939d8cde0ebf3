# wrong: running sum over blocks of the inner extent kept in bfloat16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        acc = torch.zeros(A.shape[1], B.shape[0], dtype=torch.bfloat16, device=A.device)
        for s in range(0, A.shape[0], 8):
            acc = acc + (A[s:s + 8].t() @ B[:, s:s + 8].t()).to(acc.dtype)
        return acc.float()
