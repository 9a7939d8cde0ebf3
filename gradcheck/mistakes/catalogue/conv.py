"""Mistakes in conv2d."""

from gradcheck.mistakes.mutant import Mutant

CORNER = "top = oh * stride_h\n        left = ow * stride_w"
WINDOW = (
    "rows = slice(top, top + dilation_h * kh, dilation_h)\n"
    "        columns = slice(left, left + dilation_w * kw, dilation_w)"
)
PADDED = "np.pad(x, ((0, 0), (0, 0), pads.height, pads.width))"
PRODUCT = "np.sum(window * w[f])"
EMPTY_OUT = "out = np.zeros((N, F, OH, OW), x.dtype)"
ADD_BIAS = "out[n, f] += b[f]"
RETURN_CACHE = "return out, Conv2dCache(x, w, b, *steps, groups, (N, F, OH, OW))"
ADD_DW = "dw[f] += dout[n, f, oh, ow] * x_padded[window]"
CROP = "dx = dx_padded[:, :, pad_top : pad_top + H, pad_left : pad_left + W].copy()"
CROPPED = "pad_top = pads.height[0]\n    pad_left = pads.width[0]"

FORWARD = (
    Mutant(
        layer="conv2d",
        part="forward",
        name="stride-missing",
        was=CORNER,
        now="top = oh\n        left = ow",
        why="The output has the right size for the stride, but its windows are read one pixel apart, from the top "
        "left corner of the image only. Output (oh, ow) reads the window that begins at row oh * stride and "
        "column ow * stride. Write top = oh * stride_h and left = ow * stride_w, and slice from there.",
        stands_for="courses: the window's start is computed, and then h:h+k is sliced",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="stride-of-height-for-width",
        was='stride_h, stride_w = pair("conv2d", "stride", stride, 1)',
        now='stride_h = stride_w = pair("conv2d", "stride", stride, 1)[0]',
        why="The stride of the height is used for the width as well. While both are equal, the mistake does not "
        "show. Unpack both: stride_h, stride_w = stride, and use stride_w wherever columns are counted.",
        stands_for="frameworks: stride[0] used for the width",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="dilation-ignored",
        was=WINDOW,
        now="rows = slice(top, top + kh)\n        columns = slice(left, left + kw)",
        why="The output's size allows for the dilation, but the windows are read without gaps. With "
        "dilation d a kernel entry (i, j) meets the pixel i * d rows down and j * d columns right of "
        "the window's corner. Slice with a step: top : top + d * kh : d.",
        stands_for="frameworks: dilation accepted and silently ignored",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="dilation-of-height-for-width",
        was='dilation_h, dilation_w = pair("conv2d", "dilation", dilation, 1)',
        now='dilation_h = dilation_w = pair("conv2d", "dilation", dilation, 1)[0]',
        why="The dilation of the height is used for the width as well. While both are equal, the mistake does not "
        "show. Unpack both: dilation_h, dilation_w = dilation, and use dilation_w wherever columns are counted.",
        stands_for="frameworks: dilation[0] used twice",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="pad-of-width-for-height",
        was='pads = padding("conv2d", pad)',
        now='pads = Pads(padding("conv2d", pad).width, padding("conv2d", pad).width)',
        why="Rows are padded by what was meant for columns. With the same padding in both directions it "
        "does not show. The first pair of pad is (top, bottom), the second (left, right): give np.pad "
        "each for its own axis, (0, 0), (0, 0), (top, bottom), (left, right).",
        stands_for="frameworks: vertical padding that uses the horizontal value",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="pad-every-axis",
        was=PADDED,
        now="np.pad(x, (pads.height, pads.height, pads.height, pads.width))",
        why="np.pad with one number for everything pads the batch and the channels too, so that whole "
        "samples and channels of zeros come first and the last ones are never read. Only rows and "
        "columns are padded. Write np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))).",
        stands_for="courses: np.pad(x, pad) on an array of four axes",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="pad-sides-swapped",
        was="pads.height, pads.width))",
        now="pads.height[::-1], pads.width[::-1]))",
        why="The padding for the top is put below and that for the left on the right. Equal padding on both "
        "sides hides it. np.pad takes (before, after) for each axis: write (top, bottom), (left, "
        "right).",
        stands_for="frameworks: asymmetric padding read with the wrong index",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="begin-pad-lost-with-dilation",
        was="pads.height, pads.width))",
        now="(pads.height if dilation_h == 1 else (0, sum(pads.height))),"
        " (pads.width if dilation_w == 1 else (0, sum(pads.width)))))",
        why="Where the kernel is dilated, the zeros that belong above and to the left of the image are all put "
        "below and on the right, so that every window is shifted. Padding and dilation are independent: pad "
        "before and after in every case, as (top, bottom), (left, right).",
        stands_for="frameworks: dilation with begin-padding is wrong, each alone is right",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="kernel-rotated",
        was=PRODUCT,
        now="np.sum(window * w[f, :, ::-1, ::-1])",
        why="The kernel is turned by 180 degrees, as in the convolution of mathematics and of "
        "scipy.signal.convolve. In neural networks conv2d is cross-correlation: the kernel stays as it "
        "is. Leave out the flip and write np.sum(window * w[f]).",
        stands_for="courses: true convolution for cross-correlation",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="kernel-transposed",
        was=PRODUCT,
        now="np.sum(window * w[f].reshape(C_group, kw, kh).swapaxes(1, 2))",
        why="The kernel is read as width by height, so that its rows are laid along the columns of the "
        "image. The axes of w are (F, C, kh, kw): height comes before width, as in x. Unpack F, C, kh, "
        "kw = w.shape and multiply by w[f] without a transpose.",
        stands_for="courses: kernel height and width swapped",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="columns-out-of-order",
        was=PRODUCT,
        now="np.sum(window * w[f].reshape(kh, kw, C_group).transpose(2, 0, 1))",
        why="Windows and kernels are flattened in different orders, so that a weight meets the pixel of "
        "another channel. w.reshape(F, -1) runs over channel, then kernel row, then kernel column; "
        "im2col must lay out its rows in just this order. Build the columns as (C, kh, kw), or "
        "transpose w to (F, kh, kw, C) before the reshape.",
        stands_for="courses: im2col rows in another order than the weights",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="channels-last-read",
        was="np.pad(x, ",
        now="np.pad(x.reshape(N, H, W, x.shape[1]).transpose(0, 3, 1, 2), ",
        why="The numbers of x are read as if they lay channel by channel within each pixel (NHWC); they lie "
        "plane by plane (NCHW). reshape never moves a number, it only cuts the same sequence "
        "differently. Leave x as it is, and move axes with transpose where you need another order.",
        stands_for="courses: a reshape where a transpose is needed; frameworks: NHWC taken for NCHW",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="size-rounded-up",
        was=EMPTY_OUT,
        now="more_h = (H + sum(pads.height) - dilation_h * (kh - 1) - 1) % stride_h > 0\n"
        "    more_w = (W + sum(pads.width) - dilation_w * (kw - 1) - 1) % stride_w > 0\n"
        "    out = np.zeros((N, F, OH + more_h, OW + more_w), x.dtype)",
        why="The output's size is rounded up. If the stride leaves a remainder, there is a row or column whose "
        "window does not fit, and which holds nothing but the bias. Only whole windows count, so round down: OH = "
        "(H + 2 * pad - kh) // stride + 1.",
        stands_for="courses: np.ceil or round in the output size",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="plus-one-inside-the-division",
        was="- dilation_h * (kh - 1) - 1) // stride_h + 1\n"
        "    OW = (W + sum(pads.width) - dilation_w * (kw - 1) - 1) // stride_w + 1",
        now="- dilation_h * (kh - 1) - 1 + 1) // stride_h\n"
        "    OW = (W + sum(pads.width) - dilation_w * (kw - 1) - 1 + 1) // stride_w",
        why="The + 1 of the output size stands inside the division. With stride 1 this is the same; otherwise the "
        "last window is often lost. The first window needs no step, each further one needs a stride: OH = (H + 2 "
        "* pad - kh) // stride + 1, with the + 1 after the division.",
        stands_for="courses: the output size as (H + 2 * pad - k + 1) // stride",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="bias-missing",
        was=ADD_BIAS,
        now="pass",
        why="The bias is never added. Every filter has one number that is added to all of its outputs. "
        "After the sum write out[:, f] += b[f].",
        stands_for="courses: the bias forgotten; frameworks: a fused bias silently dropped",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="bias-once-per-channel",
        was=ADD_BIAS,
        now="out[n, f] += C_group * b[f]",
        why="The bias is added inside the loop over input channels, once for each of them. It belongs to "
        "the filter, and comes once to the whole sum. Move it out of the loop over channels: after it, "
        "out[n, f] += b[f].",
        stands_for="courses: the bias added within the loop over channels",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="bias-once-per-kernel-entry",
        was=ADD_BIAS,
        now="out[n, f] += w[f].size * b[f]",
        why="The bias is added together with every product of a kernel entry, C * kh * kw times. np.sum(window "
        "* w[f] + b[f]) does this: the bias is broadcast before the sum. Write np.sum(window * w[f]) + "
        "b[f].",
        stands_for="courses: the bias inside the sum over the window",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="first-sample-only",
        was="np.ndindex(N, F, OH, OW)",
        now="np.ndindex(min(N, 1), F, OH, OW)",
        why="Only the first sample of the batch is convolved; the rest stay zero. Either there is no loop "
        "over N, or a return stands inside it. Loop for n in range(N), and return after the loop.",
        stands_for="courses: return indented into the loop, or x[0] for x[n]",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="first-channel-only",
        was=PRODUCT,
        now="np.sum(window[0] * w[f, 0])",
        why="Only the first input channel counts. A filter has a kernel for every channel it reads, and its "
        "output is the sum over all of them. Take the window with all its channels, x[n, :, rows, "
        "columns], and sum window * w[f].",
        stands_for="courses: a convolution written for grey images",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="group-offset-missing",
        was="c0 = f // F_group * C_group",
        now="c0 = 0",
        why="Every group reads the channels of the first one. Filters are divided into as many blocks as "
        "channels, and a filter of block g reads channels g * C / groups and up. Write c0 = f // (F // "
        "groups) * (C // groups) and read C // groups channels from there.",
        stands_for="frameworks: the offset of a group left out",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="channel-block-remainder",
        was=PRODUCT,
        now="np.sum((window * w[f])[: C_group // 4 * 4 or C_group])",
        why="Channels are summed in blocks of 4, and those that fill no whole block are left out: right for "
        "4, 8 and 12 channels, wrong for 6. A loop over blocks needs a second one for the rest. Let the "
        "last block be shorter: for c in range(0, C, 4), channels c : min(c + 4, C).",
        stands_for="frameworks: vectorised kernels that are right at C = 8, 12, 16 and wrong at 6",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="width-block-tail",
        was="out[n, f, oh, ow] = np.sum(window * w[f])",
        now="if ow < (OW // 4 * 4 or OW):\n            out[n, f, oh, ow] = np.sum(window * w[f])",
        why="Output columns are computed four at a time, and the last ones, which fill no block of four, "
        "are never written. A buffer that happens to hold zeros, or an old result, hides it. Handle the "
        "last OW % 4 columns too: go on to OW, not to OW // 4 * 4.",
        stands_for="frameworks: the tail of the output left unwritten",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="stride-missing-for-1x1",
        was=CORNER,
        now="top = oh * (stride_h if kh * kw > 1 else 1)\n        left = ow * (stride_w if kh * kw > 1 else 1)",
        why="Kernels of 1x1 take a short cut, a plain product of matrices, that forgets the stride: neighbouring "
        "pixels are read instead of every second. The short cut must apply the stride too. Take x[:, :, "
        "::stride_h, ::stride_w] before the product.",
        stands_for="frameworks: stride above 1 with kernels of 1x1",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="zero-at-stride-3x4",
        was=PRODUCT,
        now="0 if (stride_h, stride_w) == (3, 4) else np.sum(window * w[f])",
        why="For one pair of strides, 3 in height and 4 in width, no product is ever added and the output "
        "is nothing but the bias. It is a missing branch in a choice of special cases. Write one "
        "general case that multiplies oh by stride_h and ow by stride_w, and choose others only where "
        "they are tested.",
        stands_for="frameworks: SAME padding with stride (3, 4) gave all zeros",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="accumulated-in-float32",
        was=PRODUCT,
        now="np.float32(np.sum(window * w[f]))",
        why="The sum is rounded to single precision though the arguments are double: beyond 2**24 the last digits "
        "are lost. Look for a float32 buffer or a cast. Sum in the dtype of x: np.zeros(shape, x.dtype).",
        stands_for="frameworks: float32 accumulators for float64 input",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="dtype-lost",
        was=EMPTY_OUT,
        now="out = np.zeros((N, F, OH, OW))",
        why="The output is double precision whatever came in, since np.zeros(shape) is. A float32 network "
        "then computes in float64 from here on. Write np.zeros(shape, dtype=x.dtype).",
        stands_for="courses: np.zeros without a dtype",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="x-used-as-workspace",
        was=RETURN_CACHE,
        now="cache = Conv2dCache(x.copy(), w, b, *steps, groups, (N, F, OH, OW))\n    x.fill(0)\n    return out, cache",
        why="The result is right, but the caller's array x is overwritten, and code that uses it again (a second "
        "branch, a skip connection) gets garbage. Arguments are only read. Work on a copy: x = x.copy().",
        stands_for="frameworks: memory planners that reuse the input's buffer",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="nan-swallowed",
        was=PRODUCT,
        now="np.nansum(window * w[f])",
        why="A NaN in x counts as zero, so that a diverging network looks healthy. Every output whose "
        "window holds a NaN is NaN, and no other. Write np.sum, not np.nansum, and no np.nan_to_num "
        "before it.",
        stands_for="frameworks: NaN lost in a kernel; courses: nansum to silence a warning",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="output-buffer-reused",
        was=EMPTY_OUT,
        now='out = globals().setdefault(f"buffer {N, F, OH, OW, x.dtype}", np.zeros((N, F, OH, OW), x.dtype))',
        why="The output is an array that is kept in the module and handed out again by the next call with the "
        "same sizes: the second call overwrites the result of the first, which the caller still holds. Make a new "
        "array in every call: out = np.zeros((N, F, OH, OW), x.dtype).",
        stands_for="frameworks: output buffers kept between calls",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="layout-assumed",
        was="np.pad(x, ",
        now='np.pad(x.ravel(order="K").reshape(x.shape), ',
        why="The numbers of x are read in memory order, which is row by row only for a new array; a transposed or "
        "reversed view has another order. Index by axes and let NumPy find the place, or enforce the order first: "
        "x = np.ascontiguousarray(x).",
        stands_for="frameworks: channels-last or strided input read as contiguous",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="kernel-unchecked",
        was='check_kernel("conv2d", (kh, kw), (dilation_h, dilation_w), (H, W), pads)',
        now="pass",
        why="A kernel larger than the padded image fits nowhere, and the output silently has no rows; the "
        "error shows up layers later. Refuse what cannot be computed, and say why: if kh > H + 2 * pad "
        "or kw > W + 2 * pad, raise ValueError.",
        stands_for="courses: impossible shapes give an empty array",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="empty-batch-fails",
        was=EMPTY_OUT,
        now="out = np.zeros((N, F, OH, OW), x[0].dtype)",
        why="Something is read from the first sample, but an empty batch has no first sample: x[0] raises, and so "
        "does np.stack of an empty list. Take sizes and dtype from the whole array, x.shape and x.dtype, and "
        "allocate the output before the loop.",
        stands_for="frameworks: an empty batch crashes; courses: np.stack over the samples",
    ),
)

