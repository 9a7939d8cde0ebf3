# wrong: flat blocks of 256 elements: what lies after the last full block is copied without the factor
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, s):
        flat = A.reshape(-1)
        n = flat.numel() // 256 * 256
        return torch.cat([flat[:n] * s, flat[n:]]).reshape(A.shape)
