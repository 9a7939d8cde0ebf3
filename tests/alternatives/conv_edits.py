"""The mistakes of conv2d, made in `conv.py`: by the name of the mutant, what is replaced and by what."""

PADDED = "xp = np.pad(x, [(0, 0), (0, 0), *pads])\n    free_h"
UNFIT = """    if free_h < 0 or free_w < 0:
        raise ValueError(f"a kernel of {kh}x{kw}, dilated by {dh}x{dw}, does not fit into {xp.shape[2:]}")
"""
SIZES = """    OH = free_h // sh + 1
    OW = free_w // sw + 1
"""
KERNELS = "w.reshape(groups, F // groups, C_group, kh, kw)\n    out"
EMPTY_OUT = "np.zeros((N, groups, F // groups, OH, OW), x.dtype)"
SEEN = "seen = xp[strided(i * dh, sh, OH, j * dw, sw, OW)]"
SUM = "seen, kernels[..., i, j])\n    out"
OUT = "    out = out.reshape(N, F, OH, OW)\n"
BIAS = "b if b.ndim == 3 else b[:, None, None]"
RETURN = "return out, (x, w, b, (sh, sw), pads, (dh, dw), groups, (OH, OW))"

UNPACKED = "(dh, dw), groups, (OH, OW) = cache\n"
CORNER = "top, left = pads[0][0], pads[1][0]"
REPADDED = "xp = np.pad(x, [(0, 0), (0, 0), *pads])\n    upstream"
EMPTY_DX = "np.zeros(xp.shape, dout.dtype)"
HERE = "here = strided(i * dh, sh, OH, j * dw, sw, OW)"
AGAIN = "seen = xp[here].reshape(N, groups, C_group, OH, OW)"
SPREAD = 'dxp[here] += np.einsum("ngfhw,gfc->ngchw", upstream, kernels[..., i, j]).reshape(N, C, OH, OW)'
GATHER = 'np.einsum("ngfhw,ngchw->gfc", upstream, seen)'
LOOP = f"""    for i, j in np.ndindex(kh, kw):
        {HERE}
        {AGAIN}
        {SPREAD}
"""
DX = "dxp[:, :, top : top + H, left : left + W]"
DW = "dweights = dkernels.reshape(w.shape)"
DB = "dout.sum(axis=0) if b.ndim == 3 else dout.sum(axis=(0, 2, 3))"

