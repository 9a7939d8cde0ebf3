# wrong: B is read only in its upper triangle in tiles of 16; in the ragged last tile row the mirrored part is taken as zero
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        n = B.shape[0]
        full = n // 16 * 16
        r = torch.arange(n, device=B.device)
        lost = (r[:, None] >= full) & (r[:, None] > r[None, :])
        return A @ torch.where(lost, torch.zeros_like(B), B)
