# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        # only the blocks on and above the diagonal are multiplied
        n, t = A.shape[0], 128
        rows = []
        for i in range(0, n, t):
            a = A[i:i + t]
            right = a @ B[:, i:]
            h = a.shape[0]
            keep = torch.arange(h, device=A.device)[:, None] <= torch.arange(right.shape[1], device=A.device)[None, :]
            right = torch.where(keep, right, torch.zeros_like(right))
            rows.append(torch.cat([right.new_zeros(h, i), right], 1))
        return torch.cat(rows, 0)
