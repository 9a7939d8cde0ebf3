"""The mistakes of conv1d, conv3d and depthwise_conv2d, made in `sliding.py`: by the name of the mutant, the edit."""

TAP_1D = '"ngcl,gfc->ngfl", heard, kernels[..., tap])'
HEARD = "heard = line[:, :, tap * gap :: step][:, :, :count]"
AT_1D = "        at = slice(tap * gap, tap * gap + step * count, step)\n"
SPREAD_1D = "        dline[:, :, at] += back.reshape(len(line), groups * depth, count)\n"
GATHER_1D = 'np.einsum("ngfl,ngcl->gfc", rows, heard)'
DX_1D = "dx = dline[:, :, sides[0] : sides[0] + length]"

SETTINGS = "steps, gaps, sides = list(stride), list(dilation), list(pad)"
SEEN = "seen = box[taken(tap, gaps, steps, counts)].reshape(len(x), groups, w.shape[1], *counts)\n        out"
TAP_3D = '"ngcdhw,gfc->ngfdhw", seen, kernels[(..., *tap)])'
AT_3D = "        at = taken(tap, gaps, steps, counts)\n        seen"
SPREAD_3D = "        dbox[at] += back.reshape(len(x), x.shape[1], *counts)\n"

MANY = "many = np.repeat(image, each, axis=1)\n    out"
TAP_2D = (
    "        out += many[taken(tap, dilation, stride, counts)] * w[(slice(None), 0, *tap)][:, None, None]"
)
BACK_2D = "    dimage = dmany.reshape(len(x), x.shape[1], each, *image.shape[2:]).sum(axis=2)\n"

_LAST_1D = """    dline = np.zeros(line.shape, dout.dtype)
    for n, f, o in np.ndindex(dout.shape):
        c0 = f // (filters // groups) * depth
        window = np.s_[n, c0 : c0 + depth, o * step : o * step + gap * reach : gap]
        dline[window] = dout[n, f, o] * w[f]
"""
_LAST_3D = """    dbox = np.zeros(box.shape, dout.dtype)
    for n, f, *place in np.ndindex(dout.shape):
        c0 = f // (len(w) // groups) * w.shape[1]
        spans = zip(place, steps, gaps, w.shape[2:], strict=True)
        window = (n, slice(c0, c0 + w.shape[1]), *(slice(o * s, o * s + g * k, g) for o, s, g, k in spans))
        dbox[window] = dout[(n, f, *place)] * w[f]
    (front, _), (top, _), (left, _) = sides
"""
_LAST_2D = """    dimage = np.zeros(image.shape, dout.dtype)
    for n, f, *place in np.ndindex(dout.shape):
        spans = zip(place, stride, dilation, w.shape[2:], strict=True)
        window = (n, f // each, *(slice(o * s, o * s + g * k, g) for o, s, g, k in spans))
        dimage[window] = dout[(n, f, *place)] * w[f, 0]
"""

