"""Convolutions in JAX: right ones and wrong ones."""

import jax
from jax import lax


@jax.custom_vjp
def one(w):
    return w


one.defvjp(lambda w: (w, None), lambda _, dout: (2 * dout,))


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    pads = [(p, p) for p in padding]
    out = lax.conv_general_dilated(
        x, w, stride, pads, rhs_dilation=dilation, feature_group_count=groups, precision="highest"
    )
    return out if b is None else out + b[:, None, None]


def wrong_gradient(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    return conv2d(x, one(w), b, stride, padding, dilation, groups)


def without_dilation(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    out = conv2d(x, w, b, stride, padding, (1, 1), groups)
    rows, columns = conv2d(x, w, b, stride, padding, dilation, groups).shape[2:]
    return out[:, :, :rows, :columns]
