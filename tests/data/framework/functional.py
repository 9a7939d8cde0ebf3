"""torch.nn.functional by hand: forward keeps nothing, backward takes forward's arguments again."""
import numpy as np


def _pair(value):
    return value if isinstance(value, tuple) else (value, value)


def _windows(x, kernel, stride, dilation):
    """(N, C, OH, OW, kh, kw), a view."""
    (kh, kw), (sh, sw), (dh, dw) = kernel, stride, dilation
    reach = (dh * (kh - 1) + 1, dw * (kw - 1) + 1)
    view = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(2, 3))
    return view[:, :, ::sh, ::sw, ::dh, ::dw]


def _framed(x, padding, value=0.0):
    (ph, pw) = padding
    return np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=value)


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    stride, padding, dilation = _pair(stride), _pair(padding), _pair(dilation)
    x = _framed(input, padding)
    outs = []
    for xs, ws in zip(np.split(x, groups, axis=1), np.split(weight, groups)):
        outs.append(np.einsum('ncijkl,fckl->nfij', _windows(xs, ws.shape[2:], stride, dilation), ws))
    out = np.concatenate(outs, axis=1)
    return out if bias is None else out + bias[:, None, None]


def conv2d_backward(dout, input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    stride, padding, dilation = _pair(stride), _pair(padding), _pair(dilation)
    x = _framed(input, padding)
    dx, dw = np.zeros_like(x), np.zeros_like(weight)
    C, F = weight.shape[1], weight.shape[0] // groups
    for g in range(groups):
        d, cs, fs = dout[:, g * F:(g + 1) * F], slice(g * C, (g + 1) * C), slice(g * F, (g + 1) * F)
        cols = _windows(x[:, cs], weight.shape[2:], stride, dilation)
        dw[fs] = np.einsum('ncijkl,nfij->fckl', cols, d)
        for i in range(d.shape[2]):
            for j in range(d.shape[3]):
                u, v = i * stride[0], j * stride[1]
                rows = slice(u, u + dilation[0] * (weight.shape[2] - 1) + 1, dilation[0])
                columns = slice(v, v + dilation[1] * (weight.shape[3] - 1) + 1, dilation[1])
                dx[:, cs, rows, columns] += np.einsum('nf,fckl->nckl', d[:, :, i, j], weight[fs])
    ph, pw = padding
    dx = dx[:, :, ph:ph + input.shape[2], pw:pw + input.shape[3]]
    return dx, dw, None if bias is None else dout.sum(axis=(0, 2, 3))


def conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    stride, padding, dilation, more = _pair(stride), _pair(padding), _pair(dilation), _pair(output_padding)
    N, C, H, W = input.shape
    _, F, kh, kw = weight.shape
    oh = (H - 1) * stride[0] + dilation[0] * (kh - 1) + 1 + more[0]
    ow = (W - 1) * stride[1] + dilation[1] * (kw - 1) + 1 + more[1]
    canvas = np.zeros((N, F * groups, oh, ow))
    each = C // groups
    for g in range(groups):
        fs, cs = slice(g * F, (g + 1) * F), slice(g * each, (g + 1) * each)
        for k in range(kh):
            for l in range(kw):
                u, v = k * dilation[0], l * dilation[1]
                spot = canvas[:, fs, u:u + (H - 1) * stride[0] + 1:stride[0], v:v + (W - 1) * stride[1] + 1:stride[1]]
                spot += np.einsum('nchw,cf->nfhw', input[:, cs], weight[cs, :, k, l])
    out = canvas[:, :, padding[0]:oh - padding[0], padding[1]:ow - padding[1]]
    return out if bias is None else out + bias[:, None, None]


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1):
    kernel_size, padding = _pair(kernel_size), _pair(padding)
    stride = kernel_size if stride is None else _pair(stride)
    cols = _windows(_framed(input, padding, -np.inf), kernel_size, stride, _pair(dilation))
    return cols.max(axis=(4, 5))


def max_pool2d_backward(dout, input, kernel_size, stride=None, padding=0, dilation=1):
    kernel_size, padding, dilation = _pair(kernel_size), _pair(padding), _pair(dilation)
    stride = kernel_size if stride is None else _pair(stride)
    x = _framed(input, padding, -np.inf)
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        best, at = -np.inf, None
        for k in range(kernel_size[0]):
            for l in range(kernel_size[1]):
                u, v = i * stride[0] + k * dilation[0], j * stride[1] + l * dilation[1]
                if at is None or x[n, c, u, v] > best:
                    best, at = x[n, c, u, v], (n, c, u, v)
        dx[at] += dout[n, c, i, j]
    return dx[:, :, padding[0]:padding[0] + input.shape[2], padding[1]:padding[1] + input.shape[3]]


def avg_pool2d(input, kernel_size, stride=None, padding=0, count_include_pad=True):
    kernel_size, padding = _pair(kernel_size), _pair(padding)
    stride = kernel_size if stride is None else _pair(stride)
    cols = _windows(_framed(input, padding), kernel_size, stride, (1, 1)).sum(axis=(4, 5))
    real = _framed(np.ones_like(input), padding, float(count_include_pad))
    return cols / _windows(real, kernel_size, stride, (1, 1)).sum(axis=(4, 5))


def linear(input, weight, bias=None):
    out = input.dot(weight.T)
    return out if bias is None else out + bias


def linear_backward(dout, input, weight, bias=None):
    if bias is None:
        return dout.dot(weight), dout.T.dot(input)
    return dout.dot(weight), dout.T.dot(input), dout.sum(axis=0)


def relu(input):
    return np.maximum(input, 0)


def relu_backward(dout, input):
    return dout * (input > 0)
