# wrong: the folded N*M rows are cut into tiles of 48; the last partial tile is computed one row too early (clamped start)
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        rows = A.reshape(-1, A.shape[-1])
        outs = []
        for i in range(0, rows.shape[0], 48):
            n = min(48, rows.shape[0] - i)
            start = i if n == 48 else max(i - 1, 0)
            outs.append(rows[start:start + n] @ B)
        return torch.cat(outs).reshape(A.shape[0], A.shape[1], -1)
