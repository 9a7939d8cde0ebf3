# right
import torch
import torch.nn as nn
import torch.nn.functional as F


TM, TN = 512, 384


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        rows = []
        for i in range(0, A.shape[0], TM):
            a = A[i:i + TM]
            rows.append(torch.cat([F.linear(a, B[:, j:j + TN].t()) for j in range(0, B.shape[1], TN)], 1))
        return torch.cat(rows, 0)