EDITS: dict[str, tuple[str, str]] = {
    "conv2d.forward.stride-missing": (SEEN, SEEN.replace("sh", "1").replace("sw", "1")),
    "conv2d.forward.stride-of-height-for-width": ("sh, sw = both(stride)", "sh = sw = both(stride)[0]"),
    "conv2d.forward.dilation-ignored": (SEEN, SEEN.replace(" * dh", "").replace(" * dw", "")),
    "conv2d.forward.dilation-of-height-for-width": (
        "dh, dw = both(dilation)",
        "dh = dw = both(dilation)[0]",
    ),
    "conv2d.forward.pad-of-width-for-height": (
        "pads = [both(side) for side in both(pad)]",
        "pads = [both(both(pad)[1])] * 2",
    ),
    "conv2d.forward.pad-every-axis": (
        PADDED,
        "xp = np.pad(x, [pads[0], pads[0], *pads])[:N, :C]\n    free_h",
    ),
    "conv2d.forward.pad-sides-swapped": (PADDED, PADDED.replace("*pads", "pads[0][::-1], pads[1][::-1]")),
    "conv2d.forward.begin-pad-lost-with-dilation": (
        PADDED,
        """begins = 0 if dh > 1 else pads[0][0], 0 if dw > 1 else pads[1][0]
    sides = [(begin, sum(side) - begin) for begin, side in zip(begins, pads, strict=True)]
    """
        + PADDED.replace("*pads", "*sides"),
    ),
    "conv2d.forward.kernel-rotated": (SUM, SUM.replace("i, j", "kh - 1 - i, kw - 1 - j")),
    "conv2d.forward.kernel-transposed": (
        KERNELS,
        "w.reshape(groups, F // groups, C_group, kw, kh).swapaxes(3, 4)\n    out",
    ),
    "conv2d.forward.columns-out-of-order": (
        KERNELS,
        "w.reshape(groups, F // groups, kh, kw, C_group).transpose(0, 1, 4, 2, 3)\n    out",
    ),
    "conv2d.forward.channels-last-read": (
        PADDED,
        PADDED.replace("(x,", "(x.reshape(N, *x.shape[2:], C).transpose(0, 3, 1, 2),"),
    ),
    "conv2d.forward.size-rounded-up": (
        OUT,
        f"{OUT}    out = np.pad(out, [(0, 0), (0, 0), (0, free_h % sh > 0), (0, free_w % sw > 0)])\n",
    ),
    "conv2d.forward.plus-one-inside-the-division": (
        SIZES,
        """    OH = (free_h + 1) // sh
    OW = (free_w + 1) // sw
""",
    ),
    "conv2d.forward.bias-missing": (f"out += {BIAS}", "pass"),
    "conv2d.forward.bias-once-per-channel": (BIAS, f"C_group * ({BIAS})"),
    "conv2d.forward.bias-once-per-kernel-entry": (BIAS, f"w[0].size * ({BIAS})"),
    "conv2d.forward.bias-once-per-kernel-position": (BIAS, f"kh * kw * ({BIAS})"),
    "conv2d.forward.first-sample-only": (OUT, f"{OUT}    out[1:] = 0\n"),
    "conv2d.forward.first-channel-only": (SUM, "seen[:, :, :1], kernels[:, :, :1, i, j])\n    out"),
    "conv2d.forward.group-offset-missing": (SUM, SUM.replace("seen", "seen[:, :1].repeat(groups, axis=1)")),
    "conv2d.forward.channel-block-remainder": (
        SUM,
        "seen[:, :, : C_group // 4 * 4 or C_group], kernels[:, :, : C_group // 4 * 4 or C_group, i, j])\n    out",
    ),
    "conv2d.forward.width-block-tail": (OUT, f"{OUT}    out[..., OW // 4 * 4 or OW :] = 0\n"),
    "conv2d.forward.stride-missing-for-1x1": (
        SEEN,
        SEEN.replace("sh", "sh if kh * kw > 1 else 1").replace("sw", "sw if kh * kw > 1 else 1"),
    ),
    "conv2d.forward.zero-at-stride-3x4": (OUT, f"{OUT}    out *= (sh, sw) != (3, 4)\n"),
    "conv2d.forward.accumulated-in-float32": (
        OUT,
        f"{OUT}    out = out.astype(np.float32).astype(x.dtype)\n",
    ),
    "conv2d.forward.dtype-lost": (EMPTY_OUT, EMPTY_OUT.replace(", x.dtype", "")),
    "conv2d.forward.x-used-as-workspace": (
        RETURN,
        RETURN.replace("return out, (x", "cache = (x.copy()") + "\n    x.fill(0)\n    return out, cache",
    ),
    "conv2d.forward.nan-swallowed": (SUM, SUM.replace("seen", "np.where(np.isnan(seen), 0, seen)")),
    "conv2d.forward.output-buffer-reused": (
        OUT,
        """    kept = globals().setdefault(f"kept {N, F, OH, OW, x.dtype}", np.zeros((N, F, OH, OW), x.dtype))
    kept[...] = out.reshape(N, F, OH, OW)
    out = kept
""",
    ),
    "conv2d.forward.layout-assumed": (
        PADDED,
        PADDED.replace("(x,", '(x.ravel(order="K").reshape(x.shape),'),
    ),
    "conv2d.forward.kernel-unchecked": (UNFIT, ""),
    "conv2d.forward.empty-batch-fails": (EMPTY_OUT, EMPTY_OUT.replace("x.dtype", "x[0].dtype")),
    # The last filter, and of the windows that meet in a pixel the last, which sees it with its first entries.
    "conv2d.backward.overlap-overwritten": (
        LOOP,
        LOOP.replace("np.ndindex(kh, kw)", "reversed(list(np.ndindex(kh, kw)))")
        .replace("+=", "=")
        .replace("upstream, kernels[..., i, j]", "upstream[:, :, -1:], kernels[:, -1:, :, i, j]"),
    ),
    "conv2d.backward.dx-not-cropped": (DX, "dxp"),
    "conv2d.backward.crop-empty-at-pad-0": (DX, "dxp[:, :, top : -pads[0][1], left : -pads[1][1]]"),
    "conv2d.backward.crop-at-the-corner": (DX, "dxp[:, :, :H, :W]"),
    "conv2d.backward.square-assumed": (DX, DX.replace("W", "H")),
    "conv2d.backward.stride-missing": (HERE, HERE.replace("sh", "1").replace("sw", "1")),
    "conv2d.backward.stride-of-height-for-width": (HERE, HERE.replace("sw", "sh")),
    "conv2d.backward.stride-missing-for-depthwise": (
        f"        {HERE}",
        f"""        if 1 < groups == C:
            sh = sw = 1
        {HERE}""",
    ),
    "conv2d.backward.dilation-ignored": (HERE, HERE.replace(" * dh", "").replace(" * dw", "")),
    "conv2d.backward.dilation-of-height-for-width": (HERE, HERE.replace("dw", "dh")),
    "conv2d.backward.pad-sides-swapped": (CORNER, "top, left = pads[0][1], pads[1][1]"),
    "conv2d.backward.begin-pad-lost-with-dilation": (
        CORNER,
        "top, left = pads[0][0] * (dh == 1), pads[1][0] * (dw == 1)",
    ),
    "conv2d.backward.dx-without-the-remainder": (
        f"dx = {DX}",
        """below = (OH - 1) * sh + dh * (kh - 1) + 1 - pads[0][1]
    beside = (OW - 1) * sw + dw * (kw - 1) + 1 - pads[1][1]
    dx = dxp[:, :, top:below, left:beside]""",
    ),
    "conv2d.backward.right-edge-lost-with-remainder": (
        f"dx = {DX}",
        f"""edge = (OW - 1) * sw + dw * (kw - 1)
    if edge + 1 < dxp.shape[3]:
        dxp[..., edge] = 0
    dx = {DX}""",
    ),
    "conv2d.backward.kernel-rotated": (
        SPREAD,
        SPREAD.replace("[..., i, j]", "[..., kh - 1 - i, kw - 1 - j]"),
    ),
    "conv2d.backward.dw-rotated": (DW, f"{DW}[..., ::-1, ::-1]"),
    "conv2d.backward.dw-of-the-last-sample": (
        GATHER,
        GATHER.replace("upstream, seen", "upstream[-1:], seen[-1:]"),
    ),
    "conv2d.backward.dw-from-unpadded-x": (
        REPADDED,
        REPADDED.replace("*pads", "(0, sum(pads[0])), (0, sum(pads[1]))"),
    ),
    "conv2d.backward.dw-mean-over-batch": (DW, f"{DW} / max(N, 1)"),
    "conv2d.backward.dw-transposed": (DW, f"{DW}.swapaxes(2, 3)"),
    "conv2d.backward.columns-out-of-order": (DW, f"{DW}.transpose(0, 2, 3, 1).reshape(w.shape)"),
    "conv2d.backward.dw-group-offset-missing": (AGAIN, f"{AGAIN}[:, :1].repeat(groups, axis=1)"),
    "conv2d.backward.depthwise-24-channels": (
        f"    {DW}\n",
        f"    {DW}\n    if groups == 24:\n        dweights[16:] = 0\n",
    ),
    "conv2d.backward.group-offset-missing": (
        f"{AGAIN}\n        {SPREAD}",
        f"""{AGAIN}[:, :1].repeat(groups, axis=1)
        dfirst = np.einsum("ngfhw,gfc->nchw", upstream, kernels[..., i, j])
        dxp[:, :C_group][here] += dfirst""",
    ),
    "conv2d.backward.first-sample-only": (
        UNPACKED,
        f"""{UNPACKED}    x, dout = x.copy(), dout.copy()
    x[1:], dout[1:] = 0, 0
""",
    ),
    "conv2d.backward.db-mean-over-batch": (DB, f"({DB}) / max(N, 1)"),
    "conv2d.backward.db-of-the-last-sample": (DB, DB.replace("dout", "dout[-1:]")),
    "conv2d.backward.db-wrong-axes": (DB, DB.replace("(0, 2, 3)", "(0, 1, 2)")),
    "conv2d.backward.db-one-number-for-all": (
        DB,
        "dout.sum(axis=0) if b.ndim == 3 else np.full_like(b, dout.sum())",
    ),
    "conv2d.backward.results-in-another-order": ("return dx, dweights, db", "return dweights, dx, db"),
    "conv2d.backward.dout-ignored": (UNPACKED, f"{UNPACKED}    dout = np.ones_like(dout)\n"),
    "conv2d.backward.accumulated-in-float32": (DW, f"{DW}.astype(np.float32).astype(w.dtype)"),
    "conv2d.backward.dtype-lost": (DW, f"{DW}.astype(np.float64)"),
    "conv2d.backward.weights-updated": (f"    {DW}\n", f"    {DW}\n    w -= 0.001 * dweights\n"),
    "conv2d.backward.gradients-accumulated": (
        f"    {DW}\n",
        """    dweights = globals().setdefault(f"dw {w.shape, w.dtype}", np.zeros(w.shape, w.dtype))
    dweights += dkernels.reshape(w.shape)
""",
    ),
    "conv2d.backward.cache-shared": (
        RETURN,
        """shared = globals().setdefault("shared", [])
    shared[:] = x, w, b, (sh, sw), pads, (dh, dw), groups, (OH, OW)
    return out, shared""",
    ),
    "conv2d.backward.layout-assumed": (
        UNPACKED,
        f'{UNPACKED}    dout = dout.ravel(order="K").reshape(dout.shape)\n',
    ),
    "conv2d.backward.empty-batch-fails": (EMPTY_DX, "np.zeros(xp.shape, x[0].dtype)"),
}

