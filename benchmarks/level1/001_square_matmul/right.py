# right
import torch
import torch.nn as nn
import torch.nn.functional as F


def _strassen(a, b):
    """seven products of quarter blocks; a, b with even extents"""
    m, k, n = a.shape[0] // 2, a.shape[1] // 2, b.shape[1] // 2
    a11, a12, a21, a22 = a[:m, :k], a[:m, k:], a[m:, :k], a[m:, k:]
    b11, b12, b21, b22 = b[:k, :n], b[:k, n:], b[k:, :n], b[k:, n:]
    p1 = (a11 + a22) @ (b11 + b22)
    p2 = (a21 + a22) @ b11
    p3 = a11 @ (b12 - b22)
    p4 = a22 @ (b21 - b11)
    p5 = (a11 + a12) @ b22
    p6 = (a21 - a11) @ (b11 + b12)
    p7 = (a12 - a22) @ (b21 + b22)
    top = torch.cat([p1 + p4 - p5 + p7, p3 + p5], 1)
    low = torch.cat([p2 + p4, p1 - p2 + p3 + p6], 1)
    return torch.cat([top, low], 0)


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        m, k = A.shape
        n = B.shape[1]
        A = F.pad(A, (0, k % 2, 0, m % 2))
        B = F.pad(B, (0, n % 2, 0, k % 2))
        return _strassen(A, B)[:m, :n]
