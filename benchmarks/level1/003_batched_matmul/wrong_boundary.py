# wrong: batches are taken four at a time; the remaining BATCH % 4 at the end reuse the operand B of the last full group
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        outs = []
        full = A.shape[0] // 4 * 4
        for b in range(0, full, 4):
            outs.append(torch.matmul(A[b:b + 4], B[b:b + 4]))
        for b in range(full, A.shape[0]):
            outs.append(torch.matmul(A[b:b + 1], B[max(full - 1, 0):max(full, 1)]))
        return torch.cat(outs, 0)
