"""PyTorch's own kernels and autograd behind our names, on the CPU: ``gradcheck verify tests/peers/torch_layers.py``.

What PyTorch cannot say in one call is composed of calls that it can, and the comment says so. Arguments are
copied on the way in and results on the way out, so that what is judged is PyTorch, not who owns the memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from math import inf

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812 - what the field calls it

# Starting a second thread takes longer than any plane of a test.
torch.set_num_threads(1)


@dataclass(frozen=True)
class Graph:
    """What autograd recorded: the output, the inputs that want a gradient, the new running statistics."""

    out: torch.Tensor
    leaves: tuple[torch.Tensor | None, ...]
    running_mean: np.ndarray | None = None
    running_var: np.ndarray | None = None


def refusing(forward: Callable) -> Callable:
    """Turn PyTorch's ways of refusing impossible geometry (RuntimeError, IndexError) into ValueError."""

    @wraps(forward)
    def refusing_forward(*args, **kwargs):
        try:
            return forward(*args, **kwargs)
        except NotImplementedError:
            raise
        except (RuntimeError, IndexError) as problem:
            raise ValueError(f"{forward.__name__}: {str(problem).splitlines()[0]}") from problem

    return refusing_forward


def leaf(values: np.ndarray | None) -> torch.Tensor | None:
    """Return a copy of an array as a tensor that wants a gradient."""
    if values is None:
        return None
    array = np.array(values, order="C")
    if array.dtype.kind != "f":
        raise TypeError(f"dtype {array.dtype}; expected a floating dtype")
    return torch.from_numpy(array).requires_grad_()


def constant(values: np.ndarray | None) -> torch.Tensor | None:
    """Return a copy of an array as a tensor."""
    return None if values is None else torch.from_numpy(np.array(values, order="C"))


def array(values: torch.Tensor | None) -> np.ndarray | None:
    """Return a copy of a tensor as a C-contiguous array."""
    return None if values is None else np.array(values.detach().numpy(), order="C")


def result(out: torch.Tensor, *leaves: torch.Tensor | None) -> tuple[np.ndarray, Graph]:
    """Return the output as an array, and the graph as the cache."""
    return array(out), Graph(out, leaves)


def gradients(dout: np.ndarray, cache: Graph) -> tuple[np.ndarray | None, ...]:
    """Return the gradient of every leaf, None for an absent one; the graph is kept for another time."""
    there = [tensor for tensor in cache.leaves if tensor is not None]
    upstream = torch.from_numpy(np.array(dout, dtype=there[0].detach().numpy().dtype, order="C"))
    found = iter(torch.autograd.grad(cache.out, there, upstream, retain_graph=True))
    return tuple(None if tensor is None else array(next(found)) for tensor in cache.leaves)


def gradient(dout: np.ndarray, cache: Graph) -> np.ndarray:
    """Return the gradient of the only leaf."""
    return gradients(dout, cache)[0]


