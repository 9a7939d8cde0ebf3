# wrong: triangle mask is made per tile of 16 with an offset that is one too small in the last, partial tile
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        n = A.shape[0]
        full = n // 16 * 16
        i = torch.arange(n, device=A.device)
        keep = i[None, :] <= i[:, None] - (i[:, None] >= full).long()
        return torch.where(keep, A @ B, torch.zeros_like(A))
