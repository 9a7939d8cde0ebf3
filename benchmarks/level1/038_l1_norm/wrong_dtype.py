# wrong: absolute sum kept in float16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        s = torch.zeros(x.shape[0], 1, dtype=torch.float16, device=x.device)
        for j in range(0, x.shape[1], 8):
            s = s + x[:, j:j + 8].abs().sum(1, keepdim=True).half()
        return x * x.shape[1] / s.float()
