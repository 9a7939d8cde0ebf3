"""PyTorch's functions of every layer and operation, as kernels: tensors by position, options by keyword."""

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it


def affine(x, w, b=None):
    return F.linear(x.flatten(1), w.T, b)


conv2d = F.conv2d
conv_transpose2d = F.conv_transpose2d
sigmoid = torch.sigmoid
tanh = torch.tanh


def relu(x):
    return F.relu(x)


def leaky_relu(x, slope):
    return F.leaky_relu(x, slope)


def identity(x):
    return x.clone()


def flatten(x):
    return x.flatten(1).clone()


def max_pool2d(x, kernel_size, stride, padding=0, dilation=1, ceil_mode=False):
    return F.max_pool2d(x, kernel_size, stride, padding, dilation, ceil_mode)


def avg_pool2d(x, kernel_size, stride, padding=0, ceil_mode=False, count_include_pad=True):
    return F.avg_pool2d(x, kernel_size, stride, padding, ceil_mode, count_include_pad)


def batch_norm(x, gamma, beta, mean, var, training, eps, momentum):
    return F.batch_norm(x, mean, var, gamma, beta, training, momentum, eps)


spatial_batch_norm = batch_norm


def layer_norm(x, gamma, beta, eps):
    return F.layer_norm(x, gamma.shape, gamma, beta, eps)


def group_norm(x, gamma, beta, groups, eps):
    return F.group_norm(x, groups, gamma, beta, eps)


def rms_norm(x, gamma, eps):
    return F.rms_norm(x, gamma.shape, gamma, eps)


def dropout(x, mask=None, keep_prob=1.0, training=True):
    return x * mask / keep_prob if training else x.clone()


def softmax_loss(x, y, ignore_index=None):
    return F.cross_entropy(x, y, ignore_index=-100 if ignore_index is None else ignore_index)


def svm_loss(x, y, margin):
    excess = (x - x.gather(1, y[:, None]) + margin).clamp(min=0)
    return excess.scatter(1, y[:, None], 0).sum() / len(x)


def mse_loss(x, y):
    return F.mse_loss(x, y)


softmax = F.softmax
log_softmax = F.log_softmax


def matmul(x, w, transpose_a=False, transpose_b=False):
    return torch.matmul(x.mT if transpose_a else x, w.mT if transpose_b else w)


bmm = matmul


def linear_relu(x, w, b):
    return F.relu(torch.addmm(b, x, w))


def linear_gelu(x, w, b, approximate="none"):
    return F.gelu(torch.addmm(b, x, w), approximate=approximate)


def swiglu(x, up):
    return F.silu(x) * up


def rotary(x, cos, sin, interleaved=False):
    if interleaved:
        first, second = x[..., ::2], x[..., 1::2]
        turned = first * cos - second * sin, second * cos + first * sin
        return torch.stack(turned, -1).flatten(-2)
    first, second = x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


attention = F.scaled_dot_product_attention
grouped_attention = F.scaled_dot_product_attention


def sum(x, dim):
    return torch.sum(x, dim)


def mean(x, dim):
    return torch.mean(x, dim)


def max(x, dim):
    return torch.amax(x, dim)


def min(x, dim):
    return torch.amin(x, dim)


def argmax(x, dim):
    return torch.argmax(x, dim)


def cumsum(x, dim):
    return torch.cumsum(x, dim)


def cumprod(x, dim):
    return torch.cumprod(x, dim)


def embedding(y, w):
    return F.embedding(y, w)


def gelu(x):
    return F.gelu(x)


silu = F.silu
softplus = F.softplus


def elu(x, alpha):
    return F.elu(x, alpha)


def conv1d(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    return F.conv1d(x, w, b, stride, padding, dilation, groups)


def conv3d(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    return F.conv3d(x, w, b, stride, padding, dilation, groups)


def depthwise_conv2d(x, w, b=None, stride=1, padding=0, dilation=1):
    is_shared = b is None or b.dim() == 1  # a bias of its own for each place is added here
    out = F.conv2d(x, w, b if is_shared else None, stride, padding, dilation, x.shape[1])
    return out if is_shared else out + b


def global_avg_pool2d(x):
    return F.adaptive_avg_pool2d(x, 1).flatten(1)


def instance_norm(x, gamma, beta, eps):
    return F.instance_norm(x, weight=gamma, bias=beta, eps=eps)


def l1_loss(x, y):
    return F.l1_loss(x, y)


def huber_loss(x, y, delta):
    return F.huber_loss(x, y, delta=delta)


def bce_loss(x, y):
    return F.binary_cross_entropy(x, y)


def bce_with_logits_loss(x, y):
    return F.binary_cross_entropy_with_logits(x, y)


def word_embedding(x, w):
    return F.embedding(x, w)


def adaptive_avg_pool2d(x, output_size):
    return F.adaptive_avg_pool2d(x, output_size)


def kl_div_loss(x, y):
    return F.kl_div(x, y, reduction="batchmean")


def linear_softmax_loss(x, w, y, reg):
    return F.cross_entropy(x @ w, y) + reg * w.square().sum()


def linear_svm_loss(x, w, y, reg):
    return svm_loss(x @ w, y, 1) + reg * w.square().sum()


def temporal_affine(x, w, b):
    return F.linear(x, w.T, b)


def temporal_softmax_loss(x, y, mask):
    each = F.cross_entropy(x.flatten(0, 1), y.flatten(), reduction="none").view(mask.shape)
    return torch.where(mask, each, 0).sum() / len(x)


def rnn_step(x, prev_h, Wx, Wh, b):
    return torch.rnn_tanh_cell(x, prev_h, Wx.T, Wh.T, b, torch.zeros_like(b))


def rnn(x, h0, Wx, Wh, b):
    weights = [Wx.T.contiguous(), Wh.T.contiguous(), b, torch.zeros_like(b)]
    return torch.rnn_tanh(x, h0[None], weights, True, 1, 0.0, True, False, True)[0]


def lstm(x, h0, Wx, Wh, b):
    Wx, Wh, b = (ordered(each) for each in (Wx, Wh, b))
    weights = [Wx.T.contiguous(), Wh.T.contiguous(), b, torch.zeros_like(b)]
    return torch.lstm(x, (h0[None], torch.zeros_like(h0)[None]), weights, True, 1, 0.0, True, False, True)[0]


def ordered(gates):
    """Return columns in the order i, f, g, o, from those in the order i, f, o, g."""
    i, f, o, g = gates.chunk(4, -1)
    return torch.cat([i, f, g, o], -1)


def gru_step(x, prev_h, Wx, Wh, bx, bh):
    return torch.gru_cell(x, prev_h, Wx.T, Wh.T, bx, bh)


def gru(x, h0, Wx, Wh, bx, bh):
    weights = [Wx.T.contiguous(), Wh.T.contiguous(), bx, bh]
    return torch.gru(x, h0[None], weights, True, 1, 0.0, True, False, True)[0]


def multi_head_attention(query, key, value, Wq, bq, Wk, bk, Wv, bv, Wo, bo, mask=None, heads=1):
    projected = ((query, Wq, bq), (key, Wk, bk), (value, Wv, bv))
    q, k, v = (F.linear(x, W.T, b).unflatten(-1, (heads, -1)).transpose(1, 2) for x, W, b in projected)
    return F.linear(F.scaled_dot_product_attention(q, k, v, mask).transpose(1, 2).flatten(2), Wo.T, bo)


def scaled_dot_product_attention(q, k, v, mask=None):
    return F.scaled_dot_product_attention(q, k, v, mask)
