"""The mistakes of conv_transpose2d, made in `conv_transpose.py`: by the mutant's name, what is replaced by what."""

STRIDE = "sh, sw = both(stride)"
BRUSHES = "w.reshape(groups, C // groups, F_group, kh, kw)\n    strokes"
STROKES = "images, brushes)"
SIZES = """    tall = (H - 1) * sh + dh * (kh - 1) + 1 + more_h
    wide = (W - 1) * sw + dw * (kw - 1) + 1 + more_w
"""
CANVAS = "canvas[..., rows, columns] += strokes[i, j]"
LOOP = f"""    for i, j in np.ndindex(kh, kw):
        rows = slice(i * dh, i * dh + H * sh, sh)
        columns = slice(j * dw, j * dw + W * sw, sw)
        {CANVAS}
"""
CROP = "[:, :, top : top + OH, left : left + OW]"
BIAS = "out = out + (b if b.ndim == 3 else b[:, None, None])"
LIMIT = """    if more_h >= max(sh, dh) or more_w >= max(sw, dw):
        raise ValueError(f"output_pad {more_h, more_w} with stride {sh, sw} and dilation {dh, dw}")
"""

PADDED = "dcanvas = np.pad(dout, [(0, 0), (0, 0), *pads])"
PLACES = """    rows = np.arange(H)[:, None] * sh + np.arange(kh) * dh
    columns = np.arange(W)[:, None] * sw + np.arange(kw) * dw
"""
WINDOWS = "windows = windows.reshape(N, groups, F_group, H, W, kh, kw)"
DX = 'np.einsum("ngfhwij,gcfij->ngchw", windows, kernels).reshape(x.shape)'
DW = 'np.einsum("ngchw,ngfhwij->gcfij", inputs, windows).reshape(w.shape)'
DB = "dout.sum(axis=0) if b.ndim == 3 else dout.sum(axis=(0, 2, 3))"

EDITS: dict[str, tuple[str, str]] = {
    # The brush of the last channel and, where strokes overlap, the last input that paints there: the first entries.
    "conv_transpose2d.forward.overlap-overwritten": (
        LOOP,
        '    strokes = np.einsum("ngchw,gcfij->ijngfhw", images[:, :, -1:], brushes[:, -1:])\n'
        + LOOP.replace("np.ndindex(kh, kw)", "reversed(list(np.ndindex(kh, kw)))").replace("+=", "="),
    ),
    "conv_transpose2d.forward.stride-missing": (
        LOOP,
        LOOP.replace("H * sh, sh", "H").replace("W * sw, sw", "W"),
    ),
    "conv_transpose2d.forward.stride-of-height-for-width": (STRIDE, "sh = sw = both(stride)[0]"),
    "conv_transpose2d.forward.dilation-ignored": (LOOP, LOOP.replace("* dh", "").replace("* dw", "")),
    "conv_transpose2d.forward.kernel-rotated": (CANVAS, CANVAS.replace("[i, j]", "[kh - 1 - i, kw - 1 - j]")),
    "conv_transpose2d.forward.weights-read-as-conv2d": (
        BRUSHES,
        f"w.reshape(F_group, C, kh, kw).swapaxes(0, 1)\n    brushes = brushes.{BRUSHES.removeprefix('w.')}",
    ),
    "conv_transpose2d.forward.output-pad-missing": (
        SIZES,
        SIZES.replace(" + more_h", "").replace(" + more_w", ""),
    ),
    "conv_transpose2d.forward.output-pad-above": (
        LOOP,
        LOOP.replace("i * dh", "more_h + i * dh").replace("j * dw", "more_w + j * dw"),
    ),
    "conv_transpose2d.forward.minus-one-missing-in-the-size": (
        SIZES,
        SIZES.replace("(H - 1)", "H").replace("(W - 1)", "W"),
    ),
    "conv_transpose2d.forward.pad-not-cropped": (CROP, ""),
    "conv_transpose2d.forward.crop-empty-at-pad-0": (CROP, "[:, :, top:-bottom, left:-right]"),
    "conv_transpose2d.forward.crop-at-the-corner": (CROP, "[:, :, :OH, :OW]"),
    "conv_transpose2d.forward.pad-sides-swapped": (
        CROP,
        "[:, :, bottom : bottom + OH, right : right + OW]",
    ),
    "conv_transpose2d.forward.group-offset-missing": (
        LOOP,
        LOOP.replace(CANVAS, "canvas[:, 0, :, rows, columns] += strokes[i, j].sum(axis=1)"),
    ),
    "conv_transpose2d.forward.bias-missing": (BIAS, "pass"),
    "conv_transpose2d.forward.bias-once-per-channel": (BIAS, BIAS.replace("+ (", "+ C // groups * (")),
    "conv_transpose2d.forward.output-pad-unchecked": (LIMIT, ""),
    "conv_transpose2d.backward.stride-missing": (PLACES, PLACES.replace(" * sh", "").replace(" * sw", "")),
    # A slice that leaves the canvas is shorter, and if one row is left of it, this row meets the whole kernel.
    "conv_transpose2d.backward.stride-and-dilation-swapped": (
        PLACES,
        """    rows = np.arange(H)[:, None] * dh + np.arange(kh) * sh
    columns = np.arange(W)[:, None] * dw + np.arange(kw) * sw
    for places, extent in (rows, dcanvas.shape[2]), (columns, dcanvas.shape[3]):
        lonely = (places < extent).sum(axis=1) == 1
        places[lonely] = places[lonely, :1]
""",
    ),
    "conv_transpose2d.backward.dilation-ignored": (PLACES, PLACES.replace(" * dh", "").replace(" * dw", "")),
    "conv_transpose2d.backward.pad-sides-swapped": (
        PADDED,
        PADDED.replace("*pads", "pads[0][::-1], pads[1][::-1]"),
    ),
    "conv_transpose2d.backward.dout-in-the-corner": (
        PADDED,
        PADDED.replace("*pads", "(0, sum(pads[0])), (0, sum(pads[1]))"),
    ),
    "conv_transpose2d.backward.group-offset-missing": (
        WINDOWS,
        f"{WINDOWS}[:, :1].repeat(groups, axis=1)",
    ),
    "conv_transpose2d.backward.kernel-rotated": (DX, DX.replace("kernels", "kernels[..., ::-1, ::-1]")),
    "conv_transpose2d.backward.first-filter-only": (
        DX,
        DX.replace("windows, kernels", "windows[:, :, :1], kernels[:, :, :1]"),
    ),
    "conv_transpose2d.backward.dw-rotated": (DW, f"{DW}[..., ::-1, ::-1]"),
    "conv_transpose2d.backward.dw-of-the-last-sample": (
        DW,
        DW.replace("inputs, windows", "inputs[-1:], windows[-1:]"),
    ),
    "conv_transpose2d.backward.dw-mean-over-batch": (DW, f"{DW} / max(N, 1)"),
    "conv_transpose2d.backward.first-sample-only": (
        f"{WINDOWS}\n",
        f"""{WINDOWS}
    x = x.copy()
    x[1:], windows[1:] = 0, 0
""",
    ),
    "conv_transpose2d.backward.db-of-the-last-sample": (DB, DB.replace("dout", "dout[-1:]")),
    "conv_transpose2d.backward.db-one-number-for-all": (
        DB,
        "dout.sum(axis=0) if b.ndim == 3 else np.full_like(b, dout.sum())",
    ),
    "conv_transpose2d.backward.layout-assumed": (
        PADDED,
        f'dout = dout.ravel(order="K").reshape(dout.shape)\n    {PADDED}',
    ),
}
