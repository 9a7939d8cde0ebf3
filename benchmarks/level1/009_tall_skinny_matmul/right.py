# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        # one broadcast multiply-add per inner index, for bands of rows
        bands = []
        for i in range(0, A.shape[0], 256):
            a = A[i:i + 256]
            acc = a[:, :1] * B[:1]
            for k in range(1, a.shape[1]):
                acc = torch.addcmul(acc, a[:, k:k + 1], B[k:k + 1])
            bands.append(acc)
        return torch.cat(bands)
