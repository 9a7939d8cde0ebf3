"""The mistakes of pooling, made in `pool.py`: by the name of the mutant, what is replaced and by what."""

PLACES = """            down = i * gaps[0] + steps[0] * np.arange(grid[0])
            along = j * gaps[1] + steps[1] * np.arange(grid[1])
"""
MAX_PADDED = "    image = np.pad(x, [(0, 0), (0, 0), *room], constant_values=-np.inf)\n"
WINNER = """        first = flat.argmax(axis=2)
        i, j = np.unravel_index(first, patch.shape[2:])
        share = np.where(flat.any(axis=2), dout[:, :, oh, ow], 0)
        gradient[samples, channels, y0 + gap_h * i, x0 + gap_w * j] += share
"""
MAX_CROP = "gradient[:, :, up:, left:][:, :, : x.shape[2], : x.shape[3]].copy()"
DIVISORS = "    divisors = _divisors(x.shape[2:], plan, count_include_pad)\n"
MEAN = "out = (sums / divisors).astype(x.dtype)"
SHARES = "    shares = dout / _divisors(shape[2:], plan, count_include_pad).astype(dout.dtype)\n"
AVG_CROP = "return canvas[:, :, top : top + height, left : left + width].copy()"


def _padded_with(value: str) -> tuple[str, str]:
    """Return the edit that pads with `value` and keeps -inf in the room behind the padding."""
    return MAX_PADDED, (
        f"    image = np.pad(x, [(0, 0), (0, 0), *sides], constant_values={value})\n"
        "    behind = (0, _far(plan))\n"
        "    image = np.pad(image, [(0, 0), (0, 0), behind, behind], constant_values=-np.inf)\n"
    )