def pair(value) -> tuple[int, int]:
    """Return an int or a pair as (height, width)."""
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def pads_of(pad) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return a pad as ((top, bottom), (left, right))."""
    height, width = pair(pad)
    return pair(height), pair(width)


def symmetric(pads) -> tuple[int, int] | None:
    """Return (height, width) where both sides of each axis are padded alike, as PyTorch wants it."""
    return (pads[0][0], pads[1][0]) if all(before == after for before, after in pads) else None


def framed(x: torch.Tensor, pads, value: float = 0.0) -> torch.Tensor:
    """Return x with its pads filled in; a negative pad crops."""
    return F.pad(x, (*pads[1], *pads[0]), value=value)


def with_bias(out: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
    """Return the output plus a bias that PyTorch does not know: one per position."""
    return out if b is None else out + (b if b.ndim == 3 else b[:, None, None])


# Layers without windows.


@refusing
def affine_forward(x, w, b=None):
    x, w, b = leaf(x), leaf(w), leaf(b)
    return result(F.linear(x.flatten(1), w.T, b), x, w, b)


affine_backward = gradients


def elementwise(function: Callable) -> Callable:
    """Return the forward of a function of one tensor and keyword arguments."""

    @refusing
    def forward(x, **options):
        x = leaf(x)
        return result(function(x, **options), x)

    return forward


relu_forward = elementwise(F.relu)
leaky_relu_forward = elementwise(lambda x, slope=0.01: F.leaky_relu(x, slope))
sigmoid_forward = elementwise(torch.sigmoid)
tanh_forward = elementwise(torch.tanh)
identity_forward = elementwise(torch.clone)
flatten_forward = elementwise(lambda x: torch.flatten(x, 1))
gelu_forward = elementwise(lambda x, approximate="none": F.gelu(x, approximate=approximate))
silu_forward = elementwise(F.silu)
elu_forward = elementwise(lambda x, alpha=1.0: F.elu(x, alpha))
# F.softplus is x itself above a threshold, and overflows below a higher one.
softplus_forward = elementwise(lambda x: torch.logaddexp(x, torch.zeros((), dtype=x.dtype)))
softmax_forward = elementwise(lambda x: F.softmax(x, -1))
relu_backward = leaky_relu_backward = sigmoid_backward = tanh_backward = gradient
gelu_backward = silu_backward = elu_backward = softplus_backward = softmax_backward = gradient
identity_backward = flatten_backward = gradient


@refusing
def dropout_forward(x, *, keep_prob=0.5, mask=None, rng=None, training=True):
    x = leaf(x)
    if not training:
        return result(F.dropout(x, training=False).clone(), x)
    # F.dropout draws from a generator of its own; with a given mask it is this product.
    kept = rng.random(tuple(x.shape)) < keep_prob if mask is None else mask
    return result(x * constant(np.asarray(kept, dtype=bool)) / keep_prob, x)


dropout_backward = gradient


# Convolutions.


@refusing
def conv2d_forward(x, w, b=None, *, stride=1, pad=0, dilation=1, groups=1):
    x, w, b = leaf(x), leaf(w), leaf(b)
    pads = pads_of(pad)
    own = symmetric(pads)
    image = x if own else framed(x, pads)
    inside = b if b is not None and b.ndim == 1 else None
    out = F.conv2d(image, w, inside, pair(stride), own or 0, pair(dilation), groups)
    return result(out if inside is not None else with_bias(out, b), x, w, b)


@refusing
def conv_transpose2d_forward(x, w, b=None, *, stride=1, pad=0, dilation=1, groups=1, output_pad=0):
    x, w, b = leaf(x), leaf(w), leaf(b)
    pads = pads_of(pad)
    own = symmetric(pads)
    more = {"output_padding": pair(output_pad), "groups": groups, "dilation": pair(dilation)}
    if own and (b is None or b.ndim == 1):
        return result(F.conv_transpose2d(x, w, b, pair(stride), own, **more), x, w, b)
    # What is cut off unevenly is cut off here.
    canvas = F.conv_transpose2d(x, w, None, pair(stride), 0, **more)
    if min(extent - sum(cut) for extent, cut in zip(canvas.shape[2:], pads, strict=True)) < 1:
        raise ValueError(f"conv_transpose2d: pad {pads} leaves nothing of {tuple(canvas.shape[2:])}")
    return result(with_bias(framed(canvas, [(-before, -after) for before, after in pads]), b), x, w, b)


@refusing
def conv1d_forward(x, w, b=None, *, stride=1, pad=0, dilation=1, groups=1):
    x, w, b = leaf(x), leaf(w), leaf(b)
    (sides,) = pad if isinstance(pad, tuple) and isinstance(pad[0], tuple) else (pair(pad),)
    return result(F.conv1d(F.pad(x, sides), w, b, stride, 0, dilation, groups), x, w, b)


@refusing
def conv3d_forward(x, w, b=None, *, stride=1, pad=0, dilation=1, groups=1):
    x, w, b = leaf(x), leaf(w), leaf(b)
    pads = [pair(side) for side in (pad if isinstance(pad, tuple) else (pad,) * 3)]
    even = all(before == after for before, after in pads)
    volume = x if even else F.pad(x, [side for sides in reversed(pads) for side in sides])
    own = [before for before, _ in pads] if even else 0
    return result(F.conv3d(volume, w, b, stride, own, dilation, groups), x, w, b)


@refusing
def depthwise_conv2d_forward(x, w, b=None, *, stride=1, pad=0, dilation=1):
    return conv2d_forward(x, w, b, stride=stride, pad=pad, dilation=dilation, groups=x.shape[1])


conv2d_backward = conv_transpose2d_backward = gradients
conv1d_backward = conv3d_backward = depthwise_conv2d_backward = gradients


# Pooling.


def window_starts(size, reach, stride, pad, ceil_mode) -> range:
    """Return where the windows along an axis start, counted from the first real entry, as PyTorch counts."""
    count = (size + sum(pad) - reach) // stride + 1
    if ceil_mode:
        count = -(-(size + sum(pad) - reach) // stride) + 1
        count -= (count - 1) * stride >= size + pad[0]
    return range(-pad[0], -pad[0] + count * stride, stride)


@dataclass(frozen=True)
class Windows:
    """Windows along the two axes; `reach` is the dilated kernel."""

    size: tuple[int, int]
    kernel: tuple[int, int]
    dilation: tuple[int, int]
    stride: tuple[int, int]
    pads: tuple[tuple[int, int], tuple[int, int]]
    ceil_mode: bool

    @property
    def reach(self) -> tuple[int, int]:
        """The extent of the dilated kernel."""
        return tuple(d * (k - 1) + 1 for d, k in zip(self.dilation, self.kernel, strict=True))

    @property
    def starts(self) -> list[range]:
        """Where the windows start, along each axis."""
        rows = zip(self.size, self.reach, self.stride, self.pads, strict=True)
        return [window_starts(*row, self.ceil_mode) for row in rows]

    @property
    def exact_pads(self) -> list[tuple[int, int]]:
        """The pads (negative ones crop) with which the windows fit without a remainder."""
        rows = zip(self.starts, self.size, self.reach, self.pads, strict=True)
        return [(pad[0], starts[-1] + reach - size) for starts, size, reach, pad in rows]

    @property
    def has_blind_window(self) -> bool:
        """Whether some window sees no real entry at all."""
        rows = zip(self.starts, self.size, self.kernel, self.dilation, strict=True)
        return any(
            not any(0 <= start + d * i < size for i in range(kernel))
            for starts, size, kernel, d in rows
            for start in starts
        )


def windows_of(x, kernel, stride, pad, dilation, ceil_mode) -> Windows:
    """Return the windows over x, refused where PyTorch's own rule about pads does."""
    kernel, pads = pair(kernel), pads_of(pad)
    if any(max(sides) > extent // 2 for sides, extent in zip(pads, kernel, strict=True)):
        raise ValueError(f"pad {pads} should be at most half of the kernel {kernel}")
    step = kernel if stride is None else pair(stride)
    windows = Windows(tuple(x.shape[2:]), kernel, pair(dilation), step, pads, ceil_mode)
    if not all(windows.starts):
        raise ValueError(f"kernel {windows.reach} is larger than the padded input of {windows.size}")
    return windows


@refusing
def max_pool2d_forward(x, *, kernel, stride=None, pad=0, dilation=1, ceil_mode=False):
    x = leaf(x)
    windows = windows_of(x, kernel, stride, pad, dilation, ceil_mode)
    common = {"dilation": windows.dilation, "stride": windows.stride}
    own = symmetric(windows.pads)
    # On a window of nothing but padding PyTorch remembers a winner behind the end of the plane, and its
    # backward writes there. With the padding filled in, the winner is a padded entry.
    if own and not windows.has_blind_window:
        return result(F.max_pool2d(x, windows.kernel, padding=own, ceil_mode=ceil_mode, **common), x)
    return result(F.max_pool2d(framed(x, windows.exact_pads, -inf), windows.kernel, **common), x)


@refusing
def avg_pool2d_forward(x, *, kernel, stride=None, pad=0, ceil_mode=False, count_include_pad=True):
    x = leaf(x)
    windows = windows_of(x, kernel, stride, pad, 1, ceil_mode)
    own = symmetric(windows.pads)
    if own:
        rest = (own, ceil_mode, count_include_pad)
        return result(F.avg_pool2d(x, windows.kernel, windows.stride, *rest), x)
    sums = [windows.kernel, windows.stride, 0, False, True, 1]
    counted = framed(torch.ones_like(x.detach()), windows.pads, float(count_include_pad))
    rest = [(0, exact[1] - pad[1]) for exact, pad in zip(windows.exact_pads, windows.pads, strict=True)]
    counts = F.avg_pool2d(framed(counted, rest), *sums)
    return result(F.avg_pool2d(framed(x, windows.exact_pads), *sums) / counts, x)


@refusing
def global_avg_pool2d_forward(x):
    x = leaf(x)
    return result(F.adaptive_avg_pool2d(x, 1).flatten(1), x)


@refusing
def adaptive_avg_pool2d_forward(x, *, output_size):
    x = leaf(x)
    return result(F.adaptive_avg_pool2d(x, output_size), x)


max_pool2d_backward = avg_pool2d_backward = gradient
global_avg_pool2d_backward = adaptive_avg_pool2d_backward = gradient


# Normalisations.


@refusing
def batch_norm_forward(
    x,
    gamma,
    beta,
    running_mean=None,
    running_var=None,
    *,
    training=True,
    eps=1e-5,
    momentum=0.1,
    unbiased=True,
):
    leaves = x, gamma, beta = leaf(x), leaf(gamma), leaf(beta)
    mean, var = constant(running_mean), constant(running_var)
    old = None if var is None else var.clone()
    out = F.batch_norm(x, mean, var, gamma, beta, training, momentum, eps)
    if training and not unbiased and old is not None:
        # PyTorch's running variance is always the unbiased one.
        batch = x.detach().var(dim=[0, *range(2, x.ndim)], correction=0)
        var = (1 - momentum) * old + momentum * batch
    return array(out), Graph(out, leaves, array(mean), array(var))


@refusing
def layer_norm_forward(x, gamma, beta, *, eps=1e-5):
    x, gamma, beta = leaf(x), leaf(gamma), leaf(beta)
    return result(F.layer_norm(x, gamma.shape, gamma, beta, eps), x, gamma, beta)


@refusing
def rms_norm_forward(x, gamma, *, eps=1e-5):
    x, gamma = leaf(x), leaf(gamma)
    return result(F.rms_norm(x, gamma.shape, gamma, eps), x, gamma)


@refusing
def instance_norm_forward(x, gamma, beta, *, eps=1e-5):
    x, gamma, beta = leaf(x), leaf(gamma), leaf(beta)
    # The kernel that F.instance_norm calls: it refuses planes of a single value itself.
    return result(torch.instance_norm(x, gamma, beta, None, None, True, 0.0, eps, False), x, gamma, beta)


@refusing
def group_norm_forward(x, gamma, beta, *, groups=1, eps=1e-5):
    x, gamma, beta = leaf(x), leaf(gamma), leaf(beta)
    # The kernel itself: F.group_norm refuses a group of a single value, as if it were a training batch.
    return result(torch.group_norm(x, groups, gamma, beta, eps), x, gamma, beta)


spatial_batch_norm_forward = batch_norm_forward
batch_norm_backward = spatial_batch_norm_backward = gradients
layer_norm_backward = rms_norm_backward = group_norm_backward = instance_norm_backward = gradients


# Recurrent layers. PyTorch has (columns, rows) weights, two biases, and the gates of an LSTM in the order i, f, g, o.


def in_torchs_order(gates: torch.Tensor) -> torch.Tensor:
    """Return blocks of columns in the order i, f, g, o, from those in the order i, f, o, g."""
    i, f, o, g = gates.chunk(4, dim=-1)
    return torch.cat([i, f, g, o], dim=-1)


def weights_of(kind: str, Wx, Wh, b) -> list[torch.Tensor]:
    """Return weights and biases as PyTorch takes them; the second bias is zero."""
    order = in_torchs_order if kind == "lstm" else lambda values: values
    bias = order(b)
    return [order(Wx).T, order(Wh).T, bias, torch.zeros_like(bias)]


def along(function: Callable, x, state, weights) -> torch.Tensor:
    """Return the states of one layer along a sequence, whose first axis is the batch."""
    weights = [each.contiguous() for each in weights]
    return function(x, state, weights, True, 1, 0.0, True, False, True)[0]


@refusing
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    leaves = x, prev_h, Wx, Wh, b = [leaf(each) for each in (x, prev_h, Wx, Wh, b)]
    return result(torch.rnn_tanh_cell(x, prev_h, *weights_of("rnn", Wx, Wh, b)), *leaves)


@refusing
def rnn_forward(x, h0, Wx, Wh, b):
    leaves = x, h0, Wx, Wh, b = [leaf(each) for each in (x, h0, Wx, Wh, b)]
    return result(along(torch.rnn_tanh, x, h0[None], weights_of("rnn", Wx, Wh, b)), *leaves)


@refusing
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    leaves = x, prev_h, prev_c, Wx, Wh, b = [leaf(each) for each in (x, prev_h, prev_c, Wx, Wh, b)]
    outputs = torch.lstm_cell(x, (prev_h, prev_c), *weights_of("lstm", Wx, Wh, b))
    return *map(array, outputs), Graph(torch.stack(outputs), tuple(leaves))


@refusing
def lstm_forward(x, h0, Wx, Wh, b):
    leaves = x, h0, Wx, Wh, b = [leaf(each) for each in (x, h0, Wx, Wh, b)]
    state = (h0[None], torch.zeros_like(h0)[None])
    return result(along(torch.lstm, x, state, weights_of("lstm", Wx, Wh, b)), *leaves)


@refusing
def gru_step_forward(x, prev_h, Wx, Wh, bx, bh):
    leaves = x, prev_h, Wx, Wh, bx, bh = [leaf(each) for each in (x, prev_h, Wx, Wh, bx, bh)]
    return result(torch.gru_cell(x, prev_h, Wx.T, Wh.T, bx, bh), *leaves)


@refusing
def gru_forward(x, h0, Wx, Wh, bx, bh):
    leaves = x, h0, Wx, Wh, bx, bh = [leaf(each) for each in (x, h0, Wx, Wh, bx, bh)]
    return result(along(torch.gru, x, h0[None], [Wx.T, Wh.T, bx, bh]), *leaves)


rnn_step_backward = rnn_backward = lstm_backward = gru_step_backward = gru_backward = gradients


def lstm_step_backward(dnext_h, dnext_c, cache):
    return gradients(np.stack([dnext_h, dnext_c]), cache)


# Losses.


@refusing
def softmax_loss_forward(x, y, *, ignore_index=-100):
    x = leaf(x)
    return result(F.cross_entropy(x, constant(y), ignore_index=ignore_index), x)


@refusing
def svm_loss_forward(x, y, *, margin=1.0):
    x, y = leaf(x), constant(y)
    # PyTorch's multi_margin_loss divides by the number of classes, which is not always exact.
    excess = F.relu(x - x.gather(1, y[:, None]) + margin)
    others = torch.ones_like(excess).scatter(1, y[:, None], 0)
    return result((excess * others).sum() / len(y), x)


@refusing
def mse_loss_forward(x, y):
    x = leaf(x)
    return result(F.mse_loss(x, constant(y)), x)


@refusing
def l1_loss_forward(x, y):
    x = leaf(x)
    return result(F.l1_loss(x, constant(y)), x)


@refusing
def huber_loss_forward(x, y, *, delta=1.0):
    x = leaf(x)
    return result(F.huber_loss(x, constant(y), delta=delta), x)


@refusing
def bce_loss_forward(x, y):
    x = leaf(x)
    return result(F.binary_cross_entropy(x, constant(y)), x)


@refusing
def bce_with_logits_loss_forward(x, y):
    x = leaf(x)
    return result(F.binary_cross_entropy_with_logits(x, constant(y)), x)


@refusing
def kl_div_loss_forward(x, y):
    x = leaf(x)
    return result(F.kl_div(x, constant(y), reduction="batchmean"), x)


@refusing
def linear_softmax_loss_forward(x, w, y, *, reg=0.0):
    x, w = leaf(x), leaf(w)
    return result(F.cross_entropy(x @ w, constant(y)) + reg * w.square().sum(), x, w)


@refusing
def linear_svm_loss_forward(x, w, y, *, reg=0.0):
    x, w, y = leaf(x), leaf(w), constant(y)
    scores = x @ w
    excess = F.relu(scores - scores.gather(1, y[:, None]) + 1)
    others = torch.ones_like(excess).scatter(1, y[:, None], 0)
    return result((excess * others).sum() / len(y) + reg * w.square().sum(), x, w)


linear_softmax_loss_backward = linear_svm_loss_backward = gradients
softmax_loss_backward = svm_loss_backward = mse_loss_backward = gradient
l1_loss_backward = huber_loss_backward = kl_div_loss_backward = gradient
bce_loss_backward = bce_with_logits_loss_backward = gradient


# Sequences.


def indices(values: np.ndarray) -> torch.Tensor:
    """Return indices as a tensor of the dtype that PyTorch wants, whatever their byte order."""
    return torch.from_numpy(np.array(values, dtype=np.int64, order="C"))


@refusing
def word_embedding_forward(x, W):
    W = leaf(W)
    return result(F.embedding(indices(x), W), W)


@refusing
def temporal_affine_forward(x, w, b):
    x, w, b = leaf(x), leaf(w), leaf(b)
    return result(F.linear(x, w.T, b), x, w, b)


@refusing
def temporal_softmax_loss_forward(x, y, mask):
    x = leaf(x)
    kept = constant(mask)
    each = F.cross_entropy(x.flatten(0, 1), indices(y).flatten(), reduction="none").view(kept.shape)
    return result(torch.where(kept, each, 0).sum() / len(x), x)


@refusing
def positional_encoding_forward(x):
    x = leaf(x)
    _, times, features = x.shape
    # PyTorch has no such layer: the real and the imaginary part of a turning pointer.
    speeds = 10000.0 ** (-torch.arange(0, features, 2, dtype=torch.float64) / max(features, 1))
    angles = torch.outer(torch.arange(times, dtype=torch.float64), speeds)
    pointer = torch.view_as_real(torch.polar(torch.ones_like(angles), angles)).flip(-1)
    return result(x + pointer.flatten(1)[:, :features].to(x.dtype), x)


word_embedding_backward = temporal_softmax_loss_backward = positional_encoding_backward = gradient
temporal_affine_backward = gradients


# Attention.


def seen(mask, causal, shape) -> torch.Tensor | None:
    """Return both masks as one, as PyTorch takes either alone; None without any."""
    if mask is None and not causal:
        return None
    found = torch.ones(shape, dtype=torch.bool) if mask is None else constant(mask)
    return found & torch.ones(shape, dtype=torch.bool).tril() if causal else found


@refusing
def scaled_dot_product_attention_forward(q, k, v, mask=None, *, causal=False):
    q, k, v = leaf(q), leaf(k), leaf(v)
    shape = (q.shape[-2], k.shape[-2])
    return result(F.scaled_dot_product_attention(q, k, v, seen(mask, causal, shape)), q, k, v)


@refusing
def multi_head_attention_forward(
    query, key, value, Wq, bq, Wk, bk, Wv, bv, Wo, bo, mask=None, *, heads=1, causal=False
):
    given = (query, key, value, Wq, bq, Wk, bk, Wv, bv, Wo, bo)
    leaves = query, key, value, Wq, bq, Wk, bk, Wv, bv, Wo, bo = tuple(map(leaf, given))
    projected = ((query, Wq, bq), (key, Wk, bk), (value, Wv, bv))
    q, k, v = (F.linear(x, W.T, b).unflatten(-1, (heads, -1)).transpose(1, 2) for x, W, b in projected)
    attended = F.scaled_dot_product_attention(q, k, v, seen(mask, causal, (q.shape[2], k.shape[2])))
    return result(F.linear(attended.transpose(1, 2).flatten(2), Wo.T, bo), *leaves)


scaled_dot_product_attention_backward = multi_head_attention_backward = gradients
