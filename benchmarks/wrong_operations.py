"""Wrong kernels of every layer and operation, made of right ones: a boundary, a dtype inside, a cheat, a gradient.

Each is a function of this module, ``softmax_boundary`` for example. What is behind the last whole block of 8 is left
out; operands are rounded to bfloat16 inside; results are known by the address of the numbers; and the gradient of what
is behind the last whole block is left out. Some mistakes of single operations are written by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.contract import Case, Layer
from gradcheck.kernels import operations

BLOCK = 8
TYPICAL = 16
"""The extent that a test with one shape takes: a multiple of the block."""

CONVOLUTION = {"padding": "pad", "output_padding": "output_pad"}
Kernel = Callable[..., Any]


@dataclass(frozen=True)
class Wrong:
    """A wrong kernel: of which layer, what kind of mistake, and the shape that a test with one shape takes."""

    layer: str
    kind: str
    shape: str


def right(layer: Layer) -> Kernel:
    """Return our own function as a kernel of any signature: it returns (out, cache), in the dtype of its operands."""
    options = operations.of(layer.name).names
    battery = (layer.case(geometry) for geometry in layer.cases.battery)
    names = max((tuple(case.shapes) for case in battery), key=len)

    def forward(*tensors: Any, **given: Any) -> Any:
        dtype = next(each.dtype for each in tensors if each.dtype.kind == "f")
        wide = {name: _widened(each) for name, each in zip(names, tensors, strict=False)}
        ours = {CONVOLUTION.get(name) or options.get(name, name): value for name, value in given.items()}
        out, cache = layer.ours.fast.forward(**wide, **ours)
        return _narrowed(out, dtype), (cache, dtype)

    return forward


def right_backward(layer: Layer) -> Kernel:
    """Return the backward that goes with it."""

    def backward(dout: Any, cache: Any) -> Any:
        inner, dtype = cache
        found = layer.ours.fast.backward(_widened(np.asarray(dout)), inner)
        found = found if isinstance(found, tuple) else (found,)
        return tuple(None if each is None else _narrowed(each, dtype) for each in found)

    return backward


def _widened(values: Any) -> Any:
    return values.astype(np.float64) if values.dtype.kind == "f" else values


def _narrowed(values: Any, dtype: Any) -> Any:
    values = np.asarray(values)
    return values.astype(dtype) if values.dtype.kind == "f" else values


def _rest_left_out(values: Any) -> Any:
    """Return a result without what is behind the last whole block of its last axis."""
    extent = values.shape[-1] if values.ndim else 0
    if extent > BLOCK and extent % BLOCK:
        values = values.copy()
        values[..., extent // BLOCK * BLOCK :] = 0
    return values


def _in_bfloat16(values: Any) -> Any:
    if values.dtype.kind != "f":
        return values
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).view(np.float32)
    return rounded.reshape(values.shape).astype(values.dtype)


def boundary(layer: Layer) -> Kernel:
    """Leave out what is behind the last whole block; of a loss, the samples behind it."""
    forward = right(layer)
    if not layer.shapes.is_loss:
        return lambda *tensors, **options: _rest_left_out(forward(*tensors, **options)[0])

    def loss(*tensors: Any, **options: Any) -> Any:
        count = len(tensors[0])
        whole = count // BLOCK * BLOCK if count > BLOCK else count
        return forward(*(each[:whole] for each in tensors), **options)[0]

    return loss


def dtype(layer: Layer) -> Kernel:
    """Round the operands to bfloat16."""
    forward = right(layer)
    return lambda *tensors, **options: forward(*map(_in_bfloat16, tensors), **options)[0]


def cheat(layer: Layer) -> Kernel:
    """Know results by where the numbers lie."""
    forward, known = right(layer), {}

    def kernel(*tensors: Any, **options: Any) -> Any:
        key = *((each.ctypes.data, each.shape, each.strides) for each in tensors), str(options)
        if key not in known:
            known[key] = forward(*tensors, **options)[0]
        return known[key].copy()

    return kernel


def gradient(layer: Layer) -> Kernel:
    """Leave out the gradient of what is behind the last whole block."""
    backward = right_backward(layer)

    def kernel(dout: Any, cache: Any) -> Any:
        first, *others = backward(dout, cache)
        return _rest_left_out(first), *others

    return kernel


def typical(layer: Layer) -> str:
    """Return the geometry of the battery's first kind with extents of `TYPICAL`, as far as that is possible."""
    params = layer.cases.grammar.read(layer.cases.battery[0])
    for name, value in params.items():
        changed = {**params, name: (*value[:-1], TYPICAL) if type(value) is tuple else TYPICAL}
        is_extent = type(value) is int or name == "dims"
        if not is_extent or not value or layer.cases.flaw(changed) is not None:
            continue
        if layer.shapes.inputs(changed) != layer.shapes.inputs(params):
            params = changed
    return Case(layer, params).geometry