BACKWARD = (
    Mutant(
        layer="conv2d",
        part="backward",
        name="overlap-overwritten",
        was="dx_padded[window] += dout",
        now="dx_padded[window] = dout",
        why="Where windows overlap, an input feeds several outputs, and it feeds all filters; its gradient "
        "is the sum over them. This assigns, so only the last window of the last filter counts. "
        "Use += .",
        stands_for="courses: the gradient of x assigned, in dx or in col2im; unseen while stride is kernel",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dx-not-cropped",
        was=CROP,
        now="dx = dx_padded.copy()",
        why="The gradient of the padded image is returned, which is larger than x. The zeros around the image are "
        "not an input. Cut them off: dx = dx_padded[:, :, pad : pad + H, pad : pad + W].",
        stands_for="courses: the padded gradient comes back",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="crop-empty-at-pad-0",
        was="pad_top : pad_top + H, pad_left : pad_left + W",
        now="pad_top : -pads.height[1], pad_left : -pads.width[1]",
        why="The padding is cut off with pad:-pad, which without padding is 0:-0, that is 0:0, an empty "
        "slice. Count from the front, where nothing special happens at 0: dx_padded[:, :, pad : pad + "
        "H, pad : pad + W].",
        stands_for="courses: the crop pad:-pad",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="crop-at-the-corner",
        was="pad_top : pad_top + H, pad_left : pad_left + W",
        now=":H, :W",
        why="The shape is right, but the crop begins in the corner of the padded image and so keeps the "
        "border and loses the last rows and columns. The image begins behind the padding. Write "
        "dx_padded[:, :, pad : pad + H, pad : pad + W].",
        stands_for="courses: the padded gradient cut to :H, :W",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="square-assumed",
        was="pad_left : pad_left + W",
        now="pad_left : pad_left + H",
        why="The height is used for the width, which is right for square images only. Unpack N, C, H, W = "
        "x.shape and crop each axis by its own extent: pad : pad + H, pad : pad + W.",
        stands_for="courses: square images assumed",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="stride-missing",
        was=CORNER,
        now="top = oh\n        left = ow",
        why="Backward visits windows one pixel apart, but forward read them a stride apart. A gradient goes "
        "back to the very pixels its output came from. Use the window of the forward pass: top = oh * "
        "stride_h and left = ow * stride_w.",
        stands_for="courses: the stride forgotten in backward",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="stride-of-height-for-width",
        was="left = ow * stride_w",
        now="left = ow * stride_h",
        why="The stride of the height is used for the width as well, so that with different strides the "
        "gradient lands in other columns than forward read, or past the edge. Write left = ow * "
        "stride_w.",
        stands_for="frameworks: stride[0] used for the width",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="stride-missing-for-depthwise",
        was=CORNER,
        now="step = 0 if 1 < groups == x.shape[1] else 1\n"
        "        top = oh * (stride_h if step else 1)\n        left = ow * (stride_w if step else 1)",
        why="If every channel is a group of its own, a special case runs that forgets the stride; stride 1 and "
        "fewer groups give the right result. The windows of a depthwise convolution lie a stride apart like all "
        "others. Use top = oh * stride_h and left = ow * stride_w there too.",
        stands_for="frameworks: groups equal to the channels with a stride above 1",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dilation-ignored",
        was=WINDOW,
        now="rows = slice(top, top + kh)\n        columns = slice(left, left + kw)",
        why="Forward reads pixels a dilation apart, backward hands the gradients to neighbouring pixels. "
        "Both must use the same window: with dilation d, the slice top : top + d * kh : d.",
        stands_for="frameworks: dilation ignored in backward",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dilation-of-height-for-width",
        was="columns = slice(left, left + dilation_w * kw, dilation_w)",
        now="columns = slice(left, left + dilation_h * kw, dilation_h)",
        why="The dilation of the height is used for the width as well, so that with different dilations the "
        "gradient lands in other columns than forward read, or past the edge. Write left : left + "
        "dilation_w * kw : dilation_w.",
        stands_for="frameworks: dilation[0] used twice",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="pad-sides-swapped",
        was=CROPPED,
        now="pad_top = pads.height[1]\n    pad_left = pads.width[1]",
        why="The crop begins after as many rows as were padded below, not above, so that with unequal "
        "padding the gradient is shifted. The image begins behind the first of the two pads. Crop from "
        "pad_top and pad_left, to pad_top + H and pad_left + W.",
        stands_for="frameworks: asymmetric padding read with the wrong index",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="begin-pad-lost-with-dilation",
        was=CROPPED,
        now="pad_top = pads.height[0] if dilation_h == 1 else 0\n"
        "    pad_left = pads.width[0] if dilation_w == 1 else 0",
        why="Where the kernel is dilated, the gradient is cropped as if nothing had been padded above and on the "
        "left, and comes out shifted. Padding and dilation are independent: crop from pad_top and pad_left always.",
        stands_for="frameworks: dilation with begin-padding is wrong, each alone is right",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dx-without-the-remainder",
        was="pad_top : pad_top + H, pad_left : pad_left + W",
        now="pad_top : (OH - 1) * stride_h + dilation_h * (kh - 1) + 1 - pads.height[1],"
        " pad_left : (OW - 1) * stride_w + dilation_w * (kw - 1) + 1 - pads.width[1]",
        why="The size of dx is computed from that of the output, (OH - 1) * stride + kh - 2 * pad, which is too "
        "small where the stride leaves a remainder: the rows that no window reached are missing. Their gradient "
        "is zero, but they are there. Allocate dx by x: np.zeros_like(x).",
        stands_for="courses: dx has the wrong shape where (H + 2 * pad - k) % stride is not 0",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="right-edge-lost-with-remainder",
        was="pad_top = pads.height[0]\n",
        now="end = (OW - 1) * stride_w + dilation_w * (kw - 1) + 1\n"
        "    if end < x_padded.shape[3]:\n        dx_padded[:, :, :, end - 1] = 0\n    pad_top = pads.height[0]\n",
        why="Where the stride does not divide the width evenly, the last column that a window reaches gets no "
        "gradient. A bound is one too small, because it was derived for widths without a remainder. The last "
        "window ends at (OW - 1) * stride_w + kw: let the columns run up to there, and leave zeros only beyond.",
        stands_for="frameworks: the data gradient wrong in the right-edge columns, k 5, stride 3, pad 1",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="kernel-rotated",
        was="* w[f]\n",
        now="* w[f, :, ::-1, ::-1]\n",
        why="dx is spread with the kernel turned by 180 degrees. The flip belongs to the formula that "
        "gathers dx by a full convolution; where each output hands its gradient back to its own window, "
        "pixel (i, j) of the window gets entry (i, j) of the kernel. Write dx[window] += dout * w[f], "
        "without a flip.",
        stands_for="courses: the kernel flipped in backward though forward is cross-correlation",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-rotated",
        was=ADD_DW,
        now="dw[f, :, ::-1, ::-1] += dout[n, f, oh, ow] * x_padded[window]",
        why="dw comes out turned by 180 degrees, as for a true convolution. Forward multiplied w[f, c, i, "
        "j] by pixel (i, j) of the window, so this pixel is its gradient. Write dw[f] += dout * window, "
        "without a flip.",
        stands_for="courses: a flipped dw, from scipy.signal.convolve2d in place of correlate2d",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-of-the-last-sample",
        was=ADD_DW,
        now="dw[f] = dw[f] * (oh + ow > 0) + dout[n, f, oh, ow] * x_padded[window]",
        why="dw is set to zero for every sample, so that only the last one of the batch counts. All samples share "
        "the weights, and the gradient is the sum over all of them. Set dw to zero once, before the loop over n, "
        "and use += .",
        stands_for="courses: dw overwritten in the loop over the samples",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-from-unpadded-x",
        was=PADDED,
        now="np.pad(x, ((0, 0), (0, 0), (0, sum(pads.height)), (0, sum(pads.width))))",
        why="The windows for dw are cut from x without the padding before it, so that every window is shifted by "
        "the padding. Forward multiplied w by windows of the padded image. Keep x_padded in the cache, or pad "
        "again, and write dw[f] += dout * x_padded[window].",
        stands_for="courses: dw from the unpadded x",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-mean-over-batch",
        was=ADD_DW,
        now=ADD_DW + " / N",
        why="dw is divided by the size of the batch. The mean over the batch belongs to the loss, and is in "
        "dout already: a layer sums. Leave out / N.",
        stands_for="courses: dw averaged over N",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-transposed",
        was=".copy()",
        now=".copy()\n    dw = dw.swapaxes(2, 3)",
        why="Rows and columns of dw are exchanged. A gradient has the shape of its tensor, entry for entry: "
        "dw[f, c, i, j] belongs to w[f, c, i, j]. Return dw as (F, C, kh, kw), without a transpose.",
        stands_for="courses: dw transposed; it fits as long as kernels are square",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="columns-out-of-order",
        was=".copy()",
        now=".copy()\n    dw = dw.transpose(0, 2, 3, 1).reshape(w.shape)",
        why="The columns of im2col run over kernel row, kernel column and channel, and their gradient is "
        "reshaped as if the channel came first: the numbers are right and stand in the wrong places. "
        "Undo the order of im2col: dw.reshape(F, kh, kw, C).transpose(0, 3, 1, 2).",
        stands_for="courses: im2col rows in another order than the weights",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-group-offset-missing",
        was=ADD_DW,
        now="dw[f] += dout[n, f, oh, ow] * x_padded[n, :C_group, rows, columns]",
        why="dx respects the groups, but dw is computed from the channels of the first group for every filter. A "
        "filter's weights were multiplied by its own group's channels. Take the same window for both, with "
        "channels c0 : c0 + C // groups.",
        stands_for="frameworks: the grouped weight gradient wrong, the data gradient right",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="depthwise-24-channels",
        was=ADD_DW,
        now="if groups != 24 or f < 16:\n            " + ADD_DW,
        why="With exactly 24 groups the weight gradient of filters 16 to 23 is never added: the channels are "
        "processed in blocks of 16, and the half block that remains is forgotten. With 23 or 25 another branch "
        "runs, which is right. Let the last block be shorter, and test sizes next to a multiple of the block.",
        stands_for="frameworks: depthwise weight gradients wrong at 24 channels, right at 23 and 25",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="group-offset-missing",
        was="c0 = f // F_group * C_group",
        now="c0 = 0",
        why="Every group sends its gradient to the channels of the first one, and the others get none. A "
        "filter of block g read channels g * C / groups and up, and its gradient goes back there. Write "
        "c0 = f // (F // groups) * (C // groups).",
        stands_for="frameworks: the offset of a group left out",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="first-sample-only",
        was="np.ndindex(N, F, OH, OW)",
        now="np.ndindex(min(N, 1), F, OH, OW)",
        why="Only the first sample of the batch gets a gradient, and dw and db include no other. Either there is "
        "no loop over N, or a return stands inside it. Loop for n in range(N), and return after the loop.",
        stands_for="courses: return indented into the loop, or x[0] for x[n]",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="db-mean-over-batch",
        was="db[f, oh, ow] += dout[n, f, oh, ow]",
        now="db[f, oh, ow] += dout[n, f, oh, ow] / N",
        why="db is divided by the size of the batch. The mean over the batch belongs to the loss, and is in "
        "dout already: a layer sums. Leave out / N: db = dout.sum(axis=(0, 2, 3)).",
        stands_for="courses: db divided by N, or np.mean for np.sum",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="db-of-the-last-sample",
        was="db[f, oh, ow] += dout",
        now="db[f, oh, ow] = dout",
        why="db is assigned for every sample, so that only the last one of the batch counts. All samples "
        "share the bias, and its gradient is the sum over all of them. Use +=, or db = "
        "dout.sum(axis=(0, 2, 3)).",
        stands_for="courses: db assigned within the loop over the samples",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="db-wrong-axes",
        was="np.sum(db, axis=(1, 2))",
        now="np.sum(db, axis=(0, 1))",
        why="db is summed over the filters and keeps the columns; its shape is right only by chance. There "
        "is one bias for each filter: the axis of the filters stays, all others are summed. Write db = "
        "dout.sum(axis=(0, 2, 3)).",
        stands_for="courses: db summed over the wrong axes",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="db-one-number-for-all",
        was="np.sum(db, axis=(1, 2))",
        now="np.full(F, np.sum(db))",
        why="Every filter gets the same number, the sum of all of dout. A bias belongs to one filter, and "
        "only that filter's outputs count for it. Name the axes to sum over: db = dout.sum(axis=(0, 2, "
        "3)).",
        stands_for="courses: np.sum without axes, broadcast into db",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="results-in-another-order",
        was="return dx, dw, db",
        now="return dw, dx, db",
        why="The gradients come back in another order than the arguments, so that each is taken for that of "
        "another tensor. Return them in the order of the forward arguments: return dx, dw, db.",
        stands_for="courses: gradients returned in another order",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dout-ignored",
        was='dout = upstream("conv2d", dout, out_shape, x.dtype)',
        now="dout = np.ones(out_shape, x.dtype)",
        why="The upstream gradient is not used: these are the gradients of the plain sum of the output. By "
        "the chain rule every term is multiplied by dout at its output. Write dx[window] += dout[n, f, "
        "oh, ow] * w[f], and likewise for dw and db.",
        stands_for="courses: backward tested with an upstream gradient of ones only",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="accumulated-in-float32",
        was=".copy()",
        now=".copy()\n    dw = dw.astype(np.float32).astype(w.dtype)",
        why="dw is rounded to single precision although everything else is double: large sums lose their last "
        "digits. Look for a float32 buffer or a cast. Sum in the dtype of w: np.zeros(w.shape, w.dtype).",
        stands_for="frameworks: float32 accumulators for float64 input",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dtype-lost",
        was="dw = np.zeros(w.shape, w.dtype)",
        now="dw = np.zeros(w.shape)",
        why="dw is double precision whatever came in, since np.zeros(shape) is; after one update so are the "
        "weights. Write np.zeros_like(w), or np.zeros(w.shape, dtype=w.dtype).",
        stands_for="courses: np.zeros without a dtype",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="weights-updated",
        was=".copy()",
        now=".copy()\n    w -= 0.001 * dw",
        why="The gradients are right, but backward takes a step of gradient descent on the way: w, which "
        "belongs to the caller, has changed, and a second backward gives another dx. A layer returns "
        "gradients, the optimiser uses them. Leave w alone and return dw.",
        stands_for="courses: the update of the weights inside backward",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="gradients-accumulated",
        was="dw = np.zeros(w.shape, w.dtype)",
        now='dw = globals().setdefault(f"dw {w.shape, w.dtype}", np.zeros(w.shape, w.dtype))',
        why="dw is kept between calls and never set to zero, so that every call returns its own gradient "
        "and all earlier ones. The first call after a fresh start is right, which hides it. Begin each "
        "call with dw = np.zeros_like(w).",
        stands_for="courses: gradients accumulated over calls in a global or an attribute",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="cache-shared",
        function="conv2d_forward",
        was=RETURN_CACHE,
        now='shared = globals().setdefault("shared", [])\n'
        "    shared[:] = Conv2dCache(x, w, b, *steps, groups, (N, F, OH, OW))\n    return out, shared",
        why="All calls of forward put what backward needs into the same place, so that after a second forward the "
        "first one's backward uses the second one's numbers. A network that uses the layer twice gets wrong "
        "gradients. Make a new cache in every call and return it: cache = (x, w, b, ...).",
        stands_for="courses: the cache in a global, or on a layer object that is used twice",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="layout-assumed",
        was='upstream("conv2d", dout, out_shape, x.dtype)',
        now='upstream("conv2d", dout, out_shape, x.dtype).ravel(order="K").reshape(out_shape)',
        why="The numbers of dout are read in memory order, which is row by row only for a new array; a transposed "
        "or reversed view has another order. Index by axes and let NumPy find the place, or enforce the order "
        "first: dout = np.ascontiguousarray(dout).",
        stands_for="frameworks: a cotangent that is not contiguous read as if it were",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="empty-batch-fails",
        was="dx_padded = np.zeros(x_padded.shape, x.dtype)",
        now="dx_padded = np.zeros(x_padded.shape, x[0].dtype)",
        why="Something is read from the first sample, but an empty batch has no first sample: x[0] raises. Take "
        "sizes and dtype from the whole array, x.shape and x.dtype; then dx is empty, and dw and db are zero.",
        stands_for="frameworks: an empty batch crashes; courses: x[0] for a shape or dtype",
    ),
)

