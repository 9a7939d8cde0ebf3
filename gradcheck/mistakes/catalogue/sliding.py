"""Mistakes in conv1d, conv3d and depthwise_conv2d."""

from gradcheck.mistakes.mutant import Mutant

FLIPPED = (
    "The kernel is flipped: that is the convolution of mathematics, as np.convolve computes it. The convolution of "
    "neural networks is a cross-correlation, and multiplies the first tap by the first entry of the window."
)
STRIDES = 'stride_d, stride_h, stride_w = each_axis("conv3d", "stride", stride, 1)'
SIDES = 'pad_d, pad_h, pad_w = (each_side("conv3d", side) for side in three("conv3d", "pad", pad))'
DX_3D = (
    "inside = tuple(slice(before, before + size) for (before, _), size in zip(pads, (D, H, W), strict=True))"
)

MUTANTS = (
    Mutant(
        layer="conv1d",
        part="forward",
        name="kernel-flipped",
        was="np.sum(window * w[f])",
        now="np.sum(window * w[f][:, ::-1])",
        why=FLIPPED + " Write window * w[f].",
        stands_for="courses: np.convolve for np.correlate",
    ),
    Mutant(
        layer="conv1d",
        part="forward",
        name="stride-missing",
        was="start = o * stride",
        now="start = o",
        why="Windows are one entry apart, whatever the stride; the number of them is right. Window o starts at "
        "o * stride.",
        stands_for="courses: the index of the output used as that of the input",
    ),
    Mutant(
        layer="conv1d",
        part="forward",
        name="dilation-ignored",
        was="taps = slice(start, start + dilation * k, dilation)",
        now="taps = slice(start, start + k)",
        why="The taps of a window are taken next to each other, but with a dilation d they are d apart: "
        "x[start : start + d * k : d].",
        stands_for="courses: dilation used for the size of the output only",
    ),
    Mutant(
        layer="conv1d",
        part="forward",
        name="pad-sides-swapped",
        was="np.pad(x, ((0, 0), (0, 0), pad))",
        now="np.pad(x, ((0, 0), (0, 0), pad[::-1]))",
        why="The padding in front and that behind are exchanged. The first number is what is in front of the "
        "sequence: a causal convolution pads there only.",
        stands_for="courses: causal padding on the wrong side",
    ),
    Mutant(
        layer="conv1d",
        part="forward",
        name="group-offset-missing",
        was="c0 = f // F_group * C_group",
        now="c0 = 0",
        why="Every filter reads the channels of the first group. A filter of group g reads channels "
        "g * C / groups to (g + 1) * C / groups.",
        stands_for="frameworks: the group offset left out, every group reads group 0",
    ),
    Mutant(
        layer="conv1d",
        part="forward",
        name="bias-missing",
        was="out[n, f] += b[f]",
        now="pass",
        why="The bias is not added. Each filter has one number that is added at all its positions: "
        "out += b[:, None].",
        stands_for="courses: the bias forgotten, which zeros as its first values hide",
    ),
    Mutant(
        layer="conv1d",
        part="backward",
        name="stride-missing",
        was="start = o * stride",
        now="start = o",
        why="Backward takes the windows to be one entry apart, whatever the stride, so that dx and dw come from other "
        "windows than forward's. Window o starts at o * stride.",
        stands_for="courses: the stride used in forward only",
    ),
    Mutant(
        layer="conv1d",
        part="backward",
        name="padding-not-cropped",
        was="dx_padded[:, :, pad[0] : pad[0] + L]",
        now="dx_padded",
        why="dx still has the padding, and is longer than x. The padding is no input: return "
        "dx_padded[:, :, before : before + L].",
        stands_for="courses: the gradient of the padded input returned",
    ),
    Mutant(
        layer="conv1d",
        part="backward",
        name="padding-cropped-behind-only",
        was="dx_padded[:, :, pad[0] : pad[0] + L]",
        now="dx_padded[:, :, :L]",
        why="All padding is cut off behind, so that dx is shifted by what is in front. x starts after the padding in "
        "front: return dx_padded[:, :, before : before + L].",
        stands_for="courses: dx_padded[:, :, :L]",
    ),
    Mutant(
        layer="conv1d",
        part="backward",
        name="kernel-flipped",
        was="dx_padded[window] += dout[n, f, o] * w[f]",
        now="dx_padded[window] += dout[n, f, o] * w[f][:, ::-1]",
        why="The kernel is flipped in dx. Where dx is written as a convolution of dout the kernel is flipped, but here "
        "each product goes back to the entry it came from: dx[window] += dout * w[f].",
        stands_for="courses: rot180 of the formula with a full convolution",
    ),
    Mutant(
        layer="conv1d",
        part="backward",
        name="overlap-overwritten",
        was="dx_padded[window] += dout[n, f, o] * w[f]",
        now="dx_padded[window] = dout[n, f, o] * w[f]",
        why="Where windows overlap, and for each further filter, the last product overwrites those before. An entry of "
        "x is in several products, and their gradients add up: use +=.",
        stands_for="courses: = for += in backward",
    ),
    Mutant(
        layer="conv1d",
        part="backward",
        name="group-offset-missing",
        was="c0 = f // F_group * C_group",
        now="c0 = 0",
        why="The gradients of all groups go to the channels of the first group. A filter of group g reads channels "
        "g * C / groups to (g + 1) * C / groups, and gives back to these.",
        stands_for="frameworks: the group offset left out",
    ),
    Mutant(
        layer="conv1d",
        part="backward",
        name="dw-of-the-last-window",
        was="dw[f] += dout[n, f, o] * x_padded[window]",
        now="dw[f] = dout[n, f, o] * x_padded[window]",
        why="dw is that of the last window: each overwrites the one before. All windows of all samples share the "
        "kernel, so their shares add up: use +=.",
        stands_for="courses: = for += in backward",
    ),
    Mutant(
        layer="conv1d",
        part="backward",
        name="db-mean",
        was="db[f] += dout[n, f, o]",
        now="db[f] += dout[n, f, o] / OL",
        why="db is divided by the number of positions. The bias is added at each of them, so what arrives there adds "
        "up: write dout.sum(axis=(0, 2)).",
        stands_for="courses: a mean for a sum in the gradient of a parameter",
    ),
    Mutant(
        layer="conv3d",
        part="forward",
        name="stride-of-height-for-depth",
        was=STRIDES,
        now=f"{STRIDES}\n    stride_d = stride_h",
        why="The stride of the height is taken for the depth, too. A triple is (depth, height, width), in the order of "
        "the axes of x.",
        stands_for="courses: conv2d with an axis more, whose stride is forgotten",
    ),
    Mutant(
        layer="conv3d",
        part="forward",
        name="pad-of-depth-missing",
        was=SIDES,
        now=f"{SIDES}\n    pad_d = 0, 0",
        why="The depth is not padded, only height and width. Padding holds for all three axes: "
        "np.pad(x, ((0, 0), (0, 0), pad_d, pad_h, pad_w)).",
        stands_for="courses: conv2d with an axis more, whose padding is forgotten",
    ),
    Mutant(
        layer="conv3d",
        part="forward",
        name="dilation-of-depth-ignored",
        was="planes = slice(front, front + dilation_d * kd, dilation_d)",
        now="planes = slice(front, front + kd)",
        why="The planes of a window are taken next to each other, but with a dilation d they are d apart: "
        "x[..., front : front + d * kd : d, :, :].",
        stands_for="courses: conv2d with an axis more, whose dilation is forgotten",
    ),
    Mutant(
        layer="conv3d",
        part="forward",
        name="kernel-flipped",
        was="np.sum(window * w[f])",
        now="np.sum(window * w[f][:, ::-1, ::-1, ::-1])",
        why=FLIPPED + " Write window * w[f].",
        stands_for="courses: scipy.ndimage.convolve for correlate",
    ),
    Mutant(
        layer="conv3d",
        part="forward",
        name="group-offset-missing",
        was="c0 = f // F_group * C_group",
        now="c0 = 0",
        why="Every filter reads the channels of the first group. A filter of group g reads channels "
        "g * C / groups to (g + 1) * C / groups.",
        stands_for="frameworks: the group offset left out, every group reads group 0",
    ),
    Mutant(
        layer="conv3d",
        part="backward",
        name="pad-of-depth-not-cropped",
        was=DX_3D,
        now=f"{DX_3D}\n    inside = slice(0, D), *inside[1:]",
        why="dx is cut out of the padded gradient from its first plane on, although the padding in front is there. "
        "Along every axis x starts after the padding: slice(front, front + D).",
        stands_for="courses: conv2d with an axis more, whose padding is forgotten",
    ),
    Mutant(
        layer="conv3d",
        part="backward",
        name="stride-of-height-for-depth",
        was="front = od * stride_d",
        now="front = od * stride_h",
        why="Backward uses the stride of the height along the depth, too, so that dx and dw come from other windows "
        "than forward's. Window od starts at od * stride_d.",
        stands_for="courses: conv2d with an axis more, whose stride is forgotten",
    ),
    Mutant(
        layer="conv3d",
        part="backward",
        name="overlap-overwritten",
        was="dx_padded[window] += dout[n, f, od, oh, ow] * w[f]",
        now="dx_padded[window] = dout[n, f, od, oh, ow] * w[f]",
        why="Where windows overlap, and for each further filter, the last product overwrites those before. An entry of "
        "x is in several products, and their gradients add up: use +=.",
        stands_for="courses: = for += in backward",
    ),
    Mutant(
        layer="conv3d",
        part="backward",
        name="group-offset-missing",
        was="c0 = f // F_group * C_group",
        now="c0 = 0",
        why="The gradients of all groups go to the channels of the first group. A filter of group g reads channels "
        "g * C / groups to (g + 1) * C / groups, and gives back to these.",
        stands_for="frameworks: the group offset left out",
    ),
    Mutant(
        layer="conv3d",
        part="backward",
        name="db-of-the-last-window",
        was="db[f] += dout[n, f, od, oh, ow]",
        now="db[f] = dout[n, f, od, oh, ow]",
        why="db is dout of the last position: each overwrites the one before. The bias is added at all of them, so "
        "what arrives there adds up: write dout.sum(axis=(0, 2, 3, 4)).",
        stands_for="courses: = for += in backward",
    ),
    Mutant(
        layer="depthwise_conv2d",
        part="forward",
        name="filters-interleaved",
        function="conv2d_forward",
        was="c0 = f // F_group * C_group",
        now="c0 = f % groups",
        why="Filter f reads channel f % C. The filters of one channel follow each other, so filter f reads channel "
        "f // m, with m filters for each channel; with m = 1 the two are the same.",
        stands_for="courses: the channels of x repeated with np.tile, where it takes np.repeat",
    ),
    Mutant(
        layer="depthwise_conv2d",
        part="forward",
        name="first-channel-only",
        function="conv2d_forward",
        was="c0 = f // F_group * C_group",
        now="c0 = 0",
        why="Every filter reads the first channel. Each channel has filters of its own: filter f reads channel f // m, "
        "with m filters for each channel.",
        stands_for="frameworks: the group offset left out, every group reads group 0",
    ),
    Mutant(
        layer="depthwise_conv2d",
        part="forward",
        name="kernel-flipped",
        function="conv2d_forward",
        was="np.sum(window * w[f])",
        now="np.sum(window * w[f][:, ::-1, ::-1])",
        why=FLIPPED + " Write window * w[f].",
        stands_for="courses: scipy.signal.convolve2d for correlate2d, channel by channel",
    ),
    Mutant(
        layer="depthwise_conv2d",
        part="backward",
        name="filters-interleaved",
        function="conv2d_backward",
        was="c0 = f // F_group * C_group",
        now="c0 = f % groups",
        why="The gradient of filter f goes to channel f % C. The filters of one channel follow each other, so it goes "
        "to channel f // m, with m filters for each channel.",
        stands_for="courses: the gradient summed over the wrong axis of (m, C)",
    ),
    Mutant(
        layer="depthwise_conv2d",
        part="backward",
        name="last-filter-only",
        function="conv2d_backward",
        was="dx_padded[window] += dout[n, f, oh, ow] * w[f]",
        now="dx_padded[window] = dout[n, f, oh, ow] * w[f]",
        why="Where windows overlap, and for each further filter of a channel, the last product overwrites those "
        "before. An entry of x is in several products, and their gradients add up: use +=.",
        stands_for="courses: = for += in backward",
    ),
)
