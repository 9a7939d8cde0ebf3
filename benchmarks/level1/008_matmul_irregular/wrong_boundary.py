# wrong: the row loop has M // 32 steps, so the last M % 32 rows stay zero
import torch
import torch.nn as nn


TILE = 32


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        out = [A[i * TILE:(i + 1) * TILE] @ B for i in range(A.shape[0] // TILE)]
        out.append(A.new_zeros(A.shape[0] % TILE, B.shape[1]))
        return torch.cat(out, 0)
