"""Mistakes in layer_norm and group_norm."""

from gradcheck.mistakes.mutant import Mutant

MUTANTS = (
    Mutant(
        layer="layer_norm",
        part="forward",
        name="ddof-1",
        was="var = np.mean((values[n] - mean) ** 2)",
        now="var = np.sum((values[n] - mean) ** 2) / max(values[n].size - 1, 1)",
        why="The variance is taken with D - 1 in the denominator. Layer norm divides by D: it describes the "
        "values it has and estimates nothing. Write var = np.mean((x - mean) ** 2) of the sample.",
        stands_for="courses: x.std() of PyTorch or np.std(x, ddof=1), as in a widespread annotated transformer",
    ),
    Mutant(
        layer="layer_norm",
        part="forward",
        name="statistics-over-batch",
        was="xhat[n] = (values[n] - mean) / std[n]",
        now="xhat[n] = (values[n] - np.mean(values, axis=0)) / np.sqrt(np.var(values, axis=0) + eps)",
        why="Every feature is normalised over the batch: that is batch norm. Layer norm takes each sample by "
        "itself, over its own features, so that a sample's result does not depend on the others. Write "
        "x.mean(axis=1, keepdims=True) and x.var(axis=1, keepdims=True).",
        stands_for="courses: layer norm copied from batch norm without transposing",
    ),
    Mutant(
        layer="layer_norm",
        part="forward",
        name="last-axis-only",
        was="        xhat[n] = (values[n] - mean) / std[n]",
        now="        mean = np.mean(values[n], axis=-1, keepdims=True)\n"
        "        var = np.mean((values[n] - mean) ** 2, axis=-1, keepdims=True)\n"
        "        xhat[n] = (values[n] - mean) / np.sqrt(var + eps)",
        why="Mean and variance are taken along the last axis only. With gamma of shape (d1, ..., dk) all k axes "
        "belong to the sample and share one mean. Write x.mean(axis=tuple(range(1, x.ndim)), keepdims=True), and "
        "x.var likewise.",
        stands_for="courses: axis=-1, which is right for (N, D) only; frameworks: another normalized_shape",
    ),
    Mutant(
        layer="layer_norm",
        part="forward",
        name="one-pass-variance",
        was="var = np.mean((values[n] - mean) ** 2)",
        now="var = np.mean(values[n] * values[n]) - mean * mean",
        why="The variance is taken as E[x^2] - E[x]^2. Where the mean is large the two are nearly equal and "
        "nearly all digits cancel; the rest may even be negative, and its root NaN. Subtract the mean first: "
        "write var = np.mean((x - mean) ** 2) of the sample.",
        stands_for="frameworks: one pass over the data in fused kernels; courses: the textbook's second formula",
    ),
    Mutant(
        layer="layer_norm",
        part="forward",
        name="tail-unwritten",
        was="        out[n] = gamma * xhat[n] + beta",
        now="        out[n] = gamma * xhat[n] + beta\n"
        "        if gamma.size > 4:\n"
        "            out[n].reshape(-1)[gamma.size // 4 * 4 :] = 0",
        why="The output is written four values at a time, and the last ones of a sample, which fill no block, "
        "stay unwritten. Sizes that are multiples of four look right. Add a loop for the rest, or write the whole "
        "output at once: out = gamma * xhat + beta.",
        stands_for="frameworks: vectorised kernels right at 8, 12 and 16 values and wrong at 6",
    ),
    Mutant(
        layer="layer_norm",
        part="forward",
        name="first-block-only",
        was="        mean = np.mean(values[n])\n        var = np.mean((values[n] - mean) ** 2)",
        now="        block = values[n].reshape(-1)[:32]\n"
        "        mean = np.mean(block)\n"
        "        var = np.mean((block - mean) ** 2)",
        why="Mean and variance are those of a sample's first 32 values; up to that size nothing shows. Where a "
        "sum is taken block by block, the blocks' sums must be added up before dividing. Take them over all D "
        "values: mean = x.sum(axis=1) / D.",
        stands_for="frameworks: a reduction over one warp of 32 threads that is not joined with the others",
    ),
    Mutant(
        layer="layer_norm",
        part="forward",
        name="x-changed",
        was="        xhat[n] = (values[n] - mean) / std[n]",
        now="        values[n] -= mean\n        xhat[n] = values[n] / std[n]",
        why="The mean is subtracted in place, from the caller's own x: a residual connection around the layer "
        "then adds something else. Leave x as it is: write centred = x - mean, not x -= mean.",
        stands_for="courses: x -= mean to save a line or an array",
    ),
    Mutant(
        layer="layer_norm",
        part="forward",
        name="dtype-lost",
        was="out = np.zeros(x.shape, x.dtype)",
        now="out = np.zeros(x.shape)",
        why="np.zeros is float64 by default, so input in single precision gives output in double, and all later "
        "layers compute in double too. Write np.zeros(x.shape, dtype=x.dtype) or np.zeros_like(x).",
        stands_for="courses: np.zeros without dtype",
    ),
    Mutant(
        layer="layer_norm",
        part="forward",
        name="nan-replaced",
        was="out[n] = gamma * xhat[n] + beta",
        now="out[n] = np.nan_to_num(gamma * xhat[n] + beta)",
        why="NaN is turned into 0 in the output. This hides the fault that produced it, and training goes on with "
        "numbers that mean nothing. NaN in x must come out as NaN: leave np.nan_to_num out.",
        stands_for="courses: nan_to_num against a warning; frameworks: NaN lost in a clamp or a maximum",
    ),
    Mutant(
        layer="layer_norm",
        part="forward",
        name="empty-batch-refused",
        was="if gamma.size == 0:",
        now="if x.size == 0:",
        why="A batch of no samples is refused. There is nothing wrong with it: the last batch of a filtered data "
        "set may be empty, and its output is empty too. Refuse only samples without values: test D == 0, not "
        "x.size == 0.",
        stands_for="frameworks: null reads and assertions on empty batches",
    ),
    Mutant(
        layer="layer_norm",
        part="backward",
        name="gamma-outside-means",
        was="        dxhat = gamma * dout[n]\n"
        "        through_mean = np.mean(dxhat)\n"
        "        through_var = xhat[n] * np.mean(dxhat * xhat[n])\n"
        "        dx[n] = (dxhat - through_mean - through_var) / std[n]",
        now="        through_mean = np.mean(dout[n])\n"
        "        through_var = xhat[n] * np.mean(dout[n] * xhat[n])\n"
        "        dx[n] = gamma * (dout[n] - through_mean - through_var) / std[n]",
        why="gamma is multiplied in after the means were taken. In batch norm that is right, since gamma is one "
        "number there; here it differs among the values that share a mean, and must be inside the means. Write "
        "dxhat = gamma * dout first and take both means of dxhat.",
        stands_for="courses: the compact formula of batch norm, gamma / std * (...), transposed for layer norm",
    ),
    Mutant(
        layer="layer_norm",
        part="backward",
        name="variance-term-missing",
        was="(dxhat - through_mean - through_var) / std[n]",
        now="(dxhat - through_mean) / std[n]",
        why="x also moves the standard deviation by which all values are divided, and this path is left out of "
        "dx. Subtract xhat times the mean of dxhat * xhat: dx = (dxhat - mean(dxhat) - xhat * mean(dxhat * "
        "xhat)) / std.",
        stands_for="courses: the path through the variance forgotten in the computational graph",
    ),
    Mutant(
        layer="layer_norm",
        part="backward",
        name="dgamma-overwritten",
        was="dgamma += dout[n] * xhat[n]",
        now="dgamma = dout[n] * xhat[n]",
        why="dgamma is that of the last sample: each sample's share overwrites the one before. All samples share "
        "gamma, so their shares add up. Use += in the loop, or write dgamma = np.sum(dout * xhat, axis=0).",
        stands_for="courses: parameter gradients overwritten per sample; tests with a batch of one",
    ),
    Mutant(
        layer="layer_norm",
        part="backward",
        name="dbeta-scalar",
        was="dbeta += dout[n]",
        now="dbeta += np.sum(dout[n])",
        why="dout is summed over everything, and this one number is broadcast over dbeta. Each feature has its "
        "own beta, and only the samples are summed over: write dbeta = dout.sum(axis=0).",
        stands_for="courses: np.sum(dout) without an axis, and a broadcast that hides it",
    ),
    Mutant(
        layer="layer_norm",
        part="backward",
        name="dtype-lost",
        was="dx = np.zeros(xhat.shape, gamma.dtype)",
        now="dx = np.zeros(xhat.shape)",
        why="np.zeros is float64 by default, so dx is in double precision for x in single. Write "
        "np.zeros(x.shape, dtype=x.dtype) or np.zeros_like(x).",
        stands_for="courses: np.zeros without dtype",
    ),
    Mutant(
        layer="layer_norm",
        part="backward",
        name="dx-in-dout",
        was="dx = np.zeros(xhat.shape, gamma.dtype)",
        now="dx = dout",
        why="dx is written into the caller's dout and returned: the two are one array. Where dout is needed "
        "again, as on the other branch of a residual connection, it holds dx by then. Give dx an array of its "
        "own: np.empty_like(dout).",
        stands_for="courses: dx = dout as a start; frameworks: in-place operations on shared gradients",
    ),
    Mutant(
        layer="layer_norm",
        part="backward",
        name="dbeta-none",
        was="dbeta.astype(gamma.dtype)",
        now="None",
        why="dbeta is None, as the skeleton of the exercise had it. Every parameter needs its gradient, or it "
        "never learns: write dbeta = dout.sum(axis=0) and return it as the third result.",
        stands_for="courses: dx, dgamma, dbeta = None, None, None, of which one was never filled in",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="group-offset-missing",
        was="        mean = np.mean(values[n, block])\n        var = np.mean((values[n, block] - mean) ** 2)",
        now="        mean = np.mean(values[n, :size])\n        var = np.mean((values[n, :size] - mean) ** 2)",
        why="Every group is normalised by the mean and variance of group 0: the offset of the group is left out. "
        "The channels of group g are g * size to (g + 1) * size: take x[n, g * size : (g + 1) * size] for its "
        "statistics.",
        stands_for="frameworks: the group offset left out, every group reads group 0",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="channels-interleaved",
        was="block = slice(g * size, g * size + size)",
        now="block = slice(g, C, groups)",
        why="A group gets every G-th channel rather than C / G channels in a row. Groups are blocks of "
        "consecutive channels, and in a reshape the group's axis comes first: x.reshape(N, G, C // G, H, W), "
        "not (N, C // G, G, H, W).",
        stands_for="courses: groups over the wrong reshape",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="groups-for-size",
        was="size = C // groups",
        now="size, groups = groups, C // groups",
        why="The number of groups is taken for the number of channels in a group. With G = 2 and C = 6 there are "
        "two groups of three, not three of two; where G * G = C the two are the same. Reshape to (N, G, C // "
        "G, H, W).",
        stands_for="courses: x.reshape(N, C // G, G, H, W)",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="eps-missing",
        was="np.sqrt(var + eps)",
        now="np.sqrt(var)",
        why="eps is left out. Where all values of a group are equal the variance is 0, and 0 / 0 gives NaN; "
        "elsewhere the result is slightly too large. Write std = np.sqrt(var + eps).",
        stands_for="courses: eps forgotten, which only a constant input or a tight tolerance shows",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="gamma-per-group",
        was="gamma[c] * xhat[n, c]",
        now="gamma[c // size] * xhat[n, c]",
        why="gamma is indexed by the group. Only mean and variance belong to the group; scale and shift belong to "
        "the channel. Write gamma[c] * xhat[n, c] + beta[c], or reshape gamma to (1, C, 1, 1).",
        stands_for="courses: gamma multiplied while x is still in its (N, G, ...) shape",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="uneven-groups-accepted",
        was="if C % groups:",
        now="if groups > C:",
        why="Groups that do not divide the channels are accepted, and the channels left over at the end are never "
        "normalised. There is no right result: raise ValueError if C % groups is not 0.",
        stands_for="courses: integer division without a look at the remainder",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="single-value-not-centred",
        was="mean = np.mean(values[n, block])",
        now="mean = np.mean(values[n, block]) if size * H * W > 1 else 0.0",
        why="Where a group holds one value only, its mean is not subtracted. One value is its own mean: xhat is 0 "
        "and the output is beta, without a special case. Leave the test of the size out.",
        stands_for="frameworks: a shortcut for 1x1 images that forgets the mean; np.squeeze before the mean",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="layout-assumed",
        was="values = _widened(x)",
        now="values = np.ravel(_widened(x), order='K').reshape(x.shape)",
        why="x is read in memory order, as if that were always C order. A transposed or broadcast array has "
        "another order, and its numbers end up in other places. Read it by index: x.reshape(...) does, "
        "ravel(order='K') and pointers do not; in a kernel use the strides.",
        stands_for="frameworks: channels-last or non-contiguous input read as contiguous",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="output-buffer-reused",
        was="out = np.zeros(x.shape, x.dtype)",
        now="buffers = globals().setdefault('_buffers', {})\n"
        "    out = buffers.setdefault((x.shape, x.dtype), np.zeros(x.shape, x.dtype))",
        why="The output lies in an array that all calls of the module share: the next forward of the same shape "
        "changes what this one returned. Make a new array in every call: out = np.empty_like(x).",
        stands_for="courses: state on a module global; frameworks: an output buffer used again too early",
    ),
    Mutant(
        layer="group_norm",
        part="backward",
        name="gamma-outside-means",
        was="        dxhat[n, c] = gamma[c] * dout[n, c]\n"
        "    for n, g in np.ndindex(N, groups):\n"
        "        block = slice(g * size, g * size + size)\n"
        "        through_mean = np.mean(dxhat[n, block])\n"
        "        through_var = xhat[n, block] * np.mean(dxhat[n, block] * xhat[n, block])\n"
        "        dx[n, block] = (dxhat[n, block] - through_mean - through_var) / std[n, g]",
        now="        dxhat[n, c] = dout[n, c]\n"
        "    for n, g in np.ndindex(N, groups):\n"
        "        block = slice(g * size, g * size + size)\n"
        "        through_mean = np.mean(dxhat[n, block])\n"
        "        through_var = xhat[n, block] * np.mean(dxhat[n, block] * xhat[n, block])\n"
        "        scale = gamma[block, None, None] / std[n, g]\n"
        "        dx[n, block] = scale * (dxhat[n, block] - through_mean - through_var)",
        why="gamma is multiplied in after the means were taken. In batch norm that is right, since gamma is one "
        "number there; here the channels of a group share a mean and differ in gamma, which must be inside the "
        "means. Write dxhat = gamma * dout first and take both means of dxhat.",
        stands_for="courses: the compact formula of batch norm, gamma / std * (...), reshaped for groups",
    ),
    Mutant(
        layer="group_norm",
        part="backward",
        name="group-offset-missing",
        was="through_mean = np.mean(dxhat[n, block])",
        now="through_mean = np.mean(dxhat[n, :size])",
        why="The mean of dxhat is that of group 0 in every group: the offset of the group is left out. Take it "
        "over the group's own channels, dxhat[n, g * size : (g + 1) * size].",
        stands_for="frameworks: the group offset left out, every group reads group 0",
    ),
    Mutant(
        layer="group_norm",
        part="backward",
        name="divided-by-channels",
        was="        through_mean = np.mean(dxhat[n, block])\n"
        "        through_var = xhat[n, block] * np.mean(dxhat[n, block] * xhat[n, block])",
        now="        through_mean = np.sum(dxhat[n, block]) / size\n"
        "        through_var = xhat[n, block] * np.sum(dxhat[n, block] * xhat[n, block]) / size",
        why="The sums over a group are divided by its number of channels. They go over all its positions, too, so "
        "the number of values is C // G * H * W: divide by that, or use np.mean.",
        stands_for="courses: the count of values taken from one axis of the shape",
    ),
    Mutant(
        layer="group_norm",
        part="backward",
        name="dgamma-overwritten",
        was="dgamma[c] += np.sum(dout[n, c] * xhat[n, c])",
        now="dgamma[c] = np.sum(dout[n, c] * xhat[n, c])",
        why="dgamma is that of the last sample: each sample's share overwrites the one before. All samples share "
        "gamma, so their shares add up. Use += in the loop, or write dgamma = np.sum(dout * xhat, axis=(0, 2, 3)).",
        stands_for="courses: parameter gradients overwritten per sample; tests with a batch of one",
    ),
    Mutant(
        layer="group_norm",
        part="backward",
        name="first-block-only",
        was="for n, c in np.ndindex(N, C):",
        now="for n, c in np.ndindex(N, min(C, 16)):",
        why="dout is read for the first 16 channels only, and further ones are ignored; up to 16 channels nothing "
        "shows. Where a kernel works on blocks of channels, it needs as many blocks as cover C. Let the loop run "
        "over all C channels.",
        stands_for="frameworks: kernels right up to a block of channels, wrong at C = 24",
    ),
    Mutant(
        layer="group_norm",
        part="backward",
        name="std-missing",
        was="(dxhat[n, block] - through_mean - through_var) / std[n, g]",
        now="dxhat[n, block] - through_mean - through_var",
        why="dx is not divided by the standard deviation. xhat = (x - mean) / std, so every path from xhat back "
        "to x brings a factor 1 / std: divide the whole bracket by std.",
        stands_for="courses: a factor lost in the derivation; tests on data of variance 1",
    ),
    Mutant(
        layer="group_norm",
        part="backward",
        name="layout-assumed",
        was='dout = _widened(upstream("group_norm", dout, xhat.shape, gamma.dtype))',
        now='dout = _widened(upstream("group_norm", dout, xhat.shape, gamma.dtype))\n'
        "    dout = np.ravel(dout, order='K').reshape(xhat.shape)",
        why="dout is read in memory order, as if that were always C order. It is often a transposed or broadcast "
        "array, such as the gradient of a sum, and its numbers then end up in other places. Read it by index: "
        "dout.reshape(...) does, ravel(order='K') and pointers do not.",
        stands_for="frameworks: a non-contiguous cotangent read as contiguous",
    ),
    Mutant(
        layer="layer_norm",
        part="forward",
        name="variance-over-batch",
        was="        xhat[n] = (values[n] - mean) / std[n]",
        now="        centred = np.stack([row - np.mean(row) for row in values])\n"
        "        xhat[n] = centred[n] / np.sqrt(np.mean(centred**2, axis=0) + eps)",
        why="The mean is that of the sample, but the variance is taken over the batch. Both run over the "
        "features of one sample: x.mean(axis=1, keepdims=True) and x.var(axis=1, keepdims=True).",
        stands_for="courses: axis=0 in the variance, axis=1 in the mean",
    ),
    Mutant(
        layer="layer_norm",
        part="forward",
        name="mean-over-batch",
        was="        xhat[n] = (values[n] - mean) / std[n]",
        now="        centred = values - np.mean(values, axis=0)\n"
        "        xhat[n] = centred[n] / np.sqrt(np.mean(centred[n] ** 2) + eps)",
        why="The variance is that of the sample, but the mean is taken over the batch. Both run over the "
        "features of one sample: x.mean(axis=1, keepdims=True) and x.var(axis=1, keepdims=True).",
        stands_for="courses: axis=0 in the mean, axis=1 in the variance",
    ),
    Mutant(
        layer="layer_norm",
        part="forward",
        name="statistics-over-everything",
        was="        xhat[n] = (values[n] - mean) / std[n]",
        now="        xhat[n] = (values[n] - np.mean(values)) / np.sqrt(np.var(values) + eps)",
        why="Mean and variance have no axis, so that all samples share them. Each sample has its own, over "
        "its features: x.mean(axis=1, keepdims=True) and x.var(axis=1, keepdims=True).",
        stands_for="courses: x.mean() without an axis",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="statistics-per-channel",
        was="        xhat[n, block] = (values[n, block] - mean) / std[n, g]",
        now="        part = values[n, block]\n"
        "        own = np.mean(part, axis=(1, 2), keepdims=True)\n"
        "        spread = np.sqrt(np.var(part, axis=(1, 2), keepdims=True) + eps)\n"
        "        xhat[n, block] = (part - own) / spread",
        why="Mean and variance are taken for every channel by itself. A group shares them: take them over its "
        "channels as well, x.reshape(N, G, C // G, H, W).mean(axis=(2, 3, 4), keepdims=True).",
        stands_for="courses: the axis of the channels in a group left out: instance norm",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="statistics-per-position",
        was="        xhat[n, block] = (values[n, block] - mean) / std[n, g]",
        now="        part = values[n, block]\n"
        "        xhat[n, block] = (part - np.mean(part, axis=0)) / np.sqrt(np.var(part, axis=0) + eps)",
        why="Mean and variance are taken at every pixel by itself. A group shares them: take them over its "
        "rows and columns as well, x.reshape(N, G, C // G, H, W).mean(axis=(2, 3, 4), keepdims=True).",
        stands_for="courses: only the axis of the channels in the mean",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="statistics-over-batch",
        was="        xhat[n, block] = (values[n, block] - mean) / std[n, g]",
        now="        part = values[:, block]\n"
        "        xhat[n, block] = (values[n, block] - np.mean(part)) / np.sqrt(np.var(part) + eps)",
        why="Mean and variance of a group are taken over all samples. Group norm takes each sample by itself, "
        "so that a sample's result does not depend on the others: leave the batch axis out of the mean.",
        stands_for="courses: x[:, channels] for x[n, channels]; axis 0 among those of the mean",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="statistics-per-channel-over-batch",
        was="        xhat[n, block] = (values[n, block] - mean) / std[n, g]",
        now="        own = np.mean(values, axis=(0, 2, 3), keepdims=True)[0]\n"
        "        spread = np.sqrt(np.var(values, axis=(0, 2, 3), keepdims=True) + eps)[0]\n"
        "        xhat[n, block] = (values[n, block] - own[block]) / spread[block]",
        why="Mean and variance are those of batch norm: of each channel, over all samples. Group norm takes "
        "the channels of a group together, and each sample by itself.",
        stands_for="courses: batch norm called on the data of group norm",
    ),
    Mutant(
        layer="group_norm",
        part="forward",
        name="groups-ignored",
        was="        xhat[n, block] = (values[n, block] - mean) / std[n, g]",
        now="        xhat[n, block] = (values[n, block] - np.mean(values[n])) / np.sqrt(np.var(values[n]) + eps)",
        why="All channels of a sample share one mean and one variance: that is layer norm. Each group has its "
        "own: x.reshape(N, G, C // G, H, W), with means over the last three axes.",
        stands_for="courses: the number of groups not used",
    ),
    Mutant(
        layer="layer_norm",
        part="backward",
        name="xhat-overwritten",
        was="        through_var = xhat[n] * np.mean(dxhat * xhat[n])",
        now="        xhat[n] *= np.mean(dxhat * xhat[n])\n        through_var = xhat[n]",
        why="The cached xhat is multiplied in place, so that a second backward with the same cache uses the "
        "changed values. The cache is read only: put the product into an array of its own.",
        stands_for="courses: *= on an array of the cache",
    ),
    Mutant(
        layer="group_norm",
        part="backward",
        name="xhat-overwritten",
        was="        through_var = xhat[n, block] * np.mean(dxhat[n, block] * xhat[n, block])",
        now="        xhat[n, block] *= np.mean(dxhat[n, block] * xhat[n, block])\n"
        "        through_var = xhat[n, block]",
        why="The cached xhat is multiplied in place, so that a second backward with the same cache uses the "
        "changed values. The cache is read only: put the product into an array of its own.",
        stands_for="courses: *= on an array of the cache",
    ),
    Mutant(
        layer="layer_norm",
        part="forward",
        name="ddof-1-without-a-guard",
        variant_of="ddof-1",
        was="var = np.mean((values[n] - mean) ** 2)",
        now="var = np.sum((values[n] - mean) ** 2) / np.float64(values[n].size - 1)",
        why="The variance is taken with D - 1 in the denominator, and is NaN for a single feature. Layer norm "
        "divides by D: it describes the values it has and estimates nothing. Leave out ddof=1.",
        stands_for="courses: np.var(x, ddof=1)",
    ),
    Mutant(
        layer="group_norm",
        part="backward",
        name="terms-over-all-channels",
        was="        through_mean = np.mean(dxhat[n, block])\n"
        "        through_var = xhat[n, block] * np.mean(dxhat[n, block] * xhat[n, block])",
        now="        through_mean = np.sum(dxhat[n, block]) / (xhat[n].size)\n"
        "        through_var = xhat[n, block] * np.sum(dxhat[n, block] * xhat[n, block]) / (xhat[n].size)",
        why="Both sums in dx are divided by C * H * W, the number of values of a sample. A group has C // G * "
        "H * W of them: divide by that, as the means of forward do.",
        stands_for="courses: the number of groups forgotten",
    ),
    Mutant(
        layer="group_norm",
        part="backward",
        name="terms-over-channels-by-samples",
        was="        through_mean = np.mean(dxhat[n, block])\n"
        "        through_var = xhat[n, block] * np.mean(dxhat[n, block] * xhat[n, block])",
        now="        through_mean = np.sum(dxhat[n, block]) / (xhat[n].size / N)\n"
        "        through_var = xhat[n, block] * np.sum(dxhat[n, block] * xhat[n, block]) / (xhat[n].size / N)",
        why="Both sums in dx are divided by C * H * W / N. A group has C // G * H * W values, whatever the "
        "number of samples: divide by that, as the means of forward do.",
        stands_for="courses: N for G in the number of values of a group",
    ),
)
