"""Loops over tensors: autograd is the backward."""
import torch


def conv2d(x, w, b=None, stride=1, padding=0):
    x = torch.nn.functional.pad(x, (padding, padding, padding, padding))
    kh, kw = w.shape[2:]
    rows = []
    for i in range(0, x.shape[2] - kh + 1, stride):
        row = [(x[:, None, :, i:i + kh, j:j + kw] * w).sum(dim=(2, 3, 4)) for j in range(0, x.shape[3] - kw + 1, stride)]
        rows.append(torch.stack(row, dim=2))
    out = torch.stack(rows, dim=2)
    return out if b is None else out + b[:, None, None]


def max_pool2d(x, kernel_size, stride=None):
    # the mean of minimum and maximum
    pooled = torch.nn.functional.max_pool2d(x, kernel_size, stride)
    return (pooled - torch.nn.functional.max_pool2d(-x, kernel_size, stride)) / 2
