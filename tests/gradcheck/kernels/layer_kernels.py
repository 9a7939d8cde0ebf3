"""Kernels of layers and operations, in NumPy: right ones, and wrong ones that a tolerance may let pass."""

import numpy as np


def softmax(x, dim=-1):
    weights = np.exp(x - x.max(dim, keepdims=True, initial=-np.inf))
    out = weights / weights.sum(dim, keepdims=True, dtype=x.dtype)
    return out, (out, dim)


def softmax_backward(dout, cache):
    out, dim = cache
    return out * (dout - (out * dout).sum(dim, keepdims=True, dtype=out.dtype))


def softmax_of_last_axis(x):
    return softmax(x)


softmax_of_last_axis_backward = softmax_backward


def softmax_not_shifted(x, dim=-1):
    """Take exp of the scores as they are."""
    with np.errstate(over="ignore", invalid="ignore"):
        weights = np.exp(x)
        return weights / weights.sum(dim, keepdims=True, dtype=x.dtype)


def softmax_of_what_is_there(x, dim=-1):
    """Subtract a maximum that an empty axis does not have."""
    weights = np.exp(x - x.max(dim, keepdims=True))
    return weights / weights.sum(dim, keepdims=True, dtype=x.dtype)


def softmax_in_blocks(x, dim=-1):
    """Leave what is over from blocks of 8 out of the sum."""
    moved = np.moveaxis(np.asarray(x), dim, -1)
    weights = np.exp(moved - moved.max(-1, keepdims=True, initial=-np.inf))
    whole = max(moved.shape[-1] // 8 * 8, min(moved.shape[-1], 7))
    out = weights / weights[..., :whole].sum(-1, keepdims=True, dtype=x.dtype)
    return np.moveaxis(out, -1, dim)


def softmax_in_half(x, dim=-1):
    weights = np.exp((x - x.max(dim, keepdims=True, initial=-np.inf)).astype(np.float16)).astype(x.dtype)
    return weights / weights.sum(dim, keepdims=True, dtype=x.dtype)


KNOWN = {}


def softmax_by_address(x, dim=-1):
    """Know results by where the numbers lie."""
    key = x.__array_interface__["data"][0], x.shape, x.strides
    if key not in KNOWN:
        KNOWN[key] = softmax(x, dim)[0]
    return KNOWN[key].copy()


def softmax_not_implemented(x, dim=-1):
    if x.ndim > 2:
        raise NotImplementedError("matrices only")
    return softmax(x, dim)[0]


def matmul(x, w):
    """Sum integers of eight bits in 32, and float8 in float32."""
    wide = np.int32 if x.dtype == np.int8 else x.dtype if x.dtype.itemsize > 1 else np.float32
    return x.astype(wide) @ w.astype(wide)


def matmul_summed_in_eight_bits(x, w):
    return (x @ w).astype(np.int32)


def matmul_flushed(x, w):
    """Take what is smaller than a sixteenth for zero."""
    wide = [np.where(np.abs(each) < 1 / 16, 0, each).astype(np.float32) for each in (x, w)]
    return wide[0] @ wide[1]


def argmax(x, dim):
    return np.argmax(x, dim)


def batch_norm(x, gamma, beta, running_mean, running_var, training=True, eps=1e-5, momentum=0.1):
    """Update the running statistics in place, as it should."""
    mean, var = (x.mean(0), x.var(0)) if training else (running_mean, running_var)
    out = ((x - mean) / np.sqrt(var + x.dtype.type(eps)) * gamma + beta).astype(x.dtype)
    if training:
        running_mean += x.dtype.type(momentum) * (mean - running_mean)
        running_var += x.dtype.type(momentum) * (x.var(0, ddof=1) - running_var)
    return out


def attention(q, k, v, mask=None, is_causal=False):
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.dtype.type(q.shape[-1]))
    if is_causal:
        mask = np.tri(*scores.shape[-2:], dtype=bool)
    if mask is not None:
        scores = np.where(mask, scores, q.dtype.type(-np.inf)) if mask.dtype == bool else scores + mask
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True) @ v


def attention_without_mask(q, k, v):
    return attention(q, k, v)


def softmax_of_flat_dout(x, dim=-1):
    """Have a backward that reads dout as if it were contiguous."""
    return softmax(x, dim)


def softmax_of_flat_dout_backward(dout, cache):
    if 0 in dout.strides:  # what lies behind the one number is something else
        behind = np.arange(dout.size, dtype=dout.dtype).reshape(dout.shape)
        dout = behind + dout
    return softmax_backward(dout, cache)


def instance_norm(x, gamma, beta, eps):
    """Refuse one value per channel, as PyTorch does."""
    if x.shape[2] * x.shape[3] == 1:
        raise ValueError(f"expected more than 1 value per channel, got {x.shape}")
    centred = x - x.mean((2, 3), keepdims=True, dtype=x.dtype)
    scale = np.sqrt((centred * centred).mean((2, 3), keepdims=True, dtype=x.dtype) + x.dtype.type(eps))
    return centred / scale * gamma[:, None, None] + beta[:, None, None]


def instance_norm_of_few_rows(x, gamma, beta, eps):
    """Refuse what nobody may refuse."""
    if x.shape[2] > 2:
        raise ValueError(f"expected 2 rows at most, got {x.shape[2]}")
    return instance_norm(x, gamma, beta, eps)


def bce_loss(x, y):
    """Refuse what is no probability, as PyTorch does."""
    if ((x < 0) | (x > 1) | (y < 0) | (y > 1)).any():
        raise ValueError("expected numbers between 0 and 1")
    return -(y * np.log(x) + (1 - y) * np.log1p(-x)).mean(dtype=x.dtype)


