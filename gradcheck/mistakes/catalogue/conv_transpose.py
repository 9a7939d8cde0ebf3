"""Mistakes in conv_transpose2d."""

from gradcheck.mistakes.mutant import Mutant

CORNER = "top = ih * stride_h\n        left = iw * stride_w"
WINDOW = (
    "rows = slice(top, top + dilation_h * kh, dilation_h)\n"
    "        columns = slice(left, left + dilation_w * kw, dilation_w)"
)
SPREAD = "x[n, c, ih, iw] * w[c]"
SIZES = (
    "canvas_h = (H - 1) * stride_h + dilation_h * (kh - 1) + 1 + output_pad_h\n"
    "    canvas_w = (W - 1) * stride_w + dilation_w * (kw - 1) + 1 + output_pad_w"
)
CROP = "canvas[:, :, pad_top : pad_top + OH, pad_left : pad_left + OW].copy()"
OFFSET = "f0 = c // C_group * F_group"
GATHER = "np.sum(window * w[c])"
ADD_DW = "dw[c] += x[n, c, ih, iw] * window"

FORWARD = (
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="overlap-overwritten",
        was="rows, columns] += x",
        now="rows, columns] = x",
        why="Where the painted kernels overlap, their numbers add up, and so do those of all channels. This "
        "assigns, so that only the kernel painted last remains. Use += .",
        stands_for="courses: scattering with = ; invisible while the stride equals the kernel and there is one channel",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="stride-missing",
        was=CORNER,
        now="top = ih\n        left = iw",
        why="The output has the right size for the stride, but all kernels are painted one pixel apart into "
        "its top left corner. Input (ih, iw) paints from row ih * stride and column iw * stride on. "
        "Write top = ih * stride_h and left = iw * stride_w.",
        stands_for="courses: the stride forgotten; it spreads the input here, and does not thin the output",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="stride-of-height-for-width",
        was='stride_h, stride_w = pair("conv_transpose2d", "stride", stride, 1)',
        now='stride_h = stride_w = pair("conv_transpose2d", "stride", stride, 1)[0]',
        why="The stride of the height is used for the width as well. While both are equal, the mistake does not "
        "show. Unpack both: stride_h, stride_w = stride, and use stride_w wherever columns are counted.",
        stands_for="frameworks: stride[0] used for the width",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="dilation-ignored",
        was=WINDOW,
        now="rows = slice(top, top + kh)\n        columns = slice(left, left + kw)",
        why="The output's size allows for the dilation, but the kernels are painted without gaps. With "
        "dilation d, kernel entry (i, j) goes i * d rows down and j * d columns right of the corner. "
        "Slice with a step: top : top + d * kh : d.",
        stands_for="frameworks: dilation accepted and silently ignored",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="kernel-rotated",
        was=SPREAD,
        now="x[n, c, ih, iw] * w[c, :, ::-1, ::-1]",
        why="The kernel is painted turned by 180 degrees. The flip belongs to the other way of writing this "
        "layer, as a correlation with the spread-out input; where each input paints its kernel, it "
        "paints it as it is. Write x[n, c, ih, iw] * w[c].",
        stands_for="courses: a flip too many, or one too few when correlating the spread-out input",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="weights-read-as-conv2d",
        was=SPREAD,
        now="x[n, c, ih, iw] * w.reshape(F_group, C, kh, kw)[:, c]",
        why="The kernels are read as those of conv2d, with the output channels first. Here they are (C, F / "
        "groups, kh, kw): the input channels come first, since the layer is the transpose of conv2d. Take w[c], "
        "all kernels of input channel c, and do not reshape.",
        stands_for="frameworks: weights of one layout loaded into the other",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="output-pad-missing",
        was=SIZES,
        now="canvas_h = (H - 1) * stride_h + dilation_h * (kh - 1) + 1\n"
        "    canvas_w = (W - 1) * stride_w + dilation_w * (kw - 1) + 1",
        why="output_pad is accepted and not used, so that the output lacks these rows and columns. Several input "
        "sizes of conv2d give the same output size; output_pad selects one of them. Add it to the size: OH = (H - "
        "1) * stride - 2 * pad + kh + output_pad.",
        stands_for="frameworks: output_padding ignored",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="output-pad-above",
        was=CORNER,
        now="top = ih * stride_h + output_pad_h\n        left = iw * stride_w + output_pad_w",
        why="The rows and columns of output_pad are put above and on the left, so that the whole output is "
        "shifted. They belong below and on the right. Make the canvas larger by output_pad, and paint from ih * "
        "stride_h and iw * stride_w as before.",
        stands_for="frameworks: output_padding on the wrong side",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="minus-one-missing-in-the-size",
        was=SIZES,
        now=SIZES.replace("(H - 1)", "H").replace("(W - 1)", "W"),
        why="The output is one stride too large, with nothing but the bias in its last rows. H inputs have "
        "H - 1 steps between them. Write OH = (H - 1) * stride - 2 * pad + kh + output_pad.",
        stands_for="courses: the output size as H * stride + ...",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="pad-not-cropped",
        was=CROP,
        now="canvas.copy()",
        why="The padding is not cut off, and the output is too large. What conv2d pads, its transpose cuts "
        "away: out = canvas[:, :, pad : pad + OH, pad : pad + OW].",
        stands_for="courses: padding taken for something to add, or forgotten",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="crop-empty-at-pad-0",
        was="pad_top : pad_top + OH, pad_left : pad_left + OW",
        now="pad_top : -pads.height[1], pad_left : -pads.width[1]",
        why="The margin is cut off with pad:-pad, which without padding is 0:-0, that is 0:0, an empty "
        "slice. Count from the front, where nothing special happens at 0: canvas[:, :, pad : pad + OH, "
        "pad : pad + OW].",
        stands_for="courses: the crop pad:-pad",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="crop-at-the-corner",
        was="pad_top : pad_top + OH, pad_left : pad_left + OW",
        now=":OH, :OW",
        why="The shape is right, but the crop begins in the corner of the canvas and so keeps the margin "
        "and loses the last rows and columns. The output begins behind the padding. Write canvas[:, :, "
        "pad : pad + OH, pad : pad + OW].",
        stands_for="courses: the canvas cut to :OH, :OW",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="pad-sides-swapped",
        was="pad_top = pads.height[0]\n    pad_left = pads.width[0]",
        now="pad_top = pads.height[1]\n    pad_left = pads.width[1]",
        why="As many rows are cut off above as should be below, so that with unequal padding the output is "
        "shifted. The first of the two pads is for the top and the left. Crop from pad_top and "
        "pad_left, to pad_top + OH and pad_left + OW.",
        stands_for="frameworks: asymmetric padding read with the wrong index",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="group-offset-missing",
        was=OFFSET,
        now="f0 = 0",
        why="Every group paints into the output channels of the first one, and the others stay empty. A "
        "channel of block g feeds the filters g * F / groups and up. Write f0 = c // (C // groups) * (F "
        "// groups).",
        stands_for="frameworks: the offset of a group left out",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="bias-missing",
        was="out[n, f] += b[f]",
        now="pass",
        why="The bias is never added. Every filter has one number that is added to all of its outputs. "
        "After the painting write out[:, f] += b[f].",
        stands_for="courses: the bias forgotten; frameworks: a fused bias silently dropped",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="bias-once-per-channel",
        was="out[n, f] += b[f]",
        now="out[n, f] += C_group * b[f]",
        why="The bias is added inside the loop over input channels, once for each of them. It belongs to "
        "the filter, and comes once to the whole sum. Move it out of the loop over channels: after it, "
        "out[n, f] += b[f].",
        stands_for="courses: the bias added within the loop over channels",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="forward",
        name="output-pad-unchecked",
        was="_check_output_pad((output_pad_h, output_pad_w), (stride_h, stride_w), (dilation_h, dilation_w))",
        now="pass",
        why="An output_pad as large as the stride is accepted, though no input size of conv2d gives this output: "
        "the sizes that it distinguishes differ by less than a stride. Refuse it and say why: if output_pad >= "
        "max(stride, dilation), raise ValueError.",
        stands_for="frameworks: impossible output_padding accepted, and garbage returned",
    ),
)

