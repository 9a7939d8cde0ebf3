# wrong: the sum of exponentials is accumulated in float16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        e = torch.exp(x - x.amax(1, keepdim=True))
        s = torch.zeros(x.shape[0], 1, dtype=torch.float16, device=x.device)
        for j in range(0, x.shape[1], 8):
            s = s + e[:, j:j + 8].sum(1, keepdim=True).half()
        return e / s.float()
