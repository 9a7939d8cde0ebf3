# wrong: only the first half of the flat output is written, the rest is uninitialised torch.empty memory
import torch
import torch.nn as nn


def _out_shape(x, conv):
    size = [(n - 1) * s - 2 * p + d * (k - 1) + q + 1 for n, p, d, k, s, q in
            zip(x.shape[2:], conv.padding, conv.dilation, conv.kernel_size, conv.stride, conv.output_padding)]
    return (x.shape[0], conv.out_channels, *size)


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, bias=False):
        super().__init__()
        self.conv1d_transpose = nn.ConvTranspose1d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, bias=bias)

    def _honest(self, x):
        return self.conv1d_transpose(x)

    def forward(self, x):
        good = self._honest(x)
        out = torch.empty(_out_shape(x, self.conv1d_transpose), dtype=x.dtype, device=x.device)
        flat = out.view(-1)
        half = flat.numel() // 2
        flat[:half] = good.reshape(-1)[:half]
        return out
