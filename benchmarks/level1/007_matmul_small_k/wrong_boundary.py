# wrong: rows are handled in groups of 16; in the last partial group every row is computed from the group's first row
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        outs = []
        for i in range(0, A.shape[0], 16):
            blk = A[i:i + 16]
            if blk.shape[0] < 16:
                blk = blk[:1].expand(blk.shape[0], -1)
            outs.append(blk @ B)
        return torch.cat(outs)
