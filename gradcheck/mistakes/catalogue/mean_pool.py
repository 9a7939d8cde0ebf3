"""Mistakes in global_avg_pool2d and adaptive_avg_pool2d."""

from gradcheck.mistakes.mutant import Mutant

WINDOW = "        rows = _share(oh, H, OH)\n        columns = _share(ow, W, OW)"
EQUAL = (
    "        tall, wide = max(H // OH, 1), max(W // OW, 1)\n"
    "        rows = slice(min(oh * tall, H - tall), min(oh * tall, H - tall) + tall)\n"
    "        columns = slice(min(ow * wide, W - wide), min(ow * wide, W - wide) + wide)"
)
APART = (
    "        rows = slice(oh * H // OH, max((oh + 1) * H // OH, oh * H // OH + 1))\n"
    "        columns = slice(ow * W // OW, max((ow + 1) * W // OW, ow * W // OW + 1))"
)
SHARES = "Window i of n along an axis of length L starts at floor(i * L / n) and ends before ceil((i + 1) * L / n)."

MUTANTS = (
    Mutant(
        layer="global_avg_pool2d",
        part="forward",
        name="not-divided",
        was="np.sum(x[n, c]) / (H * W)",
        now="np.sum(x[n, c])",
        why="The entries of a plane are summed, but not divided by their number. The output is their mean: divide by "
        "H * W, or write x.mean(axis=(2, 3)).",
        stands_for="courses: np.sum for np.mean",
    ),
    Mutant(
        layer="global_avg_pool2d",
        part="forward",
        name="divided-by-height-only",
        was="np.sum(x[n, c]) / (H * W)",
        now="np.sum(x[n, c]) / H",
        why="The sum of a plane is divided by its height only. It has H * W entries: divide by H * W.",
        stands_for="courses: the length of one axis for the number of entries",
    ),
    Mutant(
        layer="global_avg_pool2d",
        part="forward",
        name="maximum-for-mean",
        was="np.sum(x[n, c]) / (H * W)",
        now="np.max(x[n, c])",
        why="The largest entry of each plane is taken. Average pooling takes the mean of all: x.mean(axis=(2, 3)).",
        stands_for="courses: the global maximum for the global average",
    ),
    Mutant(
        layer="global_avg_pool2d",
        part="backward",
        name="not-divided",
        was="dout[n, c] / (H * W)",
        now="dout[n, c]",
        why="Each entry gets the whole gradient of its plane. Forward divides by H * W, so each entry moves the mean "
        "by 1 / (H * W) only: write dx = dout[:, :, None, None] / (H * W), broadcast over the plane.",
        stands_for="courses: the divisor forgotten in backward",
    ),
    Mutant(
        layer="global_avg_pool2d",
        part="backward",
        name="divided-by-height-only",
        was="dout[n, c] / (H * W)",
        now="dout[n, c] / H",
        why="The gradient of a plane is divided by its height only. Forward divides by H * W, and so must backward.",
        stands_for="courses: the length of one axis for the number of entries",
    ),
    Mutant(
        layer="global_avg_pool2d",
        part="backward",
        name="first-entry-only",
        was="dx[n, c] = dout[n, c] / (H * W)",
        now="dx[n, c, 0, 0] = dout[n, c] / (H * W)",
        why="Only the first entry of each plane gets a gradient. All entries are in the mean, so each gets the same "
        "share, dout / (H * W).",
        stands_for="courses: one index for a slice",
    ),
    Mutant(
        layer="adaptive_avg_pool2d",
        part="forward",
        name="windows-of-equal-size",
        was=WINDOW,
        now=EQUAL,
        why="All windows have the size H // OH, and the rows that are left over belong to none. " + SHARES,
        stands_for="courses: a kernel of H // OH with a stride of H // OH, which is right where OH divides H",
    ),
    Mutant(
        layer="adaptive_avg_pool2d",
        part="forward",
        name="windows-without-overlap",
        was=WINDOW,
        now=APART,
        why="Each window ends where the next begins. Where the sizes do not divide evenly they overlap, because the "
        "end is rounded up. " + SHARES,
        stands_for="courses: floor at both ends, as np.array_split might suggest",
    ),
    Mutant(
        layer="adaptive_avg_pool2d",
        part="forward",
        name="not-divided",
        was="np.sum(window) / window.size",
        now="np.sum(window)",
        why="The entries of a window are summed, but not divided by their number. The output is their mean: divide by "
        "the size of this window.",
        stands_for="courses: np.sum for np.mean",
    ),
    Mutant(
        layer="adaptive_avg_pool2d",
        part="forward",
        name="divided-by-the-usual-size",
        was="np.sum(window) / window.size",
        now="np.sum(window) / (-(-H // OH) * -(-W // OW))",
        why="Every sum is divided by ceil(H / OH) * ceil(W / OW), but windows differ in size. Divide each sum by the "
        "number of entries of its own window.",
        stands_for="courses: one divisor for all windows",
    ),
    Mutant(
        layer="adaptive_avg_pool2d",
        part="forward",
        name="size-of-height-for-width",
        was='OH, OW = pair("adaptive_avg_pool2d", "output_size", output_size, 1)',
        now='OH, OW = (pair("adaptive_avg_pool2d", "output_size", output_size, 1)[0],) * 2',
        why="The height of the output is taken for its width, too. output_size is (height, width) where it is a pair.",
        stands_for="courses: output_size[0] for both axes",
    ),
    Mutant(
        layer="adaptive_avg_pool2d",
        part="backward",
        name="windows-of-equal-size",
        was=WINDOW,
        now=EQUAL,
        why="Backward takes all windows to have the size H // OH, and the rows that are left over get no gradient. "
        + SHARES,
        stands_for="courses: a kernel of H // OH with a stride of H // OH, which is right where OH divides H",
    ),
    Mutant(
        layer="adaptive_avg_pool2d",
        part="backward",
        name="windows-without-overlap",
        was=WINDOW,
        now=APART,
        why="Backward ends each window where the next begins. Where the sizes do not divide evenly they overlap, "
        "because the end is rounded up. " + SHARES,
        stands_for="courses: floor at both ends",
    ),
    Mutant(
        layer="adaptive_avg_pool2d",
        part="backward",
        name="overlap-overwritten",
        was="window += dout[n, c, oh, ow] / window.size",
        now="window[...] = dout[n, c, oh, ow] / window.size",
        why="Where windows overlap, the share of the last one overwrites those before. An entry that is in several "
        "windows gets the sum of their shares: use +=.",
        stands_for="courses: = for += in backward",
    ),
    Mutant(
        layer="adaptive_avg_pool2d",
        part="backward",
        name="not-divided",
        was="window += dout[n, c, oh, ow] / window.size",
        now="window += dout[n, c, oh, ow]",
        why="Each entry gets the whole gradient of its window. Forward divides by the size of the window, and so must "
        "backward.",
        stands_for="courses: the divisor forgotten in backward",
    ),
    Mutant(
        layer="adaptive_avg_pool2d",
        part="backward",
        name="divided-by-the-usual-size",
        was="window += dout[n, c, oh, ow] / window.size",
        now="window += dout[n, c, oh, ow] / (-(-H // OH) * -(-W // OW))",
        why="Every gradient is divided by ceil(H / OH) * ceil(W / OW), but windows differ in size. Divide each "
        "gradient by the number of entries of its own window.",
        stands_for="courses: one divisor for all windows",
    ),
)