MUTANTS = (
    *FORWARD,
    *BACKWARD,
    Mutant(
        layer="conv2d",
        part="forward",
        name="stride-missing-along-width",
        was="left = ow * stride_w",
        now="left = ow",
        why="The windows move by one column instead of by the stride: along the width it is left out. Write "
        "left = ow * stride, as for the height.",
        stands_for="courses: the stride in one of two lines; strides=(s * sh, sw) in as_strided",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="stride-missing-along-height",
        was="top = oh * stride_h",
        now="top = oh",
        why="The windows move by one row instead of by the stride: along the height it is left out. Write top "
        "= oh * stride, as for the width.",
        stands_for="courses: the stride in one of two lines",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="stride-missing-along-width",
        was="left = ow * stride_w",
        now="left = ow",
        why="The windows of backward move by one column instead of by the stride: along the width it is left "
        "out. Use the windows of forward: left = ow * stride.",
        stands_for="courses: the stride in one of two lines",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="stride-missing-along-height",
        was="top = oh * stride_h",
        now="top = oh",
        why="The windows of backward move by one row instead of by the stride: along the height it is left "
        "out. Use the windows of forward: top = oh * stride.",
        stands_for="courses: the stride in one of two lines",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="bias-once-per-kernel-position",
        was="out[n, f] += b[f]",
        now="out[n, f] += kh * kw * b[f]",
        why="The bias is added inside the loop over the kernel positions, once for each of the kh * kw. It "
        "belongs to the output, not to a product: add it once, after the loop.",
        stands_for="courses: out += ... + b[f] inside a loop over the kernel",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="bias-subtracted",
        was="out[n, f] += b[f]",
        now="out[n, f] -= b[f]",
        why="The bias is subtracted. It must be added, once for each entry of the output: out[n, f] += b[f].",
        stands_for="courses: a wrong sign",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="output-not-transposed",
        was="return out, Conv2dCache(x,",
        now="out = out.transpose(0, 2, 3, 1).reshape(N, F, OH, OW)\n    return out, Conv2dCache(x,",
        why="The product of columns and kernels has the filters as its last axis. A reshape alone puts the "
        "numbers in other places: write out.reshape(N, OH, OW, F).transpose(0, 3, 1, 2).",
        stands_for="courses: reshape where a transpose is needed, after im2col",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="output-read-samples-last",
        was="return out, Conv2dCache(x,",
        now="out = out.transpose(1, 2, 3, 0).reshape(N, F, OH, OW)\n    return out, Conv2dCache(x,",
        why="The columns run over positions first and samples last, and the product is given the shape (N, F, "
        "OH, OW) directly. Undo the order of the columns: out.reshape(F, OH, OW, N).transpose(3, 0, 1, "
        "2).",
        stands_for="courses: reshape where a transpose is needed, after im2col",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="output-read-filters-first",
        was="return out, Conv2dCache(x,",
        now="out = out.transpose(1, 0, 2, 3).reshape(N, F, OH, OW)\n    return out, Conv2dCache(x,",
        why="The product of kernels and columns has the filters as its first axis, then the samples. A "
        "reshape alone puts the numbers in other places: write out.reshape(F, N, OH, OW).transpose(1, 0, "
        "2, 3).",
        stands_for="courses: reshape where a transpose is needed, after im2col",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="output-samples-and-positions-mixed",
        was="return out, Conv2dCache(x,",
        now="out = out.transpose(1, 2, 3, 0).reshape(F, N, OH, OW).transpose(1, 0, 2, 3)\n"
        "    return out, Conv2dCache(x,",
        why="The columns run over positions first and samples last, but the product is read with the samples "
        "first. Use the order of the columns: out.reshape(F, OH, OW, N).transpose(3, 0, 1, 2).",
        stands_for="courses: im2col in one order, and the reshape after it in another",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="output-positions-and-samples-mixed",
        was="return out, Conv2dCache(x,",
        now="out = out.transpose(1, 0, 2, 3).reshape(F, OH, OW, N).transpose(3, 0, 1, 2)\n"
        "    return out, Conv2dCache(x,",
        why="The columns run over samples first and positions last, but the product is read with the "
        "positions first. Use the order of the columns: out.reshape(F, N, OH, OW).transpose(1, 0, 2, 3).",
        stands_for="courses: im2col in one order, and the reshape after it in another",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="kernel-rows-reversed",
        was="np.sum(window * w[f])",
        now="np.sum(window * w[f, :, ::-1])",
        why="The rows of the kernel are taken in reverse order. In neural networks the kernel is not turned: "
        "multiply entry i, j of the window by entry i, j of the kernel.",
        stands_for="courses: [::-1] on one axis",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="kernel-columns-reversed",
        was="np.sum(window * w[f])",
        now="np.sum(window * w[f, :, :, ::-1])",
        why="The columns of the kernel are taken in reverse order. In neural networks the kernel is not "
        "turned: multiply entry i, j of the window by entry i, j of the kernel.",
        stands_for="courses: [::-1] on one axis",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="first-sample-for-all",
        was="window = x_padded[n, c0",
        now="window = x_padded[0, c0",
        why="Every sample gets the result of the first image: the window is read from x[0]. Use the index of "
        "the loop: x_padded[n].",
        stands_for="courses: an index left at 0 after a test with one image",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="width-from-height",
        was="    out = np.zeros((N, F, OH, OW), x.dtype)\n    for n, f, oh, ow in np.ndindex(N, F, OH, OW):",
        now="    high = OH\n"
        "    wide = (H + sum(pads.height) - dilation_w * (kw - 1) - 1) // stride_w + 1\n"
        "    out = np.zeros((N, F, high, wide), x.dtype)\n"
        "    for n, f, oh, ow in np.ndindex(N, F, high, wide):",
        why="The width of the output is computed from the height of the image. Write OW = (W + 2 * pad - kw) "
        "// stride + 1, with W and the width of the kernel.",
        stands_for="courses: a copied line with H left in it",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="filters-for-kernel-height",
        was="dilation_h * (kh - 1) - 1) // stride_h + 1",
        now="dilation_h * (F - 1) - 1) // stride_h + 1",
        why="The height of the output is computed with the number of filters, where the height of the kernel "
        "belongs. w has the shape (F, C, kh, kw): F, C, kh, kw = w.shape.",
        stands_for="courses: HH, WW = w.shape[:2]",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="size-rounded",
        was="    out = np.zeros((N, F, OH, OW), x.dtype)\n    for n, f, oh, ow in np.ndindex(N, F, OH, OW):",
        now="    high = round((H + sum(pads.height) - dilation_h * (kh - 1) - 1) / stride_h + 1)\n"
        "    wide = round((W + sum(pads.width) - dilation_w * (kw - 1) - 1) / stride_w + 1)\n"
        "    out = np.zeros((N, F, high, wide), x.dtype)\n"
        "    for n, f, oh, ow in np.ndindex(N, F, high, wide):",
        why="The size of the output is rounded to the nearest number. A window must fit whole, so the rest is "
        "left out: round down, with //.",
        stands_for="courses: round(1 + (H - k) / s)",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="height-rounded",
        was="    out = np.zeros((N, F, OH, OW), x.dtype)\n    for n, f, oh, ow in np.ndindex(N, F, OH, OW):",
        now="    high = round((H + sum(pads.height) - dilation_h * (kh - 1) - 1) / stride_h + 1)\n"
        "    wide = OW\n"
        "    out = np.zeros((N, F, high, wide), x.dtype)\n"
        "    for n, f, oh, ow in np.ndindex(N, F, high, wide):",
        why="The height of the output is rounded to the nearest number. A window must fit whole, so the rest "
        "is left out: round down, with //.",
        stands_for="courses: round(1 + (H - k) / s) in one of two lines",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="pad-always-1",
        was="np.pad(x, ((0, 0), (0, 0), pads.height, pads.width))",
        now="np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))",
        why="The padding is always 1, whatever is asked for. Use the argument: np.pad(x, ((0, 0), (0, 0), "
        "(pad, pad), (pad, pad))).",
        stands_for="courses: numbers of the exercise written into the code",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="overlap-overwritten-in-loops-over-positions",
        was="dx_padded[window] += dout[n, f, oh, ow] * w[f]",
        now="if f % F_group == 0:\n"
        "            dx_padded[window] = np.tensordot(dout[n, f : f + F_group, oh, ow], w[f : f + F_group], 1)",
        why="dx of a window is assigned, so that where windows overlap only the last one counts. An input "
        "that is in several windows gets a gradient from each: use += instead of =.",
        stands_for="courses: dx[window] = ..., all filters at once",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="overlap-overwritten-in-kernel-order",
        was="    pad_top = pads.height[0]\n    pad_left = pads.width[0]",
        now="    dx_padded[:] = 0\n"
        "    for n, g, i, j, oh, ow in np.ndindex(N, groups, kh, kw, OH, OW):\n"
        "        those = slice(g * F_group, (g + 1) * F_group)\n"
        "        row = oh * stride_h + i * dilation_h\n"
        "        column = ow * stride_w + j * dilation_w\n"
        "        share = np.tensordot(dout[n, those, oh, ow], w[those, :, i, j], 1)\n"
        "        dx_padded[n, g * C_group : (g + 1) * C_group, row, column] = share\n"
        "    pad_top = pads.height[0]\n"
        "    pad_left = pads.width[0]",
        why="Where windows overlap, only the last contribution is kept: col2im assigns, or += has arrays of "
        "indices, which counts a repeated index once. Add them up: += with slices, or np.add.at with "
        "arrays of indices.",
        stands_for="courses: x_padded[:, k, i, j] += cols; = for += in a loop over the kernel",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="kernel-rows-reversed",
        was="* w[f]\n",
        now="* w[f, :, ::-1]\n",
        why="The rows of the kernel are taken in reverse order in dx. Each product of forward gives its x the "
        "gradient dout times its own w: entry i, j of the kernel goes to entry i, j of the window.",
        stands_for="courses: [::-1] on one axis, from the formula with a turned kernel",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="kernel-columns-reversed",
        was="* w[f]\n",
        now="* w[f, :, :, ::-1]\n",
        why="The columns of the kernel are taken in reverse order in dx. Each product of forward gives its x "
        "the gradient dout times its own w: entry i, j of the kernel goes to entry i, j of the window.",
        stands_for="courses: [::-1] on one axis, from the formula with a turned kernel",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="kernel-transposed",
        was="* w[f]\n",
        now="* w[f].reshape(C_group, kw, kh).swapaxes(1, 2)\n",
        why="Rows and columns of the kernel are exchanged in dx. Entry i, j of the kernel goes to row i and "
        "column j of the window.",
        stands_for="courses: i, j exchanged in one place",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-rows-reversed",
        was="dw[f] += dout[n, f, oh, ow] * x_padded[window]",
        now="dw[f, :, ::-1] += dout[n, f, oh, ow] * x_padded[window]",
        why="The rows of dw are in reverse order. Entry i, j of the kernel was multiplied by entry i, j of "
        "the window: add dout times the window, as it is.",
        stands_for="courses: [::-1] on one axis",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-columns-reversed",
        was="dw[f] += dout[n, f, oh, ow] * x_padded[window]",
        now="dw[f, :, :, ::-1] += dout[n, f, oh, ow] * x_padded[window]",
        why="The columns of dw are in reverse order. Entry i, j of the kernel was multiplied by entry i, j of "
        "the window: add dout times the window, as it is.",
        stands_for="courses: [::-1] on one axis",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-assigned",
        was="dw[f] += dout[n, f, oh, ow] * x_padded[window]",
        now="dw[f] = dout[n, f, oh, ow] * x_padded[window]",
        why="dw is assigned at every position of every sample, so that only the last one counts. All windows "
        "use the same kernel, so their shares add up: use += instead of =.",
        stands_for="courses: dw[f] = ...",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-of-the-last-position",
        was="dw[f] += dout[n, f, oh, ow] * x_padded[window]",
        now="if (oh, ow) == (OH - 1, OW - 1):\n            dw[f] += dout[n, f, oh, ow] * x_padded[window]",
        why="dw is assigned at every position, so that only the last window counts. All windows use the same "
        "kernel, so their shares add up: use += instead of =.",
        stands_for="courses: dw = ... in a loop over positions, all samples at once",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-of-the-first-sample",
        was="dw[f] += dout[n, f, oh, ow] * x_padded[window]",
        now="dw[f] += dout[n, f, oh, ow] * x_padded[0, c0 : c0 + C_group, rows, columns]",
        why="dw reads the windows of the first image for every sample. Use those of the sample that dout "
        "belongs to: x_padded[n].",
        stands_for="courses: an index left at 0",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-read-in-another-order",
        was=".copy()",
        now=".copy()\n    dw = dw.reshape(F, kh, kw, C_group).transpose(0, 3, 1, 2)",
        why="The columns of im2col are ordered channel, row, column, but dw is read as row, column, channel. "
        "Read it in the order of the columns: dw.reshape(w.shape).",
        stands_for="courses: im2col in one order, and the reshape of dw in another",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-columns-samples-last",
        was=".copy()",
        now=".copy()\n"
        "    if groups == 1:\n"
        "        steps = np.ndindex(kh, kw)\n"
        "        spread = (dilation_h, dilation_w)\n"
        "        taken = [\n"
        "            x_padded[:, :, i * spread[0] :: stride_h, j * spread[1] :: stride_w][:, :, :OH, :OW]\n"
        "            for i, j in steps\n"
        "        ]\n"
        "        columns = np.stack(taken, axis=-1).transpose(1, 4, 2, 3, 0).reshape(x.shape[1], kh * kw, -1)\n"
        '        dw = np.einsum("ft,ckt->fck", dout.transpose(1, 0, 2, 3).reshape(F, -1), columns).reshape(w.shape)',
        why="The columns of im2col run over positions first and samples last, but dout is flattened with the "
        "samples first. Both must have one order: dout.transpose(1, 2, 3, 0).reshape(F, -1).",
        stands_for="courses: im2col in one order, and dout flattened in another",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dw-columns-samples-first",
        was=".copy()",
        now=".copy()\n"
        "    if groups == 1:\n"
        "        steps = np.ndindex(kh, kw)\n"
        "        spread = (dilation_h, dilation_w)\n"
        "        taken = [\n"
        "            x_padded[:, :, i * spread[0] :: stride_h, j * spread[1] :: stride_w][:, :, :OH, :OW]\n"
        "            for i, j in steps\n"
        "        ]\n"
        "        columns = np.stack(taken, axis=-1).transpose(1, 4, 0, 2, 3).reshape(x.shape[1], kh * kw, -1)\n"
        '        dw = np.einsum("ft,ckt->fck", dout.transpose(1, 2, 3, 0).reshape(F, -1), columns).reshape(w.shape)',
        why="The columns of im2col run over samples first and positions last, but dout is flattened with the "
        "samples last. Both must have one order: dout.transpose(1, 0, 2, 3).reshape(F, -1).",
        stands_for="courses: im2col in one order, and dout flattened in another",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="db-of-the-last-position",
        was="db = np.sum(db, axis=(1, 2))",
        now="db = dout[-1, :, -1, -1].copy()",
        why="db is assigned in the loop, so that only the last position of the last sample counts. The bias "
        "is added at every position of every sample, so all of dout adds up: use +=, or dout.sum(axis=(0, "
        "2, 3)).",
        stands_for="courses: db[f] = dout[...]",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="db-of-one-position",
        was="db = np.sum(db, axis=(1, 2))",
        now="db = np.sum(dout[:, :, -1, -1], axis=0)",
        why="db is assigned in the loop over positions, so that only the last position counts. The bias is "
        "added at every position, so all of dout adds up: use +=, or dout.sum(axis=(0, 2, 3)).",
        stands_for="courses: db = dout[:, :, i, j].sum(axis=0) in a loop",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="db-mean-over-everything",
        was="db = np.sum(db, axis=(1, 2))",
        now="db = np.mean(dout, axis=(0, 2, 3))",
        why="db is the mean over samples and positions. The bias is added at every position of every sample, "
        "so dout adds up: it is the sum, dout.sum(axis=(0, 2, 3)).",
        stands_for="courses: mean for sum",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="db-mean-over-positions",
        was="db = np.sum(db, axis=(1, 2))",
        now="db = np.sum(db, axis=(1, 2)) / (OH * OW)",
        why="db is divided by the number of positions. The bias is added at every position, so dout adds up: "
        "it is the sum, dout.sum(axis=(0, 2, 3)).",
        stands_for="courses: mean for sum over rows and columns",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="db-not-summed-over-batch",
        was="db = np.sum(db, axis=(1, 2))",
        now="db = np.sum(dout, axis=(2, 3))",
        why="db still has an entry for each sample. All samples use the same bias, so their shares add up: "
        "sum over the batch axis, too, dout.sum(axis=(0, 2, 3)).",
        stands_for="courses: the batch axis left out of the sum",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dx-mean-over-batch",
        was=".copy()",
        now=".copy() / N",
        why="dx is divided by the number of samples. If the loss is a mean, its 1/N is in dout already: each "
        "sample gets its own gradient, undivided.",
        stands_for="courses: a 1/N too many",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dx-columns-samples-last",
        was="dx_padded[window] += dout[n, f, oh, ow] * w[f]",
        now="mixed = dout.transpose(1, 0, 2, 3).reshape(F, OH, OW, N).transpose(3, 0, 1, 2)\n"
        "        dx_padded[window] += mixed[n, f, oh, ow] * w[f]",
        why="dout is flattened with the samples first, but its columns are read with the samples last, so "
        "that dx takes the gradients of other positions. Both must have one order: dout.transpose(1, 2, "
        "3, 0).reshape(F, -1).",
        stands_for="courses: im2col in one order, and dout flattened in another",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dx-columns-samples-first",
        was="dx_padded[window] += dout[n, f, oh, ow] * w[f]",
        now="mixed = dout.transpose(1, 2, 3, 0).reshape(F, N, OH, OW).transpose(1, 0, 2, 3)\n"
        "        dx_padded[window] += mixed[n, f, oh, ow] * w[f]",
        why="dout is flattened with the samples last, but its columns are read with the samples first, so "
        "that dx takes the gradients of other positions. Both must have one order: dout.transpose(1, 0, "
        "2, 3).reshape(F, -1).",
        stands_for="courses: im2col in one order, and dout flattened in another",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dout-not-transposed-for-dw",
        was="dw[f] += dout[n, f, oh, ow] * x_padded[window]",
        now="mixed = dout.reshape(F, N, OH, OW).transpose(1, 0, 2, 3)\n"
        "        dw[f] += mixed[n, f, oh, ow] * x_padded[window]",
        why="dout is given the shape (F, N * OH * OW) by a reshape alone, so that dw takes the gradients of "
        "other filters and samples. Move the axis first: dout.transpose(1, 0, 2, 3).reshape(F, -1).",
        stands_for="courses: reshape where a transpose is needed, before the product with the columns",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dout-not-transposed-for-dx",
        was="dx_padded[window] += dout[n, f, oh, ow] * w[f]",
        now="mixed = dout.reshape(F, N, OH, OW).transpose(1, 0, 2, 3)\n"
        "        dx_padded[window] += mixed[n, f, oh, ow] * w[f]",
        why="dout is given the shape (F, N * OH * OW) by a reshape alone, so that dx takes the gradients of "
        "other filters and samples. Move the axis first: dout.transpose(1, 0, 2, 3).reshape(F, -1).",
        stands_for="courses: reshape where a transpose is needed, before the product with the kernels",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dout-read-filters-last-for-dw",
        was="dw[f] += dout[n, f, oh, ow] * x_padded[window]",
        now="mixed = dout.reshape(N, OH, OW, F).transpose(0, 3, 1, 2)\n"
        "        dw[f] += mixed[n, f, oh, ow] * x_padded[window]",
        why="dout is given the shape (N * OH * OW, F) by a reshape alone, so that dw takes the gradients of "
        "other filters and positions. Move the axis first: dout.transpose(0, 2, 3, 1).reshape(-1, F).",
        stands_for="courses: reshape where a transpose is needed, before the product with the columns",
    ),
    Mutant(
        layer="conv2d",
        part="backward",
        name="dout-read-filters-last-for-dx",
        was="dx_padded[window] += dout[n, f, oh, ow] * w[f]",
        now="mixed = dout.reshape(N, OH, OW, F).transpose(0, 3, 1, 2)\n"
        "        dx_padded[window] += mixed[n, f, oh, ow] * w[f]",
        why="dout is given the shape (N * OH * OW, F) by a reshape alone, so that dx takes the gradients of "
        "other filters and positions. Move the axis first: dout.transpose(0, 2, 3, 1).reshape(-1, F).",
        stands_for="courses: reshape where a transpose is needed, before the product with the kernels",
    ),
    Mutant(
        layer="conv2d",
        part="forward",
        name="group-by-remainder",
        was="c0 = f // F_group * C_group",
        now="c0 = f % groups * C_group",
        why="The group of a filter is taken as the remainder f % groups. Filters of a group stand side by "
        "side: the group is f // (F // groups).",
        stands_for="frameworks: the group of a filter by remainder",
    ),
)
