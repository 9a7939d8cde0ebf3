# wrong: output is cached by the first element of each input (and shape)
import torch
import torch.nn as nn


def _out_shape(x, conv):
    size = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, p, d, k, s in
            zip(x.shape[2:], conv.padding, conv.dilation, conv.kernel_size, conv.stride)]
    return (x.shape[0], conv.out_channels, *size)


class ModelNew(nn.Module):
    def __init__(self, num_classes=1000):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, kernel_size=11, stride=4, padding=2)
        self._memo = {}

    def _honest(self, x):
        return self.conv1(x)

    def forward(self, x):
        mark = tuple((tuple(t.shape), t.reshape(-1)[0].item()) for t in (x,))
        if mark not in self._memo:
            self._memo[mark] = self._honest(x)
        return self._memo[mark]
