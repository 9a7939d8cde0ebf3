# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        # (B A)^T, with B A built from halves of the inner extent by recursion
        def rec(b, a):
            k = a.shape[0]
            if k <= 256:
                return torch.einsum("nk,km->mn", b, a)
            h = k // 2
            return rec(b[:, :h], a[:h]) + rec(b[:, h:], a[h:])

        return rec(B, A)
