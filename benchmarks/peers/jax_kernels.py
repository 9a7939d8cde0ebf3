"""JAX's convolution, with the keywords that most frameworks have."""

from typing import Any

from jax import lax


def conv2d(
    x: Any, w: Any, b: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Return the convolution in full precision; where that is not asked for, some devices round operands."""
    pads = [(p, p) for p in padding]
    out = lax.conv_general_dilated(
        x, w, stride, pads, rhs_dilation=dilation, feature_group_count=groups, precision="highest"
    )
    return out if b is None else out + b[:, None, None]