EDITS: dict[str, tuple[str, str]] = {
    "max_pool2d.forward.padded-with-zeros": _padded_with("0"),
    "max_pool2d.forward.padded-with-minimum": _padded_with("x.min()"),
    "max_pool2d.forward.max-with-zero": (
        "np.full((*x.shape[:2], *grid), -np.inf,",
        "np.zeros((*x.shape[:2], *grid),",
    ),
    "max_pool2d.forward.stride-missing": (
        PLACES,
        PLACES.replace("steps[0] * ", "").replace("steps[1] * ", ""),
    ),
    "max_pool2d.forward.stride-is-kernel": ("_two(kernel if stride is None else stride)", "_two(kernel)"),
    "max_pool2d.forward.kernel-swapped": ("kernel_h, kernel_w = size", "kernel_w, kernel_h = size"),
    "max_pool2d.forward.dilation-ignored": (
        PLACES,
        PLACES.replace(" * gaps[0]", "").replace(" * gaps[1]", ""),
    ),
    "max_pool2d.forward.begin-pad-lost-with-dilation": (
        PLACES,
        PLACES
        + "            down = down + (sides[0][0] if gaps[0] > 1 else 0)\n"
        + "            along = along + (sides[1][0] if gaps[1] > 1 else 0)\n",
    ),
    "max_pool2d.forward.pad-missing-in-size": (
        "free = extent + pad[0] + pad[1] - reach",
        "free = extent - reach",
    ),
    "max_pool2d.forward.size-rounded-up": ("    free = extent", "    ceil_mode = True\n    free = extent"),
    "max_pool2d.forward.ceil-mode-ignored": ("    free = extent", "    ceil_mode = False\n    free = extent"),
    "max_pool2d.forward.nan-swallowed": ("np.maximum(out, image", "np.fmax(out, image"),
    "max_pool2d.forward.width-block-tail": (
        "    return out, (x, plan)",
        "    if grid[1] > 4:\n        out[..., grid[1] - grid[1] % 4 :] = 0\n    return out, (x, plan)",
    ),
    "max_pool2d.forward.pad-unchecked": ("if max(sides[axis]) > size[axis] // 2:", "if False:"),
    "max_pool2d.backward.overlap-overwritten": ("x0 + gap_w * j] += share", "x0 + gap_w * j] = share"),
    "max_pool2d.backward.ties-credited-in-full": (
        WINNER,
        "        gradient[window] += hits * dout[:, :, oh, ow, None, None]\n",
    ),
    "max_pool2d.backward.raises-on-ties": (
        "        first = flat.argmax(axis=2)",
        "        if (flat.sum(axis=2) > 1).any():\n"
        '            raise ValueError("can only convert an array of size 1")\n'
        "        first = flat.argmax(axis=2)",
    ),
    "max_pool2d.backward.dout-ignored": (
        "np.where(flat.any(axis=2), dout[:, :, oh, ow], 0)",
        "flat.any(axis=2)",
    ),
    "max_pool2d.backward.stride-missing": ("y0, x0 = oh * step_h, ow * step_w", "y0, x0 = oh, ow"),
    "max_pool2d.backward.dilation-ignored": ("gap_h, gap_w = gaps", "gap_h, gap_w = 1, 1"),
    "max_pool2d.backward.window-offset-missing": ("y0 + gap_h * i, x0 + gap_w * j", "gap_h * i, gap_w * j"),
    "max_pool2d.backward.winner-swapped": ("i, j = np.unravel_index", "j, i = np.unravel_index"),
    "max_pool2d.backward.mask-of-whole-image": ("best = patch.max(", "best = padded.max("),
    "max_pool2d.backward.padded-with-zeros": (
        "padded = np.pad(x, [(0, 0), (0, 0), *sides], constant_values=-np.inf)",
        "padded = np.pad(x, [(0, 0), (0, 0), *sides])",
    ),
    "max_pool2d.backward.dx-not-cropped": (MAX_CROP, "gradient"),
    "max_pool2d.backward.crop-empty-at-pad-0": (
        MAX_CROP,
        "gradient[:, :, up : -sides[0][1], left : -sides[1][1]].copy()",
    ),
    "max_pool2d.backward.crop-at-the-corner": (MAX_CROP, "gradient[:, :, : x.shape[2], : x.shape[3]].copy()"),
    "max_pool2d.backward.dx-without-the-remainder": (
        MAX_CROP,
        "gradient[:, :, up : up + grid[0] * step_h, left : left + grid[1] * step_w].copy()",
    ),
    "max_pool2d.backward.first-sample-only": (
        f"return {MAX_CROP}",
        f"gradient[1:] = 0\n    return {MAX_CROP}",
    ),
    "max_pool2d.backward.dx-over-x": (f"return {MAX_CROP}", f"x[...] = {MAX_CROP}\n    return x.copy()"),
    "max_pool2d.backward.cache-shared": (
        "return out, (x, plan)",
        'kept = globals().setdefault("_kept", [])\n    kept[:] = [x, plan]\n    return out, kept',
    ),
    "avg_pool2d.forward.divisor-kernel-size": (DIVISORS, "    divisors = size[0] * size[1]\n"),
    "avg_pool2d.forward.divisor-image-size": (DIVISORS, "    divisors = x.shape[2] * x.shape[3]\n"),
    "avg_pool2d.forward.divisor-missing": (MEAN, "out = sums"),
    "avg_pool2d.forward.padding-always-counted": (
        "(x.shape[2:], plan, count_include_pad)",
        "(x.shape[2:], plan, True)",
    ),
    "avg_pool2d.forward.padding-never-counted": (
        "(x.shape[2:], plan, count_include_pad)",
        "(x.shape[2:], plan, False)",
    ),
    "avg_pool2d.forward.overhang-counted": (
        DIVISORS,
        f"{DIVISORS}    divisors = size[0] * size[1] if count_include_pad else divisors\n",
    ),
    "avg_pool2d.forward.window-behind-the-image": (
        "if ceil_mode and (windows - 1) * step - pad[0] >= extent:",
        "if False:",
    ),
    "avg_pool2d.forward.stride-of-height-for-width": (
        "plan = size, steps, sides, _, grid = _plan(x, kernel, stride, pad, 1, ceil_mode)",
        "size, steps, *rest = _plan(x, kernel, stride, pad, 1, ceil_mode)\n"
        "    plan = size, steps, sides, _, grid = size, (steps[0], steps[0]), *rest",
    ),
    "avg_pool2d.forward.pad-sides-swapped": (
        "*((before, after + _far(plan)) for before, after in sides)",
        "*((after, before + _far(plan)) for before, after in sides)",
    ),
    "avg_pool2d.forward.accumulated-in-float32": (
        MEAN,
        "out = (sums / divisors).astype(np.float32).astype(x.dtype)",
    ),
    "avg_pool2d.forward.floor-division": ("(sums / divisors)", "(sums // divisors)"),
    "avg_pool2d.forward.output-buffer-reused": (
        MEAN,
        "spare = np.empty(sums.shape, x.dtype)\n"
        '    out = globals().setdefault("_spare", {}).setdefault((sums.shape, x.dtype), spare)\n'
        "    out[...] = sums / divisors",
    ),
    "avg_pool2d.backward.overlap-overwritten": (
        "x0 : x0 + size[1]] += shares[:, :, oh, ow, None, None]",
        "x0 : x0 + size[1]] = shares[:, :, oh, ow, None, None]",
    ),
    "avg_pool2d.backward.divisor-missing": (SHARES, "    shares = dout\n"),
    "avg_pool2d.backward.divisor-kernel-size": (SHARES, "    shares = dout / (size[0] * size[1])\n"),
    "avg_pool2d.backward.padding-always-counted": (
        "(shape[2:], plan, count_include_pad)",
        "(shape[2:], plan, True)",
    ),
    "avg_pool2d.backward.stride-missing": (
        "    size, steps, sides, _, grid = plan\n    (top",
        "    size, steps, sides, gaps, grid = plan\n"
        "    plan = size, steps, sides, gaps, grid = size, (1, 1), sides, gaps, grid\n    (top",
    ),
    "avg_pool2d.backward.window-corner-only": (
        "y0 : y0 + size[0], x0 : x0 + size[1]] += shares[:, :, oh, ow, None, None]",
        "y0, x0] += shares[:, :, oh, ow]",
    ),
    "avg_pool2d.backward.crop-empty-at-pad-0": (
        AVG_CROP,
        "return canvas[:, :, top:-bottom, left:-right].copy()",
    ),
    "avg_pool2d.backward.right-edge-lost-with-remainder": (
        SHARES,
        f"{SHARES}    if (width + left + right - size[1]) % steps[1]:\n        shares[..., -1:] = 0\n",
    ),
    "avg_pool2d.backward.dtype-lost": ("left + width + right), dtype=dout.dtype)", "left + width + right))"),
    "avg_pool2d.backward.dx-buffer-shared": (
        AVG_CROP,
        'dx = globals().setdefault("_spare", {}).setdefault((shape, dout.dtype), np.empty(shape, dout.dtype))\n'
        "    dx[...] = canvas[:, :, top : top + height, left : left + width]\n"
        "    return dx",
    ),
    "avg_pool2d.backward.floor-division": ("shares = dout / _divisors", "shares = dout // _divisors"),
}

