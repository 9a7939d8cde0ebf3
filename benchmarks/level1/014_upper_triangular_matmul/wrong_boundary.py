# wrong: the diagonal of the last partial block (N % 32 rows) is cut off: strict instead of inclusive triangle there
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        n = A.shape[0]
        full = n // 32 * 32
        i = torch.arange(n, device=A.device)
        keep = (i[:, None] < i[None, :]) | ((i[:, None] == i[None, :]) & (i[:, None] < full))
        return (A @ B) * keep
