"""Mistakes that the catalogue does not have: edits of the naive layers, by the name that each mistake has here."""

from gradcheck.mistakes.mutant import Mutant

ACCUMULATE = "dx_padded[window] += dout[n, f, oh, ow] * w[f]"
ZEROS_FOR_DW = "dw = np.zeros(w.shape, w.dtype)"


def edit(name: str, was: str, now: str, function: str = "") -> Mutant:
    """Return an edit of the part's own function, or of the one that is named."""
    layer, part, mistake = name.split(".")
    return Mutant(
        layer=layer, part=part, name=mistake, was=was, now=now, function=function, why="", stands_for=""
    )


# The bias is an option, and tests always give one.
BIAS_REQUIRED = edit(
    "affine.forward.bias-required",
    "if b is not None:\n            out[n, m] += b[m]",
    "out[n, m] += b[m]",
)
# Clipping belongs to the optimiser. Here it changes nothing as long as gradients are small.
CLIPPED = edit(
    "tanh.backward.gradient-clipped",
    "dx = dout * (1 - out * out)",
    "dx = np.clip(dout * (1 - out * out), -5, 5)",
)
# The caller's x is safe, and a second backward gives the same, as the mask of a mask is itself. Whatever else reads
# the cache finds a mask.
MASK_IN_CACHE = (
    edit(
        "relu.backward.copy-turned-into-mask",
        "return out, ReluCache(x)",
        "return out, ReluCache(x.copy())",
        "relu_forward",
    ),
    edit(
        "relu.backward.copy-turned-into-mask",
        "dx = dout.copy()\n    dx[x <= 0] = 0",
        "x[x <= 0] = 0\n    x[x > 0] = 1\n    dx = dout * x",
    ),
)
# `if self.mask is None or self.mask.shape != x.shape` is right for a buffer, and wrong for what depends on the data.
MASK_BY_SHAPE = edit(
    "leaky_relu.forward.mask-kept-by-shape",
    "out[x < 0] *= slope",
    'out[globals().setdefault("_masks", {}).setdefault(x.shape, x < 0)] *= slope',
)

SINGLE = (
    BIAS_REQUIRED,
    CLIPPED,
    MASK_BY_SHAPE,
    edit("affine.backward.dw-of-the-first-sample", "dout[n, m] * rows[n]", "dout[n, m] * rows[0]"),
    edit("affine.backward.dw-of-rounded-x", "dout[n, m] * rows[n]", "dout[n, m] * np.round(rows[n])"),
    edit("relu.forward.threshold-below-zero", "out[x < 0] = 0", "out[x < -1] = 0"),
    edit(
        "relu.forward.zeros-written-into-x",
        "out = x.copy()\n    out[x < 0] = 0",
        "x[x < 0] = 0\n    out = x.copy()",
    ),
    edit(
        "relu.forward.memory-read-as-float64",
        'x = ordered("relu", "x", x)\n    out = x.copy()',
        "out = np.frombuffer(x.tobytes('A')).reshape(x.shape).copy()",
    ),
    edit("relu.backward.nan-hidden", "dx[x <= 0] = 0", "dx[x <= 0] = 0\n    dx = np.nan_to_num(dx)"),
    edit(
        "leaky_relu.backward.slope-kept-by-shape",
        "dx[~(x > 0)] *= slope",
        'dx[~(x > 0)] *= globals().setdefault("_slopes", {}).setdefault(x.shape, slope)',
    ),
    edit("leaky_relu.backward.slope-on-wrong-side", "dx[~(x > 0)] *= slope", "dx[x > 0] *= slope"),
    edit("sigmoid.backward.output-squared", "dout * out * (1 - out)", "dout * out * (1 - out * out)"),
    # As np.squeeze and a test of what is left would have it.
    edit(
        "conv2d.forward.single-number-lost",
        "return out, Conv2dCache(",
        "return out * (x.size * w.size > 1), Conv2dCache(",
    ),
    edit(
        "leaky_relu.backward.small-gradients-dropped",
        "dx[~(x > 0)] *= slope",
        "dx[~(x > 0)] *= slope\n    dx[np.abs(dx) < 1e-9] = 0",
    ),
    # As where a mixed-precision buffer is chosen by dtype.
    edit(
        "affine.backward.dx-in-half-for-single",
        "return dx.reshape(x.shape)",
        "return dx.astype(np.float16 if dx.dtype == np.float32 else dx.dtype).astype(dx.dtype).reshape(x.shape)",
    ),
    edit("flatten.backward.samples-reversed", "dout.reshape(cache.shape)", "dout[::-1].reshape(cache.shape)"),
    edit("relu.forward.small-values-dropped", "out[x < 0] = 0", "out[x < 0.01] = 0"),
    edit(
        "conv2d.forward.minus-one-missing-in-the-size",
        "- dilation_h * (kh - 1) - 1) // stride_h + 1",
        "- dilation_h * (kh - 1)) // stride_h + 1",
    ),
    edit("conv2d.backward.stride-of-width-for-height", "top = oh * stride_h", "top = oh * stride_w"),
    edit("conv2d.backward.weights-truncated", ACCUMULATE, ACCUMULATE.replace("w[f]", "np.trunc(w[f])")),
    edit("conv2d.backward.weights-counted-up", ZEROS_FOR_DW, f"w += 1\n    {ZEROS_FOR_DW}"),
    edit("conv_transpose2d.forward.bias-of-the-first-filter", "out[n, f] += b[f]", "out[n, f] += b[0]"),
    edit(
        "conv_transpose2d.backward.weights-of-the-first-channel",
        "dx[n, c, ih, iw] = np.sum(window * w[c])",
        "dx[n, c, ih, iw] = np.sum(window * w[0])",
    ),
    edit(
        "avg_pool2d.backward.divisor-of-a-square-kernel",
        "+= dout[n, c, oh, ow] / count",
        "+= dout[n, c, oh, ow] / (kh * kh)",
    ),
    edit(
        "group_norm.backward.mean-over-all-groups",
        "through_mean = np.mean(dxhat[n, block])",
        "through_mean = np.mean(dxhat[n])",
    ),
    edit("svm_loss.backward.label-subtracted-twice", "    dx[n, y[n]] -= 1\n", "    dx[n, y[n]] -= 2\n"),
)

EDITS: dict[str, tuple[Mutant, ...]] = {
    **{str(each): (each,) for each in SINGLE},
    str(MASK_IN_CACHE[0]): MASK_IN_CACHE,
}
