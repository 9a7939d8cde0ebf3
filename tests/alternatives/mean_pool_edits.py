"""The mistakes of the poolings to a mean, made in `mean_pool.py`: by the name of the mutant, the edit."""

MEAN = "x.reshape(N, C, area).sum(axis=2) / x.dtype.type(area)"
SHARE = "dx += (dout / dout.dtype.type(area))[:, :, None, None]"
TOPS = "    tops, bottoms = edges(x.shape[2], height)\n    lefts, rights = edges(x.shape[3], width)\n"
ABOVE = "    above, below = edges(shape[2], height)\n    before, after = edges(shape[3], width)\n"
PATCH_MEAN = "patch.sum(axis=(2, 3)) / x.dtype.type(area)"
THERE = "there += (dout[:, :, i, j] / dout.dtype.type(area))[:, :, None, None]"
USUAL = "{0}.dtype.type(-(-{1}[2] // height) * -(-{1}[3] // width))"


def _equal(starts: tuple[str, str], ends: tuple[str, str], shape: str) -> str:
    """Return lines in which all windows along an axis have one size, and lie side by side."""
    lines = ""
    for start, end, axis, count in zip(starts, ends, (2, 3), ("height", "width"), strict=True):
        lines += f"    step = max({shape}[{axis}] // {count}, 1)\n"
        lines += f"    {start} = np.minimum(np.arange({count}) * step, {shape}[{axis}] - step)\n"
        lines += f"    {end} = {start} + step\n"
    return lines


def _apart(starts: tuple[str, str], ends: tuple[str, str], shape: str) -> str:
    """Return lines in which each window ends where the next begins, but holds one entry at least."""
    lines = ""
    for start, end, axis, count in zip(starts, ends, (2, 3), ("height", "width"), strict=True):
        lines += f"    {start} = np.arange({count}) * {shape}[{axis}] // {count}\n"
        lines += (
            f"    {end} = np.maximum((np.arange({count}) + 1) * {shape}[{axis}] // {count}, {start} + 1)\n"
        )
    return lines


FRONT = ("tops", "lefts"), ("bottoms", "rights"), "x.shape"
BACK = ("above", "before"), ("below", "after"), "shape"

EDITS: dict[str, tuple[str, str]] = {
    "global_avg_pool2d.forward.not-divided": (MEAN, "x.reshape(N, C, area).sum(axis=2)"),
    "global_avg_pool2d.forward.divided-by-height-only": (MEAN, MEAN.replace("type(area)", "type(H)")),
    "global_avg_pool2d.forward.maximum-for-mean": (MEAN, "x.reshape(N, C, area).max(axis=2)"),
    "global_avg_pool2d.backward.not-divided": (SHARE, "dx += dout[:, :, None, None]"),
    "global_avg_pool2d.backward.divided-by-height-only": (SHARE, SHARE.replace("area", "shape[2]")),
    "global_avg_pool2d.backward.first-entry-only": (
        SHARE,
        "dx[:, :, 0, 0] += dout / dout.dtype.type(area)",
    ),
    "adaptive_avg_pool2d.forward.windows-of-equal-size": (TOPS, _equal(*FRONT)),
    "adaptive_avg_pool2d.forward.windows-without-overlap": (TOPS, _apart(*FRONT)),
    "adaptive_avg_pool2d.forward.not-divided": (PATCH_MEAN, "patch.sum(axis=(2, 3))"),
    "adaptive_avg_pool2d.forward.divided-by-the-usual-size": (
        PATCH_MEAN,
        f"patch.sum(axis=(2, 3)) / {USUAL.format('x', 'x.shape')}",
    ),
    "adaptive_avg_pool2d.forward.size-of-height-for-width": (
        "height, width = output_size",
        "height = width = output_size[0]",
    ),
    "adaptive_avg_pool2d.backward.windows-of-equal-size": (ABOVE, _equal(*BACK)),
    "adaptive_avg_pool2d.backward.windows-without-overlap": (ABOVE, _apart(*BACK)),
    "adaptive_avg_pool2d.backward.overlap-overwritten": (THERE, THERE.replace("there +=", "there[...] =")),
    "adaptive_avg_pool2d.backward.not-divided": (THERE, "there += dout[:, :, i, j, None, None]"),
    "adaptive_avg_pool2d.backward.divided-by-the-usual-size": (
        THERE,
        f"there += (dout[:, :, i, j] / {USUAL.format('dout', 'shape')})[:, :, None, None]",
    ),
}