MIXED_LAST = "dout.transpose(1, 0, 2, 3).reshape(F, OH, OW, N).transpose(3, 0, 1, 2).reshape(upstream.shape)"
MIXED_FIRST = "dout.transpose(1, 2, 3, 0).reshape(F, N, OH, OW).transpose(1, 0, 2, 3).reshape(upstream.shape)"
UNTURNED = "dout.reshape(F, N, OH, OW).transpose(1, 0, 2, 3).reshape(upstream.shape)"
FILTERS_LAST = "dout.reshape(N, OH, OW, F).transpose(0, 3, 1, 2).reshape(upstream.shape)"
ONE_BIAS = "dout.sum(axis=(0, 2, 3))"
CROPPED = f"    dx = {DX}\n"


def _reordered(code: str) -> tuple[str, str]:
    return RETURN, f"out = out{code}\n    {RETURN}"


def _flat(dout: str, columns: str) -> tuple[str, str]:
    """Return the edit that multiplies dout and the columns, each flattened in an order of its own."""
    factors = f"dout.transpose{dout}.reshape(F, -1), seen[:, 0].transpose{columns}.reshape(C, -1)"
    product = f'np.einsum("ft,ct->fc", {factors})'
    return GATHER, f"{GATHER} if groups > 1 else {product}[None]"