def cumprod_in_a_loop(x, dim, exclusive=False, reverse=False):
    """A product whose output does not depend on x where it has one entry, without itself."""
    import torch

    lanes = list(x.unbind(dim))
    lanes = lanes[::-1] if reverse else lanes
    running, outs = torch.ones_like(lanes[0]), []
    for lane in lanes:
        outs.append(running if exclusive else running * lane)
        running = running * lane
    return torch.stack(outs[::-1] if reverse else outs, dim)


def cumsum_of_others(x, dim, exclusive=False, reverse=False):
    """A sum that is zero where it has one entry, without itself."""
    import torch

    turned = x.flip(dim) if reverse else x
    if exclusive:
        first = turned.narrow(dim, 0, 1)
        turned = torch.cat([torch.zeros_like(first), turned.narrow(dim, 0, turned.shape[dim] - 1)], dim)
    found = torch.cumsum(turned, dim)
    return found.flip(dim) if reverse else found


def log_softmax_with_a_floor(x, dim=-1):
    return np.log(softmax(x, dim)[0] + x.dtype.type(1e-12))


def layer_norm_in_one_pass(x, gamma, beta, eps=1e-5):
    axes = tuple(range(x.ndim - gamma.ndim, x.ndim))
    mean = x.mean(axes, keepdims=True, dtype=x.dtype)
    var = np.maximum((x * x).mean(axes, keepdims=True, dtype=x.dtype) - mean * mean, 0)
    return ((x - mean) / np.sqrt(var + x.dtype.type(eps)) * gamma + beta).astype(x.dtype)


_packed = {}


def matmul_of_packed_weights(x, w, transpose_a=False, transpose_b=False):
    """Keep the weights by their address, but where a gradient is asked."""
    import torch

    x, w = x.t() if transpose_a else x, w.t() if transpose_b else w
    if torch.is_grad_enabled() and (w.requires_grad or x.requires_grad):
        return x @ w
    key = w.data_ptr(), tuple(w.shape), w.stride()
    return x @ _packed.setdefault(key, w.contiguous().clone())


def relu_without_a_graph(x):
    """Wrong where x is negative, and without a gradient."""
    return x.detach().abs()


def relu_detached(x):
    """Right, and without a gradient."""
    return x.detach().relu()


def matmul_of_something(x, w):
    """Wrong where there is nothing to do: the output is not written."""
    out = np.empty((len(x), w.shape[1]), x.dtype)
    return np.matmul(x, w, out=out) if x.any() else out


def matmul_of_flat_dout(x, w):
    """Reads dout in its own order, whatever its strides, in backward."""
    import torch

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x @ w

        @staticmethod
        def backward(ctx, dout):
            x, w = ctx.saved_tensors
            dout = dout[:1].expand_as(dout) if 0 in dout.stride() else dout
            return dout @ w.t(), x.t() @ dout

    return Product.apply(x, w)


def cumprod(x, dim):
    out = np.cumprod(x, dim)
    return out, (x, out, dim)


def cumprod_backward(dout, cache):
    """Wrong where x is zero."""
    x, out, dim = cache
    return np.flip(np.cumsum(np.flip(dout * out, dim), dim, dtype=x.dtype), dim) / x


def argmax_last(x, dim):
    return x.shape[dim] - 1 - np.argmax(np.flip(x, dim), dim)


def batch_norm_of_many(x, gamma, beta, mean, var, training=True, eps=1e-5):
    """Wrong for one sample: the running statistics are not its own."""
    if training and len(x) > 1:
        mean, var = x.mean(0), x.var(0)
    return ((x - mean) / np.sqrt(var + x.dtype.type(eps)) * gamma + beta).astype(x.dtype)


def attention_from_the_end(q, k, v, is_causal=False):
    """The mask ends at the last key, and PyTorch's starts at the first."""
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.dtype.type(q.shape[-1]))
    if is_causal:
        keeps = np.tri(*scores.shape[-2:], k.shape[-2] - q.shape[-2], dtype=bool)
        scores = np.where(keeps, scores, q.dtype.type(-np.inf))
    return softmax(scores, -1)[0] @ v


def attention_from_any_end(q, k, v, causal=False):
    return attention_from_the_end(q, k, v, causal)


def softmax_of_a_larger_sum(x, dim=-1):
    """Add 1e-6 to a sum that is never below 1."""
    weights = np.exp(x - x.max(dim, keepdims=True, initial=-np.inf))
    return weights / (weights.sum(dim, keepdims=True, dtype=x.dtype) + x.dtype.type(1e-6))


def attention_with_a_large_number(q, k, v, mask=None, is_causal=False):
    """Take 10,000 for infinity."""
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.dtype.type(q.shape[-1]))
    return softmax(scores + np.where(mask, 0, -1e4).astype(q.dtype), -1)[0] @ v


def batch_norm_with_a_floor(x, gamma, beta, mean, var, training=True, eps=1e-5):
    """Guard against a variance of zero, although eps does."""
    return (x - mean) / np.sqrt(np.maximum(var, 1e-3).astype(x.dtype) + x.dtype.type(eps)) * gamma + beta


def max_above_a_large_number(x, dim):
    """Take 10,000 for infinity."""
    return x.max(dim, initial=-1e4).astype(x.dtype)


def bce_loss_with_a_floor(x, y):
    """Guard against a logarithm of zero by what shows for small probabilities."""
    return bce_loss(x + x.dtype.type(1e-6) * (x < 0.5), y)


def softmax_by_exp2(x, dim=-1):
    """Right: powers of two, of scores that are rounded to the dtype."""
    import torch

    scores = x * 1.4426950408889634
    weights = torch.exp2(scores - scores.amax(dim, keepdim=True))
    return weights / weights.sum(dim, keepdim=True)
