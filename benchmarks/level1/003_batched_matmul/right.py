# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        # rank-b updates: sum over slices of the inner extent, all batches at once
        out = None
        for k in range(0, A.shape[2], 32):
            part = torch.einsum("bmk,bkn->bmn", A[:, :, k:k + 32], B[:, k:k + 32, :])
            out = part if out is None else out + part
        return out
