# wrong: partial sums over chunks of 16 are kept in float16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        out = torch.zeros(A.shape[0], B.shape[1], dtype=torch.float16, device=A.device)
        for k in range(0, A.shape[1], 16):
            out = out + (A[:, k:k + 16] @ B[k:k + 16]).half()
        return out.float()