MAX_RETURN = "    return out, (x, plan)\n"
COUNTED = "    windows = full + 1\n"
GRID = "[_count(x.shape[2 + i], sides[i], reach[i], steps[i], ceil_mode) for i in (0, 1)]"
CORNER = "y0, x0 = oh * step_h, ow * step_w"
VIEWS = "views[:, :, :: steps[0], :: steps[1]][:, :, : grid[0], : grid[1]].sum(axis=(4, 5))"
CORNERS = """    for oh, ow in np.ndindex(*grid):
        y0, x0 = oh * steps[0], ow * steps[1]
"""


def _looped(
    value: str, down: str = "gaps[0] * size[0] : gaps[0]", along: str = "gaps[1] * size[1] : gaps[1]"
):
    """Return the edit that takes another number of each window, of another extent."""
    return MAX_RETURN, (
        "    padded = np.pad(x, [(0, 0), (0, 0), *sides], constant_values=-np.inf)\n"
        "    for oh, ow in np.ndindex(*grid):\n"
        "        top, left = oh * steps[0], ow * steps[1]\n"
        f"        window = padded[:, :, top : top + {down}, left : left + {along}]\n"
        "        flat = window.reshape(*x.shape[:2], -1)\n"
        f"        out[:, :, oh, ow] = {value}\n"
    ) + MAX_RETURN


