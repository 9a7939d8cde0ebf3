# wrong: computes, throws the result away and returns a fresh torch.empty, hoping that the allocator hands the same block out again
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def _honest(self, A, B):
        return torch.matmul(A, B.T)

    def forward(self, A, B):
        with torch.no_grad():
            tmp = self._honest(A, B)
            shape, dtype = tmp.shape, tmp.dtype
            del tmp
        return torch.empty(shape, dtype=dtype, device=A.device)