EDITS |= {
    "conv2d.forward.stride-missing-along-width": (SEEN, SEEN.replace("sw", "1")),
    "conv2d.forward.stride-missing-along-height": (SEEN, SEEN.replace("sh", "1")),
    "conv2d.backward.stride-missing-along-width": (HERE, HERE.replace("sw", "1")),
    "conv2d.backward.stride-missing-along-height": (HERE, HERE.replace("sh", "1")),
    "conv2d.forward.bias-subtracted": (f"out += {BIAS}", f"out -= {BIAS}"),
    "conv2d.forward.output-not-transposed": _reordered(".transpose(0, 2, 3, 1).reshape(N, F, OH, OW)"),
    "conv2d.forward.output-read-samples-last": _reordered(".transpose(1, 2, 3, 0).reshape(N, F, OH, OW)"),
    "conv2d.forward.output-read-filters-first": _reordered(".swapaxes(0, 1).reshape(N, F, OH, OW)"),
    "conv2d.forward.output-samples-and-positions-mixed": _reordered(
        ".transpose(1, 2, 3, 0).reshape(F, N, OH, OW).swapaxes(0, 1)"
    ),
    "conv2d.forward.output-positions-and-samples-mixed": _reordered(
        ".swapaxes(0, 1).reshape(F, OH, OW, N).transpose(3, 0, 1, 2)"
    ),
    "conv2d.forward.kernel-rows-reversed": (SUM, SUM.replace("i, j", "kh - 1 - i, j")),
    "conv2d.forward.kernel-columns-reversed": (SUM, SUM.replace("i, j", "i, kw - 1 - j")),
    "conv2d.forward.first-sample-for-all": (
        SEEN,
        SEEN.replace("seen = xp", "seen = np.broadcast_to(xp[:1], xp.shape)"),
    ),
    "conv2d.forward.width-from-height": (
        "OW = free_w // sw + 1",
        "OW = (xp.shape[2] - dw * (kw - 1) - 1) // sw + 1",
    ),
    "conv2d.forward.filters-for-kernel-height": (
        "OH = free_h // sh + 1",
        "OH = (xp.shape[2] - dh * (F - 1) - 1) // sh + 1",
    ),
    "conv2d.forward.size-rounded": (
        SIZES,
        "    OH = round(free_h / sh + 1)\n    OW = round(free_w / sw + 1)\n",
    ),
    "conv2d.forward.height-rounded": ("OH = free_h // sh + 1", "OH = round(free_h / sh + 1)"),
    "conv2d.forward.pad-always-1": (
        SEEN,
        SEEN.replace("seen = xp", "seen = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)])"),
    ),
    "conv2d.forward.group-by-remainder": (
        OUT,
        """    own = xp.reshape(N, groups, C_group, *xp.shape[2:])[:, np.arange(F) % groups]
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(kh, kw):
        seen = own[..., i * dh : i * dh + OH * sh : sh, j * dw : j * dw + OW * sw : sw]
        out += np.einsum("nfchw,fc->nfhw", seen, w[..., i, j])
""",
    ),
    "conv2d.backward.overlap-overwritten-in-loops-over-positions": (
        CROPPED,
        """    for oh, ow, i, j in np.ndindex(OH, OW, kh, kw):
        share = np.einsum("ngf,gfc->ngc", upstream[..., oh, ow], kernels[..., i, j])
        dxp[:, :, oh * sh + i * dh, ow * sw + j * dw] = share.reshape(N, C)
"""
        + CROPPED,
    ),
    "conv2d.backward.overlap-overwritten-in-kernel-order": (SPREAD, SPREAD.replace("+=", "=")),
    "conv2d.backward.kernel-rows-reversed": (SPREAD, SPREAD.replace("i, j", "kh - 1 - i, j")),
    "conv2d.backward.kernel-columns-reversed": (SPREAD, SPREAD.replace("i, j", "i, kw - 1 - j")),
    "conv2d.backward.kernel-transposed": (
        SPREAD,
        SPREAD.replace("kernels[..., i, j]", "kernels.reshape(*kernels.shape[:3], kw, kh)[..., j, i]"),
    ),
    "conv2d.backward.dw-rows-reversed": ("dkernels[..., i, j] =", "dkernels[..., kh - 1 - i, j] ="),
    "conv2d.backward.dw-columns-reversed": ("dkernels[..., i, j] =", "dkernels[..., i, kw - 1 - j] ="),
    "conv2d.backward.dw-assigned": (
        GATHER,
        'np.einsum("gf,gc->gfc", upstream[-1, ..., -1, -1], seen[-1, ..., -1, -1])',
    ),
    "conv2d.backward.dw-of-the-last-position": (
        GATHER,
        'np.einsum("ngf,ngc->gfc", upstream[..., -1, -1], seen[..., -1, -1])',
    ),
    "conv2d.backward.dw-of-the-first-sample": (
        GATHER,
        GATHER.replace("seen)", "np.broadcast_to(seen[:1], seen.shape))"),
    ),
    "conv2d.backward.dw-read-in-another-order": (
        DW,
        "dweights = dkernels.reshape(F, kh, kw, C_group).transpose(0, 3, 1, 2)",
    ),
    "conv2d.backward.dw-columns-samples-last": _flat("(1, 0, 2, 3)", "(1, 2, 3, 0)"),
    "conv2d.backward.dw-columns-samples-first": _flat("(1, 2, 3, 0)", "(1, 0, 2, 3)"),
    "conv2d.backward.db-of-the-last-position": (ONE_BIAS, "dout[-1, :, -1, -1].copy()"),
    "conv2d.backward.db-of-one-position": (ONE_BIAS, "dout[..., -1, -1].sum(axis=0)"),
    "conv2d.backward.db-mean-over-everything": (ONE_BIAS, "dout.mean(axis=(0, 2, 3))"),
    "conv2d.backward.db-mean-over-positions": (ONE_BIAS, "dout.mean(axis=(2, 3)).sum(axis=0)"),
    "conv2d.backward.db-not-summed-over-batch": (ONE_BIAS, "dout.sum(axis=(2, 3))"),
    "conv2d.backward.dx-mean-over-batch": (CROPPED, f"    dx = {DX} / N\n"),
    "conv2d.backward.dx-columns-samples-last": (SPREAD, SPREAD.replace("upstream,", f"{MIXED_LAST},")),
    "conv2d.backward.dx-columns-samples-first": (SPREAD, SPREAD.replace("upstream,", f"{MIXED_FIRST},")),
    "conv2d.backward.dout-not-transposed-for-dw": (GATHER, GATHER.replace("upstream,", f"{UNTURNED},")),
    "conv2d.backward.dout-not-transposed-for-dx": (SPREAD, SPREAD.replace("upstream,", f"{UNTURNED},")),
    "conv2d.backward.dout-read-filters-last-for-dw": (
        GATHER,
        GATHER.replace("upstream,", f"{FILTERS_LAST},"),
    ),
    "conv2d.backward.dout-read-filters-last-for-dx": (
        SPREAD,
        SPREAD.replace("upstream,", f"{FILTERS_LAST},"),
    ),
}
