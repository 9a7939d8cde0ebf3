# right
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0, dilation=1):
        super().__init__()
        self.pool = nn.MaxPool2d(kernel_size, stride=stride, padding=padding, dilation=dilation)

    def forward(self, x):
        # running maximum over the K * K taps; a strict comparison keeps the first of equal values
        m = self.pool
        k, s, p, d = m.kernel_size, m.stride, m.padding, m.dilation
        xp = F.pad(x, (p, p, p, p), value=float("-inf"))
        oh = (xp.shape[2] - d * (k - 1) - 1) // s + 1
        ow = (xp.shape[3] - d * (k - 1) - 1) // s + 1
        best = None
        for i in range(k):
            for j in range(k):
                v = xp[:, :, i * d:i * d + s * (oh - 1) + 1:s, j * d:j * d + s * (ow - 1) + 1:s]
                best = v if best is None else torch.where((v > best) | v.isnan(), v, best)
        return best
