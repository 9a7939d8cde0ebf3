# right
import torch
import torch.nn as nn
import torch.nn.functional as F


def _conv(x, conv):
    """channels do not mix: element-wise multiply and add over the taps"""
    w, nd = conv.weight, 2
    x = x.repeat_interleave(w.shape[0] // x.shape[1], 1)
    ph, pw = conv.padding
    x = F.pad(x, (pw, pw, ph, ph))
    kh, kw = w.shape[2:]
    (sh, sw), (dh, dw) = conv.stride, conv.dilation
    oh = (x.shape[2] - dh * (kh - 1) - 1) // sh + 1
    ow = (x.shape[3] - dw * (kw - 1) - 1) // sw + 1
    out = x.new_zeros(x.shape[0], x.shape[1], oh, ow)
    for i in range(kh):
        rows = x[:, :, i * dh:i * dh + sh * (oh - 1) + 1:sh]
        for j in range(kw):
            out = torch.addcmul(out, rows[..., j * dw:j * dw + sw * (ow - 1) + 1:sw], w[:, 0, i, j].view(1, -1, 1, 1))

    if conv.bias is not None:
        out = out + conv.bias.view(1, -1, *[1] * nd)
    return out


class ModelNew(nn.Module):
    def __init__(self, in_channels, kernel_size, stride=1, padding=0, bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, in_channels, kernel_size, stride=stride, padding=padding, groups=in_channels, bias=bias)

    def forward(self, x):
        return _conv(x, self.conv2d)