BACKWARD = (
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="stride-missing",
        was=CORNER,
        now="top = ih\n        left = iw",
        why="Backward reads windows one pixel apart, but forward painted them a stride apart. The gradient "
        "is gathered from the very pixels that were painted. Use the window of the forward pass: top = "
        "ih * stride_h and left = iw * stride_w.",
        stands_for="courses: the stride forgotten in backward",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="stride-and-dilation-swapped",
        was="(stride_h, stride_w), pads, (dilation_h, dilation_w)",
        now="(dilation_h, dilation_w), pads, (stride_h, stride_w)",
        why="Stride and dilation are swapped in backward. That is right for a weight gradient that is computed as "
        "a convolution. Here dout is read through forward's own windows: they are a stride apart, with entries a "
        "dilation apart. Write top = ih * stride_h and the slice top : top + dilation_h * kh : dilation_h.",
        stands_for="frameworks: the backward of the transposed convolution swaps stride and dilation",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="dilation-ignored",
        was=WINDOW,
        now="rows = slice(top, top + kh)\n        columns = slice(left, left + kw)",
        why="Forward paints pixels a dilation apart, backward reads neighbouring ones. Both must use the "
        "same window: with dilation d, the slice top : top + d * kh : d.",
        stands_for="frameworks: dilation ignored in backward",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="pad-sides-swapped",
        was="pads.height, pads.width))",
        now="pads.height[::-1], pads.width[::-1]))",
        why="dout is put back onto the canvas with the margin of the top below and that of the left on the "
        "right, so that with unequal padding everything is shifted. Forward cut off (top, bottom), "
        "(left, right): pad dout by just these.",
        stands_for="frameworks: asymmetric padding read with the wrong index",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="dout-in-the-corner",
        was="pads.height, pads.width))",
        now="(0, sum(pads.height)), (0, sum(pads.width))))",
        why="dout is read as if nothing had been cut off above and on the left, so that every window is pad "
        "rows and columns away from the one that was painted. Put dout back where it was cut out, with "
        "zeros around it: np.pad(dout, ((0, 0), (0, 0), (pad, pad), (pad, pad))).",
        stands_for="courses: the crop forgotten in backward",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="group-offset-missing",
        was=OFFSET,
        now="f0 = 0",
        why="Every group gathers from the output channels of the first one. A channel of block g fed the "
        "filters g * F / groups and up, and its gradient comes from there. Write f0 = c // (C // "
        "groups) * (F // groups).",
        stands_for="frameworks: the offset of a group left out",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="kernel-rotated",
        was=GATHER,
        now="np.sum(window * w[c, :, ::-1, ::-1])",
        why="dx is gathered with the kernel turned by 180 degrees. Forward painted the kernel as it is, so "
        "its entry (i, j) meets pixel (i, j) of the window. The gradient of this layer is a plain "
        "conv2d of dout: write np.sum(window * w[c]), without a flip.",
        stands_for="courses: the kernel flipped in backward",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="first-filter-only",
        was=GATHER,
        now="np.sum(window[0] * w[c, 0])",
        why="dx takes only the first filter into account. An input feeds all filters of its group, and its "
        "gradient is the sum over them. Take the window with all its channels, f0 : f0 + F // groups, "
        "and sum window * w[c].",
        stands_for="courses: a layer written for one output channel",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="dw-rotated",
        was=ADD_DW,
        now="dw[c, :, ::-1, ::-1] += x[n, c, ih, iw] * window",
        why="dw comes out turned by 180 degrees. Forward put w[c, f, i, j] onto pixel (i, j) of the window, "
        "so this pixel of dout is its gradient. Write dw[c] += x[n, c, ih, iw] * window, without a "
        "flip.",
        stands_for="courses: a flipped dw, from convolve2d in place of correlate2d",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="dw-of-the-last-sample",
        was=ADD_DW,
        now="dw[c] = dw[c] * (ih + iw > 0) + x[n, c, ih, iw] * window",
        why="dw is set to zero for every sample, so that only the last one of the batch counts. All samples share "
        "the weights, and the gradient is the sum over all of them. Set dw to zero once, before the loop over n, "
        "and use += .",
        stands_for="courses: dw overwritten in the loop over the samples",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="dw-mean-over-batch",
        was=ADD_DW,
        now=ADD_DW + " / N",
        why="dw is divided by the size of the batch. The mean over the batch belongs to the loss, and is in "
        "dout already: a layer sums. Leave out / N.",
        stands_for="courses: dw averaged over N",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="first-sample-only",
        was="np.ndindex(N, C, H, W)",
        now="np.ndindex(min(N, 1), C, H, W)",
        why="Only the first sample of the batch gets a gradient, and dw includes no other. Either there is no "
        "loop over N, or a return stands inside it. Loop for n in range(N), and return after the loop.",
        stands_for="courses: return indented into the loop, or x[0] for x[n]",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="db-of-the-last-sample",
        was="db += dout[n]",
        now="db[...] = dout[n]",
        why="db is assigned for every sample, so that only the last one of the batch counts. All samples "
        "share the bias, and its gradient is the sum over all of them. Use +=, or db = "
        "dout.sum(axis=(0, 2, 3)).",
        stands_for="courses: db assigned within the loop over the samples",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="db-one-number-for-all",
        was="np.sum(db, axis=(1, 2))",
        now="np.full(b.shape, np.sum(db))",
        why="Every filter gets the same number, the sum of all of dout. A bias belongs to one filter, and "
        "only that filter's outputs count for it. Name the axes to sum over: db = dout.sum(axis=(0, 2, "
        "3)).",
        stands_for="courses: np.sum without axes, broadcast into db",
    ),
    Mutant(
        layer="conv_transpose2d",
        part="backward",
        name="layout-assumed",
        was='upstream("conv_transpose2d", dout, out_shape, x.dtype)',
        now='upstream("conv_transpose2d", dout, out_shape, x.dtype).ravel(order="K").reshape(out_shape)',
        why="The numbers of dout are read in memory order, which is row by row only for a new array; a transposed "
        "or reversed view has another order. Index by axes and let NumPy find the place, or enforce the order "
        "first: dout = np.ascontiguousarray(dout).",
        stands_for="frameworks: a cotangent that is not contiguous read as if it were",
    ),
)

MUTANTS = (*FORWARD, *BACKWARD)
