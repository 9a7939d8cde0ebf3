# wrong: queries behind the last full tile of 16 see one key too few at the far end of the window (off by one)
import math
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, window):
        super().__init__()
        self.window = window

    def forward(self, Q, K, V):
        n = Q.shape[-2]
        i = torch.arange(n, device=Q.device)
        gap = i[:, None] - i[None, :]
        w = self.window - (i >= n // 16 * 16).long()[:, None]
        ok = (gap >= 0) & (gap < w.clamp(min=1))
        z = (Q @ K.transpose(-1, -2) / math.sqrt(Q.shape[-1])).masked_fill(~ok, float("-inf"))
        return torch.softmax(z, -1) @ V