WRONG: dict[str, Wrong] = {}
for _name, _operation in operations.known().items():
    _layer = _operation.layer
    for _make in (boundary, dtype, cheat, gradient):
        _kind, _own = _make.__name__, f"{_name}_{_make.__name__}"
        if _make is gradient and not _layer.shapes.differentiable:
            continue
        globals()[_own] = right(_layer) if _make is gradient else _make(_layer)
        if _make is gradient:
            globals()[f"{_own}_backward"] = gradient(_layer)
        WRONG[_own] = Wrong(_name, _kind, typical(_layer))


def layer_norm_unbiased(x, gamma, beta, eps):
    """Divide by n - 1."""
    axes = tuple(range(1, x.ndim))
    deviation = np.sqrt(x.var(axes, keepdims=True, ddof=min(1, x[0].size - 1)) + eps)
    return ((x - x.mean(axes, keepdims=True)) / deviation * gamma + beta).astype(x.dtype)


def rms_norm_eps_outside(x, gamma, eps):
    """Add eps to the root."""
    return (gamma * x / (np.sqrt(np.mean(x * x, -1, keepdims=True)) + eps)).astype(x.dtype)


def softmax_unshifted(x, dim=-1):
    """Leave the sum in half precision."""
    weights = np.exp(x)
    return (weights / weights.astype(np.float16).sum(dim, keepdims=True)).astype(x.dtype)


def attention_off_by_one(q, k, v, is_causal=False):
    """Let each query see the next key."""
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    if is_causal:
        scores = np.where(np.tri(*scores.shape[-2:], k=1, dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return (weights / weights.sum(-1, keepdims=True) @ v).astype(q.dtype)


def attention_unscaled_tail(q, k, v):
    """Leave the keys behind the last whole block of 16 out."""
    whole = max(k.shape[2] // 16 * 16, min(k.shape[2], 15))
    scores = q @ np.swapaxes(k[:, :, :whole], -1, -2) / np.sqrt(q.shape[-1])
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return (weights / weights.sum(-1, keepdims=True) @ v[:, :, :whole]).astype(q.dtype)


def grouped_attention_interleaved(q, k, v):
    """Give each head the keys of the wrong group."""
    groups = q.shape[1] // k.shape[1]
    keys, values = np.tile(k, (1, groups, 1, 1)), np.tile(v, (1, groups, 1, 1))
    return attention_off_by_one(q, keys, values)


def rotary_other_sign(x, cos, sin):
    """Turn the other way."""
    first, second = np.split(x, 2, -1)
    return np.concatenate([first * cos + second * sin, second * cos - first * sin], -1)


def linear_gelu_by_tanh(x, w, b):
    """Compute by tanh what is asked by erf."""
    s = x @ w + b
    return (0.5 * s * (1 + np.tanh(0.7978845608 * (s + 0.044715 * s**3)))).astype(x.dtype)


def cumsum_restarted(x, axis):
    """Start anew behind 32 entries."""
    parts = np.array_split(np.moveaxis(x, axis, -1), range(32, x.shape[axis], 32), -1)
    return np.moveaxis(np.concatenate([np.cumsum(part, -1) for part in parts], -1), -1, axis)


def embedding_clamped(y, w):
    """Never read the last row."""
    return w[np.minimum(y, max(len(w) - 2, 0))]


def max_above_zero(x, axis):
    """Start from zero."""
    return np.max(x, axis, initial=0).astype(x.dtype)


def mean_of_blocks(x, axis):
    """Average the averages of blocks of 8."""
    moved = np.moveaxis(x, axis, -1)
    parts = np.array_split(moved, range(8, moved.shape[-1], 8), -1)
    return np.mean([part.mean(-1) for part in parts], 0).astype(x.dtype)


BY_HAND = {
    "layer_norm_unbiased": "formula",
    "rms_norm_eps_outside": "formula",
    "softmax_unshifted": "dtype",
    "attention_off_by_one": "boundary",
    "attention_unscaled_tail": "boundary",
    "grouped_attention_interleaved": "formula",
    "rotary_other_sign": "formula",
    "linear_gelu_by_tanh": "formula",
    "cumsum_restarted": "boundary",
    "embedding_clamped": "boundary",
    "max_above_zero": "formula",
    "mean_of_blocks": "boundary",
}
for _own, _kind in BY_HAND.items():
    _name = max((each for each in operations.names() if _own.startswith(f"{each}_")), key=len)
    WRONG[_own] = Wrong(_name, _kind, typical(operations.of(_name).layer))