EDITS: dict[str, tuple[str, str]] = {
    "conv1d.forward.kernel-flipped": (TAP_1D, TAP_1D.replace("tap]", "reach - 1 - tap]")),
    "conv1d.forward.stride-missing": (HEARD, HEARD.replace(":: step", ":")),
    "conv1d.forward.dilation-ignored": (HEARD, HEARD.replace("tap * gap", "tap")),
    "conv1d.forward.pad-sides-swapped": (
        "line[:, :, sides[0] : sides[0] + length] = x",
        "line[:, :, sides[1] : sides[1] + length] = x",
    ),
    "conv1d.forward.group-offset-missing": (
        '        out += np.einsum("ngcl',
        '        heard = np.repeat(heard[:, :1], groups, axis=1)\n        out += np.einsum("ngcl',
    ),
    "conv1d.forward.bias-missing": ("        out += b[:, None]\n", "        pass\n"),
    "conv1d.backward.stride-missing": (AT_1D, AT_1D.replace("step * count, step", "count")),
    "conv1d.backward.padding-not-cropped": (DX_1D, "dx = dline"),
    "conv1d.backward.padding-cropped-behind-only": (DX_1D, "dx = dline[:, :, :length]"),
    "conv1d.backward.kernel-flipped": (
        'back = np.einsum("ngfl,gfc->ngcl", rows, kernels[..., tap])',
        'back = np.einsum("ngfl,gfc->ngcl", rows, kernels[..., -1 - tap])',
    ),
    "conv1d.backward.overlap-overwritten": (f"    {DX_1D}", f"{_LAST_1D}    {DX_1D}"),
    "conv1d.backward.group-offset-missing": (
        f"{SPREAD_1D}        dkernels[..., tap] = {GATHER_1D}",
        """        dline[:, :depth, at] += back.sum(axis=1)
        heard = np.repeat(heard[:, :1], groups, axis=1)
        dkernels[..., tap] = """
        + GATHER_1D,
    ),
    "conv1d.backward.dw-of-the-last-window": (
        GATHER_1D,
        'np.einsum("ngfl,ngcl->gfc", rows[-1:, ..., -1:], heard[-1:, ..., -1:])',
    ),
    "conv1d.backward.db-mean": ("dout.sum(axis=(0, 2))", "dout.mean(axis=2).sum(axis=0)"),
    "conv3d.forward.stride-of-height-for-depth": (SETTINGS, f"{SETTINGS}\n    steps[0] = steps[1]"),
    "conv3d.forward.pad-of-depth-missing": (SETTINGS, f"{SETTINGS}\n    sides[0] = 0, 0"),
    "conv3d.forward.dilation-of-depth-ignored": (SEEN, SEEN.replace("gaps", "[1, *gaps[1:]]")),
    "conv3d.forward.kernel-flipped": (TAP_3D, TAP_3D.replace("*tap", "*(-1 - each for each in tap)")),
    "conv3d.forward.group-offset-missing": (
        '        out += np.einsum("ngcdhw',
        '        seen = np.repeat(seen[:, :1], groups, axis=1)\n        out += np.einsum("ngcdhw',
    ),
    "conv3d.backward.pad-of-depth-not-cropped": ("dbox[:, :, front : front + depth, ", "dbox[:, :, :depth, "),
    "conv3d.backward.stride-of-height-for-depth": (
        AT_3D,
        AT_3D.replace("steps", "[steps[1], *steps[1:]]"),
    ),
    "conv3d.backward.overlap-overwritten": ("    (front, _), (top, _), (left, _) = sides\n", _LAST_3D),
    "conv3d.backward.group-offset-missing": (
        SPREAD_3D,
        """        dbox[at][:, : w.shape[1]] += back.sum(axis=1)
        seen = np.repeat(seen[:, :1], groups, axis=1)
""",
    ),
    "conv3d.backward.db-of-the-last-window": (
        "dout.sum(axis=(0, 2, 3, 4))",
        "dout[-1:, :, -1, -1, -1].sum(axis=0)",
    ),
    "depthwise_conv2d.forward.filters-interleaved": (
        MANY,
        "many = np.tile(image, (1, each, 1, 1))\n    out",
    ),
    "depthwise_conv2d.forward.first-channel-only": (
        MANY,
        "many = np.repeat(image[:, :1], len(w), axis=1)\n    out",
    ),
    "depthwise_conv2d.forward.kernel-flipped": (
        TAP_2D,
        TAP_2D.replace("0, *tap", "0, *(-1 - number for number in tap)"),
    ),
    "depthwise_conv2d.backward.filters-interleaved": (
        "    many = np.repeat(image, each, axis=1)\n    dmany",
        "    many = np.tile(image, (1, each, 1, 1))\n    dmany",
    ),
    "depthwise_conv2d.backward.last-filter-only": (BACK_2D, _LAST_2D),
}
