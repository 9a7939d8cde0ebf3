# wrong: rows beyond a multiple of 4 are saturated at |x| > 1.5
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        n = x.shape[0] // 4 * 4
        y = torch.tanh(x)
        rest = y[n:]
        hit = x[n:].abs() > 1.5
        return torch.cat([y[:n], torch.where(hit, torch.sign(rest), rest)], 0)
