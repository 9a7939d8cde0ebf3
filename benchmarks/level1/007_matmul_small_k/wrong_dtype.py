# wrong: output tile is held in float16 while outer products are added
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        out = torch.zeros(A.shape[0], B.shape[1], dtype=torch.half, device=A.device)
        for k in range(A.shape[1]):
            out = out + torch.outer(A[:, k], B[k]).half()
        return out.float()
