# wrong: the last output row of an odd number of rows repeats the row before (rows come in pairs)
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0, dilation=1):
        super().__init__()
        self.pool = nn.MaxPool2d(kernel_size, stride=stride, padding=padding, dilation=dilation)

    def forward(self, x):
        y = self.pool(x)
        if y.shape[2] % 2 and y.shape[2] > 1:
            y = torch.cat([y[:, :, :-1], y[:, :, -2:-1]], 2)
        return y
