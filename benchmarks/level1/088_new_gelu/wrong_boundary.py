# wrong: the last BATCH % 4 rows leave out the cubic term
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        k = torch.full((x.shape[0], 1), 0.044715, dtype=x.dtype, device=x.device)
        k[x.shape[0] // 4 * 4:] = 0
        return 0.5 * x * (1 + torch.tanh(0.7978845608028654 * (x + k * x ** 3)))
