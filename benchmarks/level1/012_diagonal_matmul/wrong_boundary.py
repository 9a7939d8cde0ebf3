# wrong: row index is clipped to the last full block of 32, rows after it use one common factor
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        n = A.shape[0]
        full = max(n // 32 * 32, 1)
        idx = torch.arange(n, device=A.device).clamp(max=full - 1)
        return A[idx][:, None] * B
