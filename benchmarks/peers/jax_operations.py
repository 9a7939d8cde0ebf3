"""JAX's functions of some layers and operations, as kernels: tensors by position, options by keyword."""

import jax
import jax.numpy as jnp
from jax import lax

HIGHEST = "highest"


def relu(x):
    return jax.nn.relu(x)


def leaky_relu(x, slope):
    return jax.nn.leaky_relu(x, slope)


def sigmoid(x):
    return jax.nn.sigmoid(x)


def tanh(x):
    return jnp.tanh(x)


def layer_norm(x, gamma, beta, eps):
    return jax.nn.standardize(x, axis=tuple(range(-gamma.ndim, 0)), epsilon=eps) * gamma + beta


def gelu(x):
    return jax.nn.gelu(x, approximate=False)


def silu(x):
    return jax.nn.silu(x)


def softplus(x):
    return jax.nn.softplus(x)


def elu(x, alpha):
    return jax.nn.elu(x, alpha)


def softmax(x, axis):
    return jax.nn.softmax(x, axis)


def log_softmax(x, axis):
    return jax.nn.log_softmax(x, axis)


def swiglu(x, up):
    return jax.nn.silu(x) * up


def matmul(x, w):
    return jnp.matmul(x, w, precision=HIGHEST)


bmm = matmul


def linear_relu(x, w, b):
    return jax.nn.relu(jnp.matmul(x, w, precision=HIGHEST) + b)


def linear_gelu(x, w, b, approximate="none"):
    return jax.nn.gelu(jnp.matmul(x, w, precision=HIGHEST) + b, approximate=approximate == "tanh")


def rms_norm(x, gamma, eps):
    return x * lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + eps) * gamma


def sum(x, axis):
    return jnp.sum(x, axis)


def mean(x, axis):
    return jnp.mean(x, axis)


def max(x, axis):
    return jnp.max(x, axis)


def min(x, axis):
    return jnp.min(x, axis)


def argmax(x, axis):
    return jnp.argmax(x, axis)


def cumsum(x, axis):
    return jnp.cumsum(x, axis)


def cumprod(x, axis):
    return jnp.cumprod(x, axis)


def embedding(y, w):
    return jnp.take(w, y, axis=0)


def attention(q, k, v, is_causal=False):
    moved = (jnp.moveaxis(each, 1, 2) for each in (q, k, v))
    return jnp.moveaxis(jax.nn.dot_product_attention(*moved, is_causal=is_causal), 1, 2)


def conv1d(x, w, b=None, stride=(1,), padding=(0,), dilation=(1,), groups=1):
    return convolved(x, w, b, stride, padding, dilation, groups)


def conv3d(x, w, b=None, stride=(1, 1, 1), padding=(0, 0, 0), dilation=(1, 1, 1), groups=1):
    return convolved(x, w, b, stride, padding, dilation, groups)


def convolved(x, w, b, stride, padding, dilation, groups):
    pads = [(each, each) if isinstance(each, int) else tuple(each) for each in padding]
    out = lax.conv_general_dilated(
        x, w, stride, pads, rhs_dilation=dilation, feature_group_count=groups, precision=HIGHEST
    )
    return out if b is None else out + jnp.expand_dims(b, tuple(range(1, x.ndim - 1)))


def softmax_loss(x, y):
    return -jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], 1).mean()


def mse_loss(x, y):
    return jnp.mean((x - y) ** 2)