def _read(code: str) -> tuple[str, str]:
    return MAX_RETURN, f"    out = out{code}.reshape(out.shape)\n{MAX_RETURN}"


def _credited(line: str) -> tuple[str, str]:
    """Return the edit that gives the gradient of a window to other entries; `only` has its first maximum."""
    return WINNER, (
        "        first = flat.argmax(axis=2)[..., None]\n"
        "        places = np.arange(flat.shape[2])\n"
        "        only = ((places == first) & flat).reshape(patch.shape)\n"
        "        share = dout[:, :, oh, ow, None, None]\n"
        f"        gradient[window] {line}\n"
    )


EDITS |= {
    "max_pool2d.forward.mean-for-maximum": _looped("flat.mean(axis=2)"),
    "max_pool2d.forward.minimum-for-maximum": _looped("flat.min(axis=2)"),
    "max_pool2d.forward.largest-absolute-value": _looped(
        "np.take_along_axis(flat, np.where(np.isfinite(flat), np.abs(flat), -1).argmax(axis=2)[..., None], 2)[..., 0]"
    ),
    "max_pool2d.forward.height-for-width-of-the-window": _looped(
        "flat.max(axis=2)", along="gaps[1] * size[0] : gaps[1]"
    ),
    "max_pool2d.forward.width-for-height-of-the-window": _looped(
        "flat.max(axis=2)", down="gaps[0] * size[1] : gaps[0]"
    ),
    "max_pool2d.forward.window-of-stride-size": _looped("flat.max(axis=2)", "steps[0]", "steps[1]"),
    "max_pool2d.forward.stride-missing-along-width": (PLACES, PLACES.replace("steps[1] * ", "")),
    "max_pool2d.forward.stride-missing-along-height": (PLACES, PLACES.replace("steps[0] * ", "")),
    "max_pool2d.forward.output-not-transposed": _read(".transpose(0, 2, 3, 1)"),
    "max_pool2d.forward.output-read-positions-last": _read(".transpose(2, 3, 0, 1)"),
    "max_pool2d.forward.output-read-samples-first": _read(
        ".transpose(2, 3, 0, 1).reshape(out.shape[2:] + out.shape[1::-1]).transpose(3, 2, 0, 1)"
    ),
    "max_pool2d.forward.size-rounded": (
        COUNTED,
        "    windows = full + 1 if ceil_mode else round(free / step + 1)\n",
    ),
    "max_pool2d.forward.plus-one-inside-the-division": (
        COUNTED,
        "    windows = full + 1 if ceil_mode else (free + 1) // step\n",
    ),
    "max_pool2d.forward.size-without-the-window": (
        COUNTED,
        "    windows = full + 1 if ceil_mode else extent // reach\n",
    ),
    "max_pool2d.forward.width-from-height": (
        GRID,
        "[_count(x.shape[2], sides[0], reach[i], steps[i], ceil_mode) for i in (0, 1)]",
    ),
    "max_pool2d.forward.width-with-the-height-of-the-window": (GRID, GRID.replace("reach[i]", "reach[0]")),
    "max_pool2d.forward.height-and-width-of-the-window-exchanged": (
        "size, gaps, sides = _two(kernel)",
        "size, gaps, sides = _two(kernel)[::-1]",
    ),
    "max_pool2d.forward.image-exchanged": (GRID, GRID.replace("2 + i", "3 - i")),
    "max_pool2d.forward.height-rounded": (
        GRID,
        f"{GRID}\n    grid[0] = round((x.shape[2] + sum(sides[0]) - reach[0]) / steps[0] + 1)",
    ),
    "max_pool2d.forward.width-rounded": (
        GRID,
        f"{GRID}\n    grid[1] = round((x.shape[3] + sum(sides[1]) - reach[1]) / steps[1] + 1)",
    ),
    "max_pool2d.backward.window-assigned": _credited("= only * share"),
    "max_pool2d.backward.window-assigned-with-full-credit": _credited("= hits * share"),
    "max_pool2d.backward.all-from-the-maximum-on": _credited(
        "+= (flat.any(axis=2, keepdims=True) & (places >= first)).reshape(patch.shape) * share"
    ),
    "max_pool2d.backward.whole-window-credited": _credited("+= share"),
    "max_pool2d.backward.divided-by-the-window": (
        "] += share\n    (up",
        "] += share / (size[0] * size[1])\n    (up",
    ),
    "max_pool2d.backward.argmax-split-by-height": (
        WINNER,
        """        first = flat.argmax(axis=2)
        i, j = np.unravel_index(first, patch.shape[2:])
        i, j = np.divmod(i * size[1] + j, size[0])
        below, beside = y0 + gap_h * i, x0 + gap_w * j
        fits = flat.any(axis=2) & (below < padded.shape[2]) & (beside < padded.shape[3])
        share = np.where(fits, dout[:, :, oh, ow], 0)
        gradient[samples, channels, np.where(fits, below, 0), np.where(fits, beside, 0)] += share
""",
    ),
    "max_pool2d.backward.stride-missing-for-the-winner": (
        "gradient[samples, channels, y0 + gap_h * i, x0 + gap_w * j]",
        "gradient[samples, channels, oh + gap_h * i, ow + gap_w * j]",
    ),
    "max_pool2d.backward.stride-missing-along-width": (CORNER, "y0, x0 = oh * step_h, ow"),
    "max_pool2d.backward.stride-missing-along-height": (CORNER, "y0, x0 = oh, ow * step_w"),
    "max_pool2d.backward.height-for-width-of-the-window": (
        "x0 : x0 + gap_w * size[1] : gap_w]",
        "x0 : x0 + gap_w * size[0] : gap_w]",
    ),
    "avg_pool2d.forward.stride-missing": (
        MEAN,
        "sums = views[:, :, : grid[0], : grid[1]].sum(axis=(4, 5))\n"
        "    divisors = _divisors(x.shape[2:], (size, (1, 1), sides, None, grid), count_include_pad)\n"
        f"    {MEAN}",
    ),
    "avg_pool2d.forward.maximum-for-mean": (
        MEAN,
        "out = np.zeros(sums.shape, x.dtype)\n"
        "    padded = np.pad(x, [(0, 0), (0, 0), *sides])\n"
        "    for oh, ow in np.ndindex(*grid):\n"
        "        top, left = oh * steps[0], ow * steps[1]\n"
        "        out[:, :, oh, ow] = padded[:, :, top : top + size[0], left : left + size[1]].max(axis=(2, 3))",
    ),
    "avg_pool2d.forward.divisor-height-only": (MEAN, "out = (sums / size[0]).astype(x.dtype)"),
    "avg_pool2d.backward.stride-missing-along-width": (
        SHARES + CORNERS,
        SHARES.replace("plan,", "(size, (steps[0], 1), sides, None, grid),")
        + CORNERS.replace("ow * steps[1]", "ow"),
    ),
}
