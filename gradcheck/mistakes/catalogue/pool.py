"""Mistakes in max_pool2d and avg_pool2d."""

from gradcheck.mistakes.mutant import Mutant

MUTANTS = (
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="padded-with-zeros",
        was=", constant_values=-np.inf",
        now="",
        why="np.pad fills with zeros. A zero in the padding beats every negative number, so that a window of "
        "negative numbers at the border gives 0. Nothing may beat a real entry: pad with "
        "constant_values=-np.inf.",
        stands_for="courses: the padding of convolution copied to max-pooling",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="padded-with-minimum",
        was="constant_values=-np.inf",
        now="constant_values=np.min(x)",
        why="The padding holds the smallest number of the batch. It never wins wrongly, but it does not always "
        "exist: a batch of no samples has no minimum, and one NaN in x makes it NaN, which then wins in every "
        "window at the border. Pad with constant_values=-np.inf.",
        stands_for="courses: x.min() as the value of the padding",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="max-with-zero",
        was="np.max(x_padded[n, c, rows, columns])",
        now="np.max(x_padded[n, c, rows, columns], initial=0)",
        why="The search for the maximum starts at 0, so that a window of negative numbers gives 0. Only entries of "
        "the window count: start at -np.inf, or write np.max(window).",
        stands_for="courses: best = 0 before the loop; invisible after a ReLU",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="stride-missing",
        was="top = oh * stride_h\n        left = ow * stride_w",
        now="top = oh\n        left = ow",
        why="The windows are one pixel apart, whatever the stride. Window (oh, ow) starts at row oh * stride_h and "
        "column ow * stride_w: multiply the output's index by the stride.",
        stands_for="courses: the output's index used as the input's; right at stride 1",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="stride-is-kernel",
        was="step = size if stride is None else pair",
        now="step = size if True else pair",
        why="The windows are moved by their own size, as if they could not overlap or leave gaps. The stride is an "
        "argument of its own: use the kernel's size only where no stride is given.",
        stands_for="courses: pooling by reshape into blocks; right for the usual 2x2 with stride 2",
        function="_windows",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="kernel-swapped",
        was="(kh, kw), (stride_h, stride_w)",
        now="(kw, kh), (stride_h, stride_w)",
        why="Height and width of the window are exchanged. Geometry is given as (height, width): the first number "
        "belongs to rows, the second to columns. Write kh, kw = kernel.",
        stands_for="courses: (width, height) as in image libraries; invisible with square windows",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="dilation-ignored",
        was="rows = slice(top, top + dilation_h * kh, dilation_h)\n"
        "        columns = slice(left, left + dilation_w * kw, dilation_w)",
        now="rows = slice(top, top + kh)\n        columns = slice(left, left + kw)",
        why="The entries of a window are taken side by side, although dilation spreads them. Entry i of a window "
        "lies at top + i * dilation_h: slice with the dilation as the step, top : top + dilation_h * kh : "
        "dilation_h.",
        stands_for="frameworks: an argument accepted and silently ignored",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="begin-pad-lost-with-dilation",
        was="top = oh * stride_h\n        left = ow * stride_w",
        now="top = oh * stride_h + (pads.height[0] if dilation_h > 1 else 0)\n"
        "        left = ow * stride_w + (pads.width[0] if dilation_w > 1 else 0)",
        why="Where the window is dilated, the first one starts at the image instead of in the padding before it, and "
        "all others are shifted with it. Dilation does not change where a window starts: oh * stride_h - pad_top "
        "in the image, oh * stride_h in the padded image.",
        stands_for="frameworks: the padding before the image forgotten in the code for dilated windows",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="pad-missing-in-size",
        was="room = size + before + after - window",
        now="room = size - window",
        why="The number of windows is computed from the image without its padding, so that the last rows and "
        "columns of the output are missing. Count in the padded image: (H + pad_top + pad_bottom - kh) // stride "
        "+ 1.",
        stands_for="courses: the formula for the output's size without 2p",
        function="_extent",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="size-rounded-up",
        was="if not ceil_mode:",
        now="if False:",
        why="Where the stride leaves a remainder, there is one window too many, and it sticks out of the image. "
        "Without ceil_mode a partial window does not count: round down, (H - kh) // stride + 1.",
        stands_for="courses: np.ceil or round in the formula for the output's size",
        function="_extent",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="ceil-mode-ignored",
        was="if not ceil_mode:",
        now="if True:",
        why="The output's size is always rounded down, so that with ceil_mode the last, partial windows are missing. "
        "Round up there: -(-room // stride) + 1, less one where the last window would start behind the image.",
        stands_for="frameworks: exported models whose pooling loses its rounding mode",
        function="_extent",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="nan-swallowed",
        was="np.max(x_padded[n, c, rows, columns])",
        now="np.fmax.reduce(x_padded[n, c, rows, columns], axis=None, initial=-np.inf)",
        why="A NaN in a window is skipped, and training goes on with numbers that mean nothing. A comparison with "
        "NaN is always false, and np.fmax and np.nanmax skip it: use np.max, which returns it.",
        stands_for="frameworks: `if (value > best)` in a pooling kernel",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="width-block-tail",
        was="for n, c, oh, ow in np.ndindex(out_shape):",
        now="for n, c, oh, ow in np.ndindex(out_shape):\n"
        "        if out_shape[3] > 4 and ow >= out_shape[3] // 4 * 4:\n"
        "            continue",
        why="Output columns are computed in blocks of four, and those after the last whole block stay empty. Any "
        "width is legal: after the blocks, compute the remaining OW % 4 columns one by one.",
        stands_for="frameworks: vectorised kernels without a loop for the tail",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="pad-unchecked",
        was="_check_pads(layer, pads, size)",
        now="pass",
        why="A padding of more than half the window is accepted, although whole windows then lie in the padding "
        "and come out as -inf. Refuse it: raise ValueError where pad > kernel // 2.",
        stands_for="courses: arguments that are not checked",
        function="_windows",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="overlap-overwritten",
        was="left + j * dilation_w] += dout[n, c, oh, ow]",
        now="left + j * dilation_w] = dout[n, c, oh, ow]",
        why="Where windows overlap, an input feeds several outputs and its gradient is the sum over them. This "
        "assigns, so only the last window counts. Use += .",
        stands_for="courses: pooling gradients that are assigned; invisible while the stride equals the window",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="ties-credited-in-full",
        was="for i, j in winners[:1]:",
        now="for i, j in winners:",
        why="Where several entries of a window are equal and largest, each of them gets the whole gradient, so "
        "that dx sums to more than dout. The shares must add up to one: credit the first winner only (np.argmax), "
        "or divide by the number of winners.",
        stands_for="courses: dx += (window == window.max()) * dout",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="raises-on-ties",
        was="for i, j in winners[:1]:",
        now="for i, j in [[place.item() for place in winners.T]] if len(winners) else []:",
        why="The index of the maximum is converted to a single number, which fails if two entries of a window are "
        "equal and largest. After a ReLU that is nearly always the case. Take the first one: "
        "np.unravel_index(np.argmax(window), window.shape).",
        stands_for="courses: int(np.where(window == window.max())[0])",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="dout-ignored",
        was="+= dout[n, c, oh, ow]",
        now="+= 1",
        why="The winners get 1 instead of the gradient that arrived at their output: this is the layer's own "
        "derivative, without the chain rule. Add dout[n, c, oh, ow].",
        stands_for="courses: the mask of the winners returned as the gradient",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="stride-missing",
        was="top = oh * stride_h\n        left = ow * stride_w",
        now="top = oh\n        left = ow",
        why="Backward looks for the winners in windows that are one pixel apart, but forward moved them by the "
        "stride. Use the same windows as forward: they start at oh * stride_h and ow * stride_w.",
        stands_for="courses: the stride used in forward only; right at stride 1",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="dilation-ignored",
        was="pads, (dilation_h, dilation_w), out_shape = windows",
        now="pads, (dilation_h, dilation_w), out_shape = windows\n    dilation_h = dilation_w = 1",
        why="Backward looks for the winner among neighbouring entries, but forward spread the window by the "
        "dilation. Use the same windows as forward: entry (i, j) lies at top + i * dilation_h, left + j * "
        "dilation_w.",
        stands_for="frameworks: dilation implemented in forward only",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="window-offset-missing",
        was="top + i * dilation_h, left + j * dilation_w",
        now="i * dilation_h, j * dilation_w",
        why="The winner's place within its window is used as its place in the image, so that all gradients land in "
        "the top left corner. Add where the window starts: dx[n, c, top + i, left + j].",
        stands_for="courses: np.unravel_index of a window used on the image",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="winner-swapped",
        was="for i, j in winners[:1]:",
        now="for j, i in winners[:1]:",
        why="Row and column of the winner are exchanged, so that the gradient goes to the mirrored place of the "
        "window. A flat index counts along the rows first: row is index // kw, column is index % kw.",
        stands_for="courses: divmod by the height, or divmod's two results in the wrong order",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="mask-of-whole-image",
        was="window == np.max(window)",
        now="window == np.max(x_padded[n, c])",
        why="The entries of a window are compared with the largest number of the whole image, so that only the "
        "window that holds it passes a gradient on. Each window has its own maximum: compare with np.max(window).",
        stands_for="courses: the mask taken from the wrong array",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="padded-with-zeros",
        was=", constant_values=-np.inf",
        now="",
        why="Forward pads with -inf, backward with zeros: in a window of negative numbers at the border the padding "
        "wins, and the gradient is lost with it. Pad with constant_values=-np.inf here too.",
        stands_for="courses: forward fixed, backward forgotten",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="dx-not-cropped",
        was="dx_padded[:, :, pad_top : pad_top + H, pad_left : pad_left + W].copy()",
        now="dx_padded",
        why="The gradient of the padded image comes back, which is larger than x. The padding is not an input: "
        "cut it off, dx_padded[:, :, pad_top : pad_top + H, pad_left : pad_left + W].",
        stands_for="courses: right while pad is 0",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="crop-empty-at-pad-0",
        was="pad_top : pad_top + H, pad_left : pad_left + W",
        now="pad_top : -pads.height[1], pad_left : -pads.width[1]",
        why="The slice pad:-pad is empty when pad is 0, because -0 is 0: no gradient is left. Cut by the image's "
        "size instead: pad_top : pad_top + H.",
        stands_for="courses: dx[:, :, pad:-pad, pad:-pad], the commonest crop of all",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="crop-at-the-corner",
        was="pad_top : pad_top + H, pad_left : pad_left + W",
        now=":H, :W",
        why="The padding is cut off behind the image only, so that the whole gradient is shifted by the padding "
        "before it. The image starts at the padding: pad_top : pad_top + H.",
        stands_for="courses: dx[:, :, :H, :W]; right while pad is 0",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="dx-without-the-remainder",
        was="pad_top : pad_top + H, pad_left : pad_left + W",
        now="pad_top : pad_top + out_shape[2] * stride_h, pad_left : pad_left + out_shape[3] * stride_w",
        why="The size of dx is computed from the output's, which is right only where the stride divides evenly. "
        "The rows and columns that no window reaches have a gradient too, namely 0: make dx in the shape of x.",
        stands_for="courses: dx of (OH * stride, OW * stride)",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="first-sample-only",
        was="for n, c, oh, ow in np.ndindex(out_shape):",
        now="for n, c, oh, ow in np.ndindex(out_shape):\n        if n > 0:\n            break",
        why="Only the first sample of the batch gets a gradient, as when `return` stands inside the loop over the "
        "samples. Loop over all N samples, and return after the loop.",
        stands_for="courses: a return that is indented one level too deep",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="dx-over-x",
        was="return dx_padded[:, :, pad_top : pad_top + H, pad_left : pad_left + W].copy()",
        now="x[...] = dx_padded[:, :, pad_top : pad_top + H, pad_left : pad_left + W]\n    return x.copy()",
        why="The gradient is written into the memory of x, which the caller still owns, and which a second "
        "backward needs to find the winners. Write it into an array of its own: dx = np.zeros_like(x).",
        stands_for="frameworks: the input's buffer reused for its gradient",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="cache-shared",
        was="return out, MaxPool2dCache(x, windows)",
        now='last = globals().setdefault("_last", [])\n    last[:] = x, windows\n    return out, last',
        why="All calls keep the cache in the same place, so that a second forward overwrites what the first one's "
        "backward needs. Return a new cache from every call.",
        stands_for="courses: self.cache of a layer that is used twice, module globals",
        function="max_pool2d_forward",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="divisor-kernel-size",
        was="count = np.count_nonzero(counted[rows, columns])",
        now="count = kh * kw",
        why="Every sum is divided by the window's full size. Where the padding is not to count, or where a window "
        "sticks out, it has fewer entries: divide by the number of entries that count.",
        stands_for="frameworks: kh * kw for either value of count_include_pad",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="divisor-image-size",
        was="count = np.count_nonzero(counted[rows, columns])",
        now="count = H * W",
        why="The sum over a window is divided by the size of the whole image. A mean divides by how many numbers "
        "were added: kh * kw, less the padding where it does not count.",
        stands_for="courses: H * W for kh * kw, copied from global average pooling",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="divisor-missing",
        was="np.sum(x_padded[n, c, rows, columns]) / count",
        now="np.sum(x_padded[n, c, rows, columns])",
        why="The sum of the window is returned, not its mean: every output is too large by the window's size. "
        "Divide by the number of entries.",
        stands_for="courses: np.sum for np.mean",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="padding-always-counted",
        was="constant_values=count_include_pad",
        now="constant_values=True",
        why="The padding is counted even where count_include_pad is false, so that means at the border are too "
        "small. Then divide by the number of real entries in the window only.",
        stands_for="frameworks: count_include_pad accepted and ignored",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="padding-never-counted",
        was="constant_values=count_include_pad",
        now="constant_values=False",
        why="The padding is left out of the count even where count_include_pad is true, so that means at the border "
        "are too large. Then its zeros count like any entry: divide by the window's size within the padded "
        "image.",
        stands_for="frameworks: the other framework's default",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="overhang-counted",
        was="count = np.count_nonzero(counted[rows, columns])",
        now="count = kh * kw if count_include_pad else np.count_nonzero(counted[rows, columns])",
        why="With ceil_mode the last window may stick out behind the padding, and what sticks out is counted as if "
        "it were padding. Only what lies in the padded image counts: cut the window off at its end before "
        "counting.",
        stands_for="frameworks: the divisor in ceil_mode, wrong for years in several",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="window-behind-the-image",
        was="return count - 1 if starts_behind else count",
        now="return count",
        why="With ceil_mode a last window is counted that starts behind the image, in which there is nothing to "
        "average: 0 / 0 gives NaN. A window must start in the image or in the padding before it: drop the last "
        "one where (count - 1) * stride >= H + pad_top.",
        stands_for="frameworks: NaN from average pooling, -inf from max-pooling, in ceil_mode",
        function="_extent",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="stride-of-height-for-width",
        was="left = ow * stride_w",
        now="left = ow * stride_h",
        why="The columns are moved by the stride of the rows. The two may differ: stride is (height, width), and the "
        "second number belongs to the columns. Write left = ow * stride_w.",
        stands_for="frameworks: stride[0] used twice; right for equal strides",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="pad-sides-swapped",
        was="(0, 0), pads.height, pads.width))",
        now="(0, 0), pads.height[::-1], pads.width[::-1]))",
        why="Top and bottom, left and right of the padding are exchanged, which shifts the image. A pad is (before, "
        "after): the first number comes before the image.",
        stands_for="frameworks: the wrong index into an asymmetric pad; right for equal sides",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="accumulated-in-float32",
        was="np.sum(x_padded[n, c, rows, columns]) / count",
        now="np.float32(np.sum(x_padded[n, c, rows, columns]) / count)",
        why="The means go through single precision, even where x is in double: integers beyond 2**24 lose their last "
        "digits, and a gradient check by small steps drowns in noise. Compute in the dtype of x: "
        "np.zeros(out_shape, x.dtype).",
        stands_for="frameworks: float32 accumulators for float64 input",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="floor-division",
        was="np.sum(x_padded[n, c, rows, columns]) / count",
        now="np.sum(x_padded[n, c, rows, columns]) // count",
        why="// rounds the mean down to a whole number, and makes NaN of infinity. A mean of numbers is a number, "
        "not a count: divide with / .",
        stands_for="courses: // copied from the formula for the output's size",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="output-buffer-reused",
        was="out = np.zeros(out_shape, x.dtype)",
        now='buffers = globals().setdefault("_buffers", {})\n'
        "    out = buffers.setdefault((out_shape, x.dtype), np.zeros(out_shape, x.dtype))",
        why="One buffer is kept for each shape and returned from every call, so that a second forward overwrites "
        "what the first one returned. Return a new array from every call: np.zeros or np.empty.",
        stands_for="frameworks: a workspace that leaks out as a result",
    ),
    Mutant(
        layer="avg_pool2d",
        part="backward",
        name="overlap-overwritten",
        was="rows, columns] += dout[n, c, oh, ow] / count",
        now="rows, columns] = dout[n, c, oh, ow] / count",
        why="Where windows overlap, an input feeds several outputs and its gradient is the sum over them. This "
        "assigns, so only the last window counts. Use += .",
        stands_for="courses: pooling gradients that are assigned; invisible while the stride equals the window",
    ),
    Mutant(
        layer="avg_pool2d",
        part="backward",
        name="divisor-missing",
        was="dout[n, c, oh, ow] / count",
        now="dout[n, c, oh, ow]",
        why="Every entry of a window gets the whole gradient, although each contributed only its share to the mean. "
        "Divide by the number of entries, as forward does.",
        stands_for="courses: the gradient copied to the window, not shared out",
    ),
    Mutant(
        layer="avg_pool2d",
        part="backward",
        name="divisor-kernel-size",
        was="count = np.count_nonzero(counted[rows, columns])",
        now="count = kh * kw",
        why="Every gradient is divided by the window's full size. Where the padding does not count, or where a "
        "window sticks out, forward divided by less: divide by the same number here.",
        stands_for="frameworks: the divisor right in forward only",
    ),
    Mutant(
        layer="avg_pool2d",
        part="backward",
        name="padding-always-counted",
        was="constant_values=count_include_pad",
        now="constant_values=True",
        why="Backward counts the padding even where count_include_pad is false, so that gradients at the border are "
        "too small. Divide by what forward divided by: there, by the number of real entries.",
        stands_for="frameworks: count_include_pad respected in forward only",
    ),
    Mutant(
        layer="avg_pool2d",
        part="backward",
        name="stride-missing",
        was="top = oh * stride_h\n        left = ow * stride_w",
        now="top = oh\n        left = ow",
        why="Backward shares the gradients out over windows that are one pixel apart, but forward moved them by the "
        "stride. Use the same windows as forward: they start at oh * stride_h and ow * stride_w.",
        stands_for="courses: the stride used in forward only; right at stride 1",
    ),
    Mutant(
        layer="avg_pool2d",
        part="backward",
        name="window-corner-only",
        was="dx_padded[n, c, rows, columns] +=",
        now="dx_padded[n, c, top, left] +=",
        why="Only the top left entry of each window gets a share. All entries were averaged, so all of them get the "
        "same one: add to the whole window, dx[n, c, top : top + kh, left : left + kw].",
        stands_for="courses: an index where a slice is needed",
    ),
    Mutant(
        layer="avg_pool2d",
        part="backward",
        name="crop-empty-at-pad-0",
        was="pad_top : pad_top + H, pad_left : pad_left + W",
        now="pad_top : -pads.height[1], pad_left : -pads.width[1]",
        why="The slice pad:-pad is empty when pad is 0, because -0 is 0: no gradient is left. Cut by the image's "
        "size instead: pad_top : pad_top + H.",
        stands_for="courses: dx[:, :, pad:-pad, pad:-pad], the commonest crop of all",
    ),
    Mutant(
        layer="avg_pool2d",
        part="backward",
        name="right-edge-lost-with-remainder",
        was="for n, c, oh, ow in np.ndindex(out_shape):",
        now="for n, c, oh, ow in np.ndindex(out_shape):\n"
        "        if ow == out_shape[3] - 1 and (W + sum(pads.width) - kw) % stride_w:\n"
        "            continue",
        why="Where the stride leaves a remainder, the last window of each row passes no gradient on. The "
        "remainder lies behind the last window and does not affect it: go over all OW windows.",
        stands_for="frameworks: gradients wrong in the right-edge columns, only with a remainder",
    ),
    Mutant(
        layer="avg_pool2d",
        part="backward",
        name="dtype-lost",
        was="dx_padded = np.zeros((N, C, *counted.shape), dtype)",
        now="dx_padded = np.zeros((N, C, *counted.shape))",
        why="np.zeros makes double precision for every x, so that a network in single precision gets gradients in "
        "double and becomes slow. Pass the dtype: np.zeros(shape, dtype=x.dtype), or np.zeros_like(x).",
        stands_for="courses: np.zeros without a dtype",
    ),
    Mutant(
        layer="avg_pool2d",
        part="backward",
        name="dx-buffer-shared",
        was="return dx_padded[:, :, pad_top : pad_top + H, pad_left : pad_left + W].copy()",
        now='buffers = globals().setdefault("_buffers", {})\n'
        "    dx = buffers.setdefault((N, C, H, W, dtype), np.zeros((N, C, H, W), dtype))\n"
        "    dx[...] = dx_padded[:, :, pad_top : pad_top + H, pad_left : pad_left + W]\n"
        "    return dx",
        why="One buffer is kept for each shape and returned from every call, so that a second backward overwrites "
        "the gradients of the first. Return a new array from every call: np.zeros or np.empty.",
        stands_for="frameworks: a workspace that leaks out as a result",
    ),
    Mutant(
        layer="avg_pool2d",
        part="backward",
        name="floor-division",
        was="dout[n, c, oh, ow] / count",
        now="dout[n, c, oh, ow] // count",
        why="// rounds every share down to a whole number, so that small gradients become 0 or -1. A share is a "
        "number, not a count: divide with / .",
        stands_for="courses: // copied from the formula for the output's size",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="mean-for-maximum",
        was="np.max(x_padded[n, c, rows, columns])",
        now="np.mean(x_padded[n, c, rows, columns])",
        why="The mean of the window is returned. Max pooling takes its largest entry: np.max(window).",
        stands_for="courses: average pooling in the place of max pooling",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="minimum-for-maximum",
        was="np.max(x_padded[n, c, rows, columns])",
        now="np.min(x_padded[n, c, rows, columns])",
        why="The smallest entry of the window is returned. Max pooling takes its largest: np.max(window).",
        stands_for="courses: np.min for np.max",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="largest-absolute-value",
        was="out[n, c, oh, ow] = np.max(x_padded[n, c, rows, columns])",
        now="flat = x_padded[n, c, rows, columns].ravel()\n"
        "        seen = np.where(np.isfinite(flat), np.abs(flat), -1)\n"
        "        out[n, c, oh, ow] = flat[np.argmax(seen)]",
        why="The entry with the largest absolute value is returned. The maximum is the largest value, and -5 "
        "is less than 1: take np.max(window), without np.abs.",
        stands_for="courses: np.argmax(np.abs(window))",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="height-for-width-of-the-window",
        was="columns = slice(left, left + dilation_w * kw, dilation_w)",
        now="columns = slice(left, left + dilation_w * kh, dilation_w)",
        why="The window is sliced by its height in both directions. Its columns are left to left + "
        "pool_width: use the width.",
        stands_for="courses: a copied slice with the height left in it",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="width-for-height-of-the-window",
        was="rows = slice(top, top + dilation_h * kh, dilation_h)",
        now="rows = slice(top, top + dilation_h * kw, dilation_h)",
        why="The window is sliced by its width in both directions. Its rows are top to top + pool_height: use "
        "the height.",
        stands_for="courses: a copied slice with the width left in it",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="window-of-stride-size",
        was="        rows = slice(top, top + dilation_h * kh, dilation_h)\n"
        "        columns = slice(left, left + dilation_w * kw, dilation_w)",
        now="        rows = slice(top, top + stride_h)\n        columns = slice(left, left + stride_w)",
        why="The window is as large as the stride. The stride says how far apart two windows start, not how "
        "large they are: slice top to top + pool_height.",
        stands_for="courses: stride for the height of the window; invisible where they are equal",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="stride-missing-along-width",
        was="left = ow * stride_w",
        now="left = ow",
        why="The windows move by one column instead of by the stride: along the width it is left out. Write "
        "left = ow * stride, as for the height.",
        stands_for="courses: the stride in one of two lines",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="stride-missing-along-height",
        was="top = oh * stride_h",
        now="top = oh",
        why="The windows move by one row instead of by the stride: along the height it is left out. Write top "
        "= oh * stride, as for the width.",
        stands_for="courses: the stride in one of two lines",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="output-not-transposed",
        was="return out, MaxPool2dCache(x, windows)",
        now="out = out.transpose(0, 2, 3, 1).reshape(out_shape)\n    return out, MaxPool2dCache(x, windows)",
        why="The maxima are in the order sample, row, column, channel, and are given the shape (N, C, OH, OW) "
        "directly. Move the axis instead: reshape(N, OH, OW, C).transpose(0, 3, 1, 2).",
        stands_for="courses: reshape where a transpose is needed, after im2col",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="output-read-positions-last",
        was="return out, MaxPool2dCache(x, windows)",
        now="out = out.transpose(2, 3, 0, 1).reshape(out_shape)\n    return out, MaxPool2dCache(x, windows)",
        why="The columns run over positions first, then samples and channels, and the maxima are given the "
        "shape (N, C, OH, OW) directly. Undo the order of the columns: reshape(OH, OW, N, C).transpose(2, "
        "3, 0, 1).",
        stands_for="courses: reshape where a transpose is needed, after im2col",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="output-read-samples-first",
        was="return out, MaxPool2dCache(x, windows)",
        now="exchanged = (*out_shape[2:], out_shape[1], out_shape[0])\n"
        "    out = out.transpose(2, 3, 0, 1).reshape(exchanged).transpose(3, 2, 0, 1)\n"
        "    return out, MaxPool2dCache(x, windows)",
        why="The columns run over positions, samples and channels in this order, but the maxima are read with "
        "samples and channels exchanged. Use the order of the columns: reshape(OH, OW, N, C).transpose(2, "
        "3, 0, 1).",
        stands_for="courses: im2col in one order, and the reshape after it in another",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        function="_extent",
        name="size-rounded",
        was="return room // stride + 1",
        now="return round(room / stride + 1)",
        why="The size of the output is rounded to the nearest number. A window must fit whole, so the rest is "
        "left out: round down, with //.",
        stands_for="courses: round(1 + (H - k) / s)",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        function="_extent",
        name="plus-one-inside-the-division",
        was="return room // stride + 1",
        now="return (room + 1) // stride",
        why="The 1 is added inside the division. The number of windows is (H - pool_height) // stride + 1: "
        "one, and one more for each step that fits.",
        stands_for="courses: (H - k + 1) // s",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        function="_extent",
        name="size-without-the-window",
        was="return room // stride + 1",
        now="return size // window",
        why="The size of the output is the size of the image divided by that of the window, which holds only "
        "where the stride is the window. The number of windows is (H - pool_height) // stride + 1.",
        stands_for="courses: H // pool_height",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        name="width-from-height",
        was="    out = np.zeros(out_shape, x.dtype)\n    for n, c, oh, ow in np.ndindex(out_shape):",
        now="    wide = _extent(x.shape[2], pads.height, dilation_w * (kw - 1) + 1, stride_w, ceil_mode)\n"
        "    out = np.zeros((*out_shape[:3], wide), x.dtype)\n"
        "    for n, c, oh, ow in np.ndindex(out.shape):",
        why="The width of the output is computed from the height of the image. Write W_out = (W - pool_width) "
        "// stride + 1.",
        stands_for="courses: a copied line with H left in it",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        function="_windows",
        name="width-with-the-height-of-the-window",
        was="OW = _extent(W, pads.width, window[1]",
        now="OW = _extent(W, pads.width, window[0]",
        why="The width of the output is computed with the height of the window. Write W_out = (W - "
        "pool_width) // stride + 1.",
        stands_for="courses: a copied line with the height left in it",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="window-assigned",
        was="        for i, j in winners[:1]:\n"
        "            dx_padded[n, c, top + i * dilation_h, left + j * dilation_w] += dout[n, c, oh, ow]",
        now="        if len(winners):\n"
        "            only = np.zeros(window.shape)\n"
        "            only[tuple(winners[0])] = dout[n, c, oh, ow]\n"
        "            dx_padded[n, c, rows, columns] = only",
        why="The whole window of dx is assigned, with zeros where the maximum is not, so that it wipes out "
        "what overlapping windows have put there. Add to it: use += instead of =.",
        stands_for="courses: dx[window] = mask * dout; invisible where windows do not overlap",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="window-assigned-with-full-credit",
        variant_of="window-assigned",
        was="        for i, j in winners[:1]:\n"
        "            dx_padded[n, c, top + i * dilation_h, left + j * dilation_w] += dout[n, c, oh, ow]",
        now="        dx_padded[n, c, rows, columns] = maximal * real[rows, columns] * dout[n, c, oh, ow]",
        why="The whole window of dx is assigned, with zeros where the maximum is not, so that it wipes out "
        "what overlapping windows have put there. Add to it: use += instead of =.",
        stands_for="courses: dx[window] = (window == max) * dout; invisible where windows do not overlap",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="argmax-split-by-height",
        was="        for i, j in winners[:1]:",
        now="        for i, j in [divmod(i * kw + j, kh) for i, j in winners[:1]]:\n"
        "            outside = top + i * dilation_h >= dx_padded.shape[2]\n"
        "            if outside or left + j * dilation_w >= dx_padded.shape[3]:\n"
        "                continue",
        why="The flat index of the maximum is split by the height of the window. A window has kw entries a "
        "row, so the row is index // kw and the column index % kw: divide by the width.",
        stands_for="courses: idx // kh, idx % kh; invisible in square windows",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="stride-missing-for-the-winner",
        was="dx_padded[n, c, top + i * dilation_h, left + j * dilation_w]",
        now="dx_padded[n, c, oh + i * dilation_h, ow + j * dilation_w]",
        why="The place of the maximum is counted from output row and column, without the stride. The window "
        "starts at oh * stride, ow * stride: add the place in the window to that.",
        stands_for="courses: dx[i + ind[0], j + ind[1]]",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="stride-missing-along-width",
        was="left = ow * stride_w",
        now="left = ow",
        why="The windows of backward move by one column instead of by the stride: along the width it is left "
        "out. Use the windows of forward: left = ow * stride.",
        stands_for="courses: the stride in one of two lines",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="stride-missing-along-height",
        was="top = oh * stride_h",
        now="top = oh",
        why="The windows of backward move by one row instead of by the stride: along the height it is left "
        "out. Use the windows of forward: top = oh * stride.",
        stands_for="courses: the stride in one of two lines",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="all-from-the-maximum-on",
        was="        for i, j in winners[:1]:\n"
        "            dx_padded[n, c, top + i * dilation_h, left + j * dilation_w] += dout[n, c, oh, ow]",
        now="        for i, j in np.ndindex(window.shape):\n"
        "            if len(winners) and i * kw + j >= winners[0][0] * kw + winners[0][1]:\n"
        "                dx_padded[n, c, top + i * dilation_h, left + j * dilation_w] += dout[n, c, oh, ow]",
        why="Every entry from the maximum on gets the gradient: the positions are compared with >=. Only the "
        "maximum itself gets it: compare with ==.",
        stands_for="courses: >= for == in a mask of positions",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="whole-window-credited",
        was="        for i, j in winners[:1]:\n"
        "            dx_padded[n, c, top + i * dilation_h, left + j * dilation_w] += dout[n, c, oh, ow]",
        now="        dx_padded[n, c, rows, columns] += dout[n, c, oh, ow]",
        why="All entries of the window get the gradient. Only the maximum has moved the output: multiply by "
        "the mask window == max(window).",
        stands_for="courses: the mask forgotten",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="divided-by-the-window",
        was="+= dout[n, c, oh, ow]",
        now="+= dout[n, c, oh, ow] / (kh * kw)",
        why="The gradient is divided by the size of the window, as in average pooling. The maximum gets all "
        "of it: leave out the division.",
        stands_for="courses: average pooling in the place of max pooling",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="stride-missing",
        was="        top = oh * stride_h\n        left = ow * stride_w",
        now="        top = oh\n        left = ow",
        why="The windows move by one pixel instead of by the stride. Window oh, ow starts at row oh * stride "
        "and column ow * stride.",
        stands_for="courses: the stride used in the output size only",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="maximum-for-mean",
        was="np.sum(x_padded[n, c, rows, columns]) / count",
        now="np.max(x_padded[n, c, rows, columns])",
        why="The maximum of the window is returned. Average pooling takes its mean: np.mean(window).",
        stands_for="courses: max pooling in the place of average pooling",
    ),
    Mutant(
        layer="avg_pool2d",
        part="forward",
        name="divisor-height-only",
        was="np.sum(x_padded[n, c, rows, columns]) / count",
        now="np.sum(x_padded[n, c, rows, columns]) / kh",
        why="The sum of the window is divided by its height alone. It has kh * kw entries: divide by both.",
        stands_for="courses: one of two extents forgotten",
    ),
    Mutant(
        layer="avg_pool2d",
        part="backward",
        name="stride-missing-along-width",
        was="left = ow * stride_w",
        now="left = ow",
        why="The windows of backward move by one column instead of by the stride: along the width it is left "
        "out. Use the windows of forward: left = ow * stride.",
        stands_for="courses: the stride in one of two lines",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        function="_windows",
        name="height-and-width-of-the-window-exchanged",
        was='size = pair(layer, "kernel", kernel, 1)',
        now='size = pair(layer, "kernel", kernel, 1)[::-1]',
        why="Height and width of the window are exchanged, in the windows and in the size of the output. The "
        "first number is the height: pass pool_height, then pool_width.",
        stands_for="courses: two arguments in the wrong order",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        function="_windows",
        name="image-exchanged",
        was="OH = _extent(H, pads.height, window[0], step[0], ceil_mode)",
        now="H, W = W, H\n    OH = _extent(H, pads.height, window[0], step[0], ceil_mode)",
        why="Height and width of the image are exchanged. The shape of x is (N, C, H, W): unpack it in this "
        "order.",
        stands_for="courses: N, C, W, H = x.shape",
    ),
    Mutant(
        layer="max_pool2d",
        part="backward",
        name="height-for-width-of-the-window",
        was="columns = slice(left, left + dilation_w * kw, dilation_w)",
        now="columns = slice(left, min(left + dilation_w * kh, x_padded.shape[3]), dilation_w)",
        why="The window is sliced by its height in both directions. Its columns are left to left + "
        "pool_width: use the width.",
        stands_for="courses: a copied slice with the height left in it",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        function="_windows",
        name="height-rounded",
        was="OH = _extent(H, pads.height, window[0], step[0], ceil_mode)",
        now="OH = round((H + sum(pads.height) - window[0]) / step[0] + 1)",
        why="The height of the output is rounded to the nearest number. A window must fit whole, so the rest "
        "is left out: round down, with //.",
        stands_for="courses: round(1 + (H - k) / s) in one of two lines",
    ),
    Mutant(
        layer="max_pool2d",
        part="forward",
        function="_windows",
        name="width-rounded",
        was="OW = _extent(W, pads.width, window[1], step[1], ceil_mode)",
        now="OW = round((W + sum(pads.width) - window[1]) / step[1] + 1)",
        why="The width of the output is rounded to the nearest number. A window must fit whole, so the rest "
        "is left out: round down, with //.",
        stands_for="courses: round(1 + (W - k) / s) in one of two lines",
    ),
)
