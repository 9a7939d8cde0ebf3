# wrong: the vector is read in packs of 8; the K % 8 last entries are ignored
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        k = A.shape[1] // 8 * 8
        packs = A[:, :k].reshape(A.shape[0], -1, 8) * B[:k, 0].reshape(1, -1, 8)
        return packs.sum(2).sum(1, keepdim=True)
