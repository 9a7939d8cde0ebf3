"""The mistakes of the norms, made in `norm.py`: by the name of the mutant, the code to replace and what replaces it."""

ROWS = """    mean = rows.mean(axis=1, keepdims=True)
    centred = rows - mean
    var = np.square(centred).mean(axis=1, keepdims=True)
    inverse = inverse_root(var, eps)
    xhat = centred * inverse
"""
VARIANCE = "np.square(centred).mean(axis=1, keepdims=True)"
XHAT = "    xhat = centred * inverse\n"
SPATIAL = """    out, cache = channels_forward(as_channels(x), gamma, beta, running_mean, running_var, *options)
    return as_images(out, x.shape), cache
"""
RUNNING = """        xhat = (rows - running_mean[:, None]) * inverse
        new_mean, new_var = running_mean.copy(), running_var.copy()
"""
BACKWARD = """    dcentred = dxhat * inverse + 2 * centred * dvar / count
    dmean = -dcentred.sum(axis=1, keepdims=True)
    return dcentred + dmean / count
"""
LAYER = """    xhat, inverse, _, _ = standardise(rows, eps)
    flat = xhat * gamma"""

# Left out:
# - group_norm.forward.uneven-groups-accepted: here the refusal only puts a message to what the reshape refuses anyway.
EDITS: dict[str, tuple[str, str]] = {
    "batch_norm.forward.eps-outside-root": ("1 / np.sqrt(var + eps)", "1 / (np.sqrt(var) + eps)"),
    "batch_norm.forward.ddof-1": (VARIANCE, "rows.var(axis=1, keepdims=True, ddof=1)"),
    "batch_norm.forward.axis-missing": (
        ROWS,
        """    mean = np.full((len(rows), 1), rows.mean())
    centred = rows - mean
    var = np.full((len(rows), 1), np.square(centred).mean())
    inverse = inverse_root(var, eps)
    xhat = centred * inverse
""",
    ),
    "batch_norm.forward.axis-swapped": (
        ROWS,
        """    mean = rows.mean(axis=0).reshape(len(rows), 1)
    centred = rows - mean
    var = rows.var(axis=0).reshape(len(rows), 1)
    inverse = inverse_root(var, eps)
    xhat = centred * inverse
""",
    ),
    "batch_norm.forward.momentum-swapped": (
        "(1 - momentum) * old + momentum * batch.ravel()",
        "momentum * old + (1 - momentum) * batch.ravel()",
    ),
    "batch_norm.forward.running-not-updated": (
        "(1 - momentum) * old + momentum * batch.ravel()",
        "old",
    ),
    "batch_norm.forward.running-var-biased": (
        "var * count / (count - 1) if unbiased else var",
        "var",
    ),
    "batch_norm.forward.running-updated-in-evaluation": (
        RUNNING,
        """        xhat = (rows - running_mean[:, None]) * inverse
        mean, var = rows.mean(axis=1), rows.var(axis=1)
        new_mean = moved(running_mean, mean, momentum)
        new_var = moved(running_var, var * count / (count - 1) if unbiased else var, momentum)
""",
    ),
    "batch_norm.forward.batch-statistics-in-evaluation": (
        RUNNING,
        """        xhat, inverse, _, _ = standardise(rows, eps)
        new_mean, new_var = running_mean.copy(), running_var.copy()
""",
    ),
    "batch_norm.forward.running-statistics-in-training": (
        "    out = gamma[:, None] * xhat + beta[:, None]\n",
        """    if running_mean is not None and running_var is not None:
        inverse = inverse_root(running_var[:, None], eps)
        xhat = (rows - running_mean[:, None]) * inverse
    out = gamma[:, None] * xhat + beta[:, None]
""",
    ),
    "batch_norm.forward.one-pass-variance": (
        VARIANCE,
        "(rows * rows).mean(axis=1, keepdims=True) - mean * mean",
    ),
    "batch_norm.forward.running-changed-in-place": (
        "    return None if old is None else (1 - momentum) * old + momentum * batch.ravel()",
        """    if old is not None:
        old += momentum * (batch.ravel() - old)
    return old""",
    ),
    "batch_norm.backward.gamma-missing": ("dxhat = cache.gamma[:, None] * dout", "dxhat = dout"),
    "batch_norm.backward.mean-term-missing": ("return dcentred + dmean / count", "return dcentred"),
    "batch_norm.backward.half-missing": ("-0.5 * inverse**3", "-1.0 * inverse**3"),
    "batch_norm.backward.statistics-constant": (BACKWARD, "    return dxhat * inverse\n"),
    "batch_norm.backward.evaluation-as-training": (
        "        return dxhat * cache.inverse, dgamma, dbeta\n",
        """        along = (dxhat * cache.xhat).mean(axis=1, keepdims=True)
        dxhat = dxhat - dxhat.mean(axis=1, keepdims=True) - along * cache.xhat
        return dxhat * cache.inverse, dgamma, dbeta
""",
    ),
    "batch_norm.backward.evaluation-as-training-in-steps": (
        "    if not cache.training:\n        return dxhat * cache.inverse, dgamma, dbeta\n",
        "",
    ),
    "batch_norm.backward.dgamma-without-xhat": (
        'np.einsum("cn,cn->c", dout, cache.xhat)',
        'np.einsum("cn->c", dout)',
    ),
    "batch_norm.backward.dbeta-mean-over-batch": (
        "dout @ np.ones(dout.shape[1], dout.dtype)",
        "dout.mean(axis=1)",
    ),
    "batch_norm.backward.dgamma-dbeta-swapped": ("return dx.T, dgamma, dbeta", "return dx.T, dbeta, dgamma"),
    "batch_norm.backward.xhat-overwritten": (
        "    return dcentred + dmean / count",
        "    xhat *= (dxhat * xhat).mean(axis=1, keepdims=True)\n    return dcentred + dmean / count",
    ),
    "batch_norm.backward.xhat-buffer-shared": (
        XHAT,
        """    xhat = globals().setdefault("WORK", {}).setdefault((rows.shape, rows.dtype), np.empty_like(rows))
    np.multiply(centred, inverse, out=xhat)
""",
    ),
    "spatial_batch_norm.forward.reshape-for-transpose": (
        SPATIAL,
        """    rows = x.reshape(-1, x.shape[1]).T
    out, cache = channels_forward(rows, gamma, beta, running_mean, running_var, *options)
    return out.T.reshape(x.shape), cache
""",
    ),
    "spatial_batch_norm.forward.layout-guessed": (
        SPATIAL,
        """    if x.shape[3] == gamma.size:
        rows = x.reshape(-1, gamma.size).T
        out, cache = channels_forward(rows, gamma, beta, running_mean, running_var, *options)
        return out.T.reshape(x.shape), cache
    out, cache = channels_forward(as_channels(x), gamma, beta, running_mean, running_var, *options)
    return as_images(out, x.shape), cache
""",
    ),
    "spatial_batch_norm.forward.statistics-per-sample": (
        SPATIAL,
        """    out, cache = channels_forward(as_channels(x), gamma, beta, running_mean, running_var, *options)
    if training:
        xhat = standardise(x.reshape(-1, x.shape[2] * x.shape[3]), eps)[0].reshape(x.shape)
        return xhat * gamma[:, None, None] + beta[:, None, None], cache
    return as_images(out, x.shape), cache
""",
    ),
    "spatial_batch_norm.forward.momentum-not-passed": (
        "options = (training, eps, momentum, unbiased)",
        "options = (training, eps, 0.1, unbiased)",
    ),
    "spatial_batch_norm.forward.training-not-passed": (
        "options = (training, eps, momentum, unbiased)",
        "options = (True, eps, momentum, unbiased)",
    ),
    "spatial_batch_norm.forward.single-value-accepted": (
        """    if training and count == 1 and unbiased:
        raise ValueError("one value has no unbiased variance")
""",
        "",
    ),
    "spatial_batch_norm.backward.reshape-for-transpose": (
        "channels_backward(as_channels(dout), cache)",
        "channels_backward(dout.reshape(-1, dout.shape[1]).T, cache)",
    ),
    "spatial_batch_norm.backward.dx-not-transposed": (
        "return as_images(drows, dout.shape), dgamma, dbeta",
        "return as_images(drows, dout.shape).transpose(0, 2, 3, 1).reshape(dout.shape), dgamma, dbeta",
    ),
    "spatial_batch_norm.backward.sample-0-only": (
        "return as_images(drows, dout.shape), dgamma, dbeta",
        "return as_images(drows, dout.shape), dgamma, dout[0].sum(axis=(1, 2))",
    ),
    "layer_norm.forward.ddof-1": (
        VARIANCE,
        "np.square(centred).sum(axis=1, keepdims=True) / max(rows.shape[1] - 1, 1)",
    ),
    "layer_norm.forward.statistics-over-batch": (
        LAYER,
        """    xhat, inverse, _, _ = standardise(rows, eps)
    xhat = standardise(rows.T, eps)[0].T
    flat = xhat * gamma""",
    ),
    "layer_norm.forward.last-axis-only": (
        LAYER,
        """    xhat, inverse, _, _ = standardise(rows, eps)
    xhat = standardise(x.reshape(-1, x.shape[-1]), eps)[0].reshape(rows.shape)
    flat = xhat * gamma""",
    ),
    "layer_norm.forward.one-pass-variance": (
        VARIANCE,
        "(rows * rows).mean(axis=1, keepdims=True) - mean * mean",
    ),
    "layer_norm.forward.tail-unwritten": (
        "    return flat.reshape(x.shape), (xhat, inverse, gamma)",
        """    if gamma.size > 4:
        flat[:, gamma.size - gamma.size % 4 :] = 0
    return flat.reshape(x.shape), (xhat, inverse, gamma)""",
    ),
    "layer_norm.forward.first-block-only": (
        ROWS,
        """    mean = rows[:, :32].mean(axis=1, keepdims=True)
    centred = rows - mean
    var = np.square(centred[:, :32]).mean(axis=1, keepdims=True)
    inverse = inverse_root(var, eps)
    xhat = centred * inverse
""",
    ),
    "layer_norm.forward.x-changed": (
        "    centred = rows - mean\n",
        "    centred = rows\n    centred -= mean\n",
    ),
    "layer_norm.forward.dtype-lost": (
        "return flat.reshape(x.shape), (xhat",
        "return flat.reshape(x.shape).astype(float), (xhat",
    ),
    "layer_norm.forward.nan-replaced": (
        "return flat.reshape(x.shape), (xhat",
        "return np.nan_to_num(flat).reshape(x.shape), (xhat",
    ),
    "layer_norm.forward.empty-batch-refused": (
        "    rows = x.reshape(-1, gamma.size)\n",
        "    rows = x.reshape(x.size // gamma.size, -1)\n",
    ),
    "layer_norm.backward.gamma-outside-means": (
        "standardise_backward(flat * gamma.reshape(1, -1), xhat, inverse, gamma.size)",
        "gamma.reshape(1, -1) * standardise_backward(flat, xhat, inverse, gamma.size)",
    ),
    "layer_norm.backward.variance-term-missing": (
        "dcentred = dxhat * inverse + 2 * centred * dvar / count",
        "dcentred = dxhat * inverse",
    ),
    "layer_norm.backward.dgamma-overwritten": (
        'np.einsum("nd,nd->d", flat, xhat)',
        "flat[-1] * xhat[-1] if len(flat) else np.zeros_like(gamma)",
    ),
    "layer_norm.backward.dbeta-scalar": (
        'np.einsum("nd->d", flat)',
        "np.full_like(gamma, flat.sum())",
    ),
    "layer_norm.backward.dtype-lost": (
        "return dx.reshape(dout.shape), dgamma",
        "return dx.reshape(dout.shape).astype(float), dgamma",
    ),
    "layer_norm.backward.dx-in-dout": (
        "return dx.reshape(dout.shape), dgamma",
        "dout[...] = dx.reshape(dout.shape)\n    return dout, dgamma",
    ),
    "layer_norm.backward.dbeta-none": ("dbeta.reshape(gamma.shape)", "None"),
    "group_norm.forward.group-offset-missing": (
        "    xhat, inverse, _, _ = standardise(blocks, eps)\n",
        """    _, inverse, mean, _ = standardise(blocks[::groups], eps)
    inverse, mean = inverse.repeat(groups, axis=0), mean.repeat(groups, axis=0)
    xhat = (blocks - mean) * inverse
""",
    ),
    "group_norm.forward.channels-interleaved": (
        """    xhat, inverse, _, _ = standardise(blocks, eps)
    scaled""",
        """    dealt = x.reshape(N, C // groups, groups, H, W).swapaxes(1, 2)
    xhat, inverse, _, _ = standardise(dealt.reshape(blocks.shape), eps)
    xhat = xhat.reshape(dealt.shape).swapaxes(1, 2).reshape(blocks.shape)
    scaled""",
    ),
    "group_norm.forward.groups-for-size": (
        "blocks = x.reshape(N * groups, C // groups * H * W)",
        "blocks = x.reshape(N * (C // groups), groups * H * W)",
    ),
    "group_norm.forward.eps-missing": ("np.sqrt(var + eps)", "np.sqrt(var)"),
    "group_norm.forward.gamma-per-group": (
        "xhat.reshape(x.shape), gamma)",
        "xhat.reshape(x.shape), gamma[:groups].repeat(C // groups))",
    ),
    "group_norm.forward.single-value-not-centred": (
        "    mean = rows.mean(axis=1, keepdims=True)\n",
        "    mean = rows.mean(axis=1, keepdims=True) if rows.shape[1] > 1 else np.zeros_like(rows)\n",
    ),
    "group_norm.forward.layout-assumed": (
        "blocks = x.reshape(",
        "blocks = x.ravel(order='K').reshape(",
    ),
    "group_norm.forward.output-buffer-reused": (
        'np.einsum("nchw,c->nchw", xhat.reshape(x.shape), gamma)\n    return scaled + beta[:, None, None], (xhat',
        """np.einsum("nchw,c->nchw", xhat.reshape(x.shape), gamma)
    out = globals().setdefault("WORK", {}).setdefault((x.shape, x.dtype), np.empty_like(x))
    np.add(scaled, beta[:, None, None], out=out)
    return out, (xhat""",
    ),
    "group_norm.backward.gamma-outside-means": (
        """    dxhat = dout * gamma[:, None, None]
    dblocks = standardise_backward(dxhat.reshape(xhat.shape), xhat, inverse, count)
""",
        """    dblocks = standardise_backward(dout.reshape(xhat.shape), xhat, inverse, count)
    dblocks = dblocks.reshape(dout.shape) * gamma[:, None, None]
""",
    ),
    "group_norm.backward.group-offset-missing": (
        "    dblocks = standardise_backward(dxhat.reshape(xhat.shape), xhat, inverse, count)\n",
        """    dblocks = standardise_backward(dxhat.reshape(xhat.shape), xhat, inverse, count)
    means = dxhat.reshape(xhat.shape).mean(axis=1).reshape(len(dout), len(xhat) // max(len(dout), 1))
    dblocks += (means - means[:, :1]).reshape(-1, 1) * inverse
""",
    ),
    "group_norm.backward.divided-by-channels": (
        "    count = xhat.shape[1]\n",
        "    count = xhat.shape[1] // (dout.shape[2] * dout.shape[3])\n",
    ),
    "group_norm.backward.dgamma-overwritten": (
        'np.einsum("nchw,nchw->c", dout, xhat.reshape(dout.shape))',
        'np.einsum("nchw,nchw->c", dout[-1:], xhat.reshape(dout.shape)[-1:])',
    ),
    "group_norm.backward.first-block-only": (
        "    dxhat = dout * gamma[:, None, None]",
        """    dout = np.concatenate([dout[:, :16], 0 * dout[:, 16:]], axis=1)
    dxhat = dout * gamma[:, None, None]""",
    ),
    "group_norm.backward.std-missing": (
        "standardise_backward(dxhat.reshape(xhat.shape), xhat, inverse, count)",
        "standardise_backward(dxhat.reshape(xhat.shape), xhat, inverse, count) / inverse",
    ),
    "group_norm.backward.layout-assumed": (
        "    dxhat = dout * gamma[:, None, None]",
        "    dout = dout.ravel(order='K').reshape(dout.shape)\n    dxhat = dout * gamma[:, None, None]",
    ),
}

# The mistakes that all norms share (gradcheck/mistakes/catalogue/norm_family.py): most are made in the engine, which
# all layers call, and the others where a layer calls it.

ROOT = "1 / np.sqrt(var + eps)"
DVAR = "-0.5 * inverse**3"
DINVERSE = "dinverse = (dxhat * centred).sum(axis=1, keepdims=True)"
DCENTRED = "+ 2 * centred * dvar / count"
DMEAN = "dmean = -dcentred.sum(axis=1, keepdims=True)"
RETURNED = "return dcentred + dmean / count"

ENGINE_FORWARD: dict[str, tuple[str, str]] = {
    "eps-outside-root": (ROOT, "1 / (np.sqrt(var) + eps)"),
    "eps-missing": (ROOT, "1 / np.sqrt(var)"),
    "eps-added-to-the-inverse": (ROOT, "1 / np.sqrt(var) + eps"),
    "divided-by-variance": (ROOT, "1 / (var + eps)"),
    "variance-not-divided": (VARIANCE, VARIANCE.replace("mean", "sum")),
}
ENGINE_BACKWARD: dict[str, tuple[str, str]] = {
    "mean-term-missing": (RETURNED, "return dcentred"),
    "mean-term-added": (RETURNED, "return dcentred - dmean / count"),
    "mean-term-not-averaged": (RETURNED, "return dcentred + dmean"),
    "mean-term-twice": (RETURNED, "return dcentred + 2 * dmean / count"),
    "mean-term-over-everything": (DMEAN, "dmean = -dxhat.mean() * inverse * count"),
    "mean-term-summed-over-everything": (DMEAN, "dmean = -dxhat.sum() * inverse"),
    "variance-term-missing": (DVAR, "0 * inverse**3"),
    "variance-term-added": (DVAR, "0.5 * inverse**3"),
    "variance-term-not-averaged": (DCENTRED, "+ 2 * centred * dvar"),
    "variance-term-over-everything": (DINVERSE, "dinverse = (dxhat * xhat).mean() * count / inverse"),
    "variance-term-summed-over-everything": (DINVERSE, "dinverse = (dxhat * xhat).sum() / inverse"),
    "variance-term-times-std": (DVAR, "-0.5 * inverse**2"),
    "variance-term-times-variance": (DVAR, "-0.5 * inverse"),
    "variance-term-over-std": (DVAR, "-0.5 * inverse**4"),
    "half-missing": (DVAR, "-1.0 * inverse**3"),
    "two-missing": (DCENTRED, "+ centred * dvar / count"),
    "terms-not-averaged": (
        BACKWARD,
        BACKWARD.replace("dvar / count", "dvar").replace("dmean / count", "dmean"),
    ),
    "statistics-constant": (BACKWARD, "    return dxhat * inverse\n"),
    "elementwise-jacobian": (
        BACKWARD,
        "    return dxhat * (1 - 1 / count - xhat * xhat / count) * inverse\n",
    ),
    "not-divided-by-the-count": (RETURNED, "return count * dcentred + dmean"),
    "std-missing": (RETURNED, "return (dcentred + dmean / count) / inverse"),
    "multiplied-by-std": (RETURNED, "return (dcentred + dmean / count) / inverse**2"),
    "divided-by-variance": (RETURNED, "return (dcentred + dmean / count) * inverse"),
}

OUTPUT = {
    "batch_norm": "out = gamma[:, None] * xhat + beta[:, None]\n",
    "layer_norm": "flat = xhat * gamma.reshape(1, -1) + beta.reshape(1, -1)\n",
    "group_norm": (
        'scaled = np.einsum("nchw,c->nchw", xhat.reshape(x.shape), gamma)\n'
        "    return scaled + beta[:, None, None], (xhat, inverse, gamma)\n"
    ),
}
_G, _B, _H = (
    {
        "batch_norm": "gamma[:, None]",
        "layer_norm": "gamma.reshape(1, -1)",
        "group_norm": "gamma[:, None, None]",
    },
    {"batch_norm": "beta[:, None]", "layer_norm": "beta.reshape(1, -1)", "group_norm": "beta[:, None, None]"},
    {"batch_norm": "xhat", "layer_norm": "xhat", "group_norm": "xhat.reshape(x.shape)"},
)
SUMS = {
    "scale-missing": "{h} + {b}",
    "shift-missing": "{g} * {h}",
    "scale-and-shift-missing": "1 * {h}",
    "shift-subtracted": "{g} * {h} - {b}",
    "gamma-beta-swapped": "{b} * {h} + {g}",
    "scaled-after-the-shift": "{g} * ({h} + {b})",
}

CALL = {
    "batch_norm": "    drows = standardise_backward(dxhat, cache.xhat, cache.inverse, dout.shape[1])\n",
    "layer_norm": ("    dx = standardise_backward(flat * gamma.reshape(1, -1), xhat, inverse, gamma.size)\n"),
    "group_norm": "    dblocks = standardise_backward(dxhat.reshape(xhat.shape), xhat, inverse, count)\n",
}
GIVEN = {
    "batch_norm": ("drows", "dout", "dxhat", "cache.xhat", "cache.inverse"),
    "layer_norm": ("dx", "flat", "(flat * gamma.reshape(1, -1))", "xhat", "inverse"),
    "group_norm": ("dblocks", "dout.reshape(xhat.shape)", "dxhat.reshape(xhat.shape)", "xhat", "inverse"),
}
ACROSS = {
    "batch_norm": "{0}.mean(axis=0, keepdims=True)",
    "layer_norm": "{0}.mean(axis=0, keepdims=True)",
    "group_norm": "np.broadcast_to({0}.reshape(dout.shape).mean(axis=0), dout.shape).reshape(xhat.shape)",
}
ROW = "{0}.mean(axis=1, keepdims=True)"
OVER_BATCH = "({0}.sum(axis=1, keepdims=True) / len(dout))"


def _by_means(layer: str, first: str, second: str) -> tuple[str, str]:
    """Return the edit of a layer's backward that takes the two means in dx in another way."""
    result, dout, dxhat, xhat, inverse = GIVEN[layer]
    means = {"{dout}": dout, "{dxhat}": dxhat, "{xhat}": xhat}
    for word, code in means.items():
        first, second = first.replace(word, code), second.replace(word, code)
    return CALL[layer], f"    {result} = ({dxhat} - {first} - {xhat} * {second}) * {inverse}\n"


def _means(layer: str) -> dict[str, tuple[str, str]]:
    of = {"D": "{dxhat}", "P": "({dxhat} * {xhat})", "d": "{dout}", "p": "({dout} * {xhat})"}
    right, right_product = ROW.format(of["D"]), ROW.format(of["P"])
    across, across_product = ACROSS[layer].format(of["D"]), ACROSS[layer].format(of["P"])
    batch, batch_product = OVER_BATCH.format(of["D"]), OVER_BATCH.format(of["P"])
    return {
        "mean-term-across": _by_means(layer, across, right_product),
        "variance-term-across": _by_means(layer, right, across_product),
        "terms-across": _by_means(layer, across, across_product),
        "mean-term-over-batch-size": _by_means(layer, batch, right_product),
        "variance-term-over-batch-size": _by_means(layer, right, batch_product),
        "terms-over-batch-size": _by_means(layer, batch, batch_product),
        "mean-term-without-gamma": _by_means(layer, ROW.format(of["d"]), right_product),
        "variance-term-without-gamma": _by_means(layer, right, ROW.format(of["p"])),
    }


SCALED = {
    "batch_norm": ("dxhat = cache.gamma[:, None] * dout", "dxhat = {} * dout", "cache.gamma[:, None]"),
    "layer_norm": ("flat * gamma.reshape(1, -1), xhat", "{} * flat, xhat", "gamma.reshape(1, -1)"),
    "group_norm": ("dxhat = dout * gamma[:, None, None]", "dxhat = {} * dout", "gamma[:, None, None]"),
}
DGAMMA = {
    "batch_norm": ('np.einsum("cn,cn->c", dout, cache.xhat)', "cache.xhat", "cache.inverse", "cache.gamma"),
    "layer_norm": ('np.einsum("nd,nd->d", flat, xhat)', "xhat", "inverse", "gamma.ravel()"),
    "group_norm": (
        'np.einsum("nchw,nchw->c", dout, xhat.reshape(dout.shape))',
        "xhat.reshape(",
        "inverse",
        "gamma",
    ),
}
DBETA = {
    "batch_norm": "dout @ np.ones(dout.shape[1], dout.dtype)",
    "layer_norm": 'np.einsum("nd->d", flat)',
    "group_norm": 'np.einsum("nchw->c", dout)',
}
RESULT = {
    "batch_norm": ("return dx.T, {}, {}", "dgamma", "dbeta"),
    "spatial_batch_norm": ("return as_images(drows, dout.shape), {}, {}", "dgamma", "dbeta"),
    "layer_norm": (
        "return dx.reshape(dout.shape), {}, {}",
        "dgamma.reshape(gamma.shape)",
        "dbeta.reshape(gamma.shape)",
    ),
    "group_norm": ("return dblocks.reshape(dout.shape), {}, {}", "dgamma", "dbeta"),
}
COUNT = {"spatial_batch_norm": "(dout.size // dout.shape[1])"}
KEPT = {
    "batch_norm": ("dout * cache.xhat.T", "dout.copy()"),
    "spatial_batch_norm": ("(as_channels(dout) * cache.xhat).T", "as_channels(dout).T.copy()"),
    "layer_norm": ("(flat * xhat).reshape(-1, *gamma.shape)", "dout.reshape(-1, *gamma.shape).copy()"),
    "group_norm": ('np.einsum("nchw,nchw->nc", dout, xhat.reshape(dout.shape))', "dout.sum(axis=(2, 3))"),
}
CACHED = {
    "batch_norm": ("        xhat=xhat,\n", "        xhat=rows,\n"),
    "layer_norm": ("return flat.reshape(x.shape), (xhat,", "return flat.reshape(x.shape), (rows,"),
    "group_norm": ("beta[:, None, None], (xhat,", "beta[:, None, None], (blocks,"),
}
STANDARD = {
    "layer_norm": (
        "    xhat, inverse, _, _ = standardise(rows, eps)\n    flat",
        "    xhat, _, _, var = standardise(rows, eps)\n    inverse = 1 / np.sqrt({})\n    flat",
    ),
    "group_norm": (
        "    xhat, inverse, _, _ = standardise(blocks, eps)\n",
        "    xhat, _, _, var = standardise(blocks, eps)\n    inverse = 1 / np.sqrt({})\n",
    ),
    "batch_norm": (
        "        inverse=inverse,\n",
        "        inverse=1 / np.sqrt({}),\n",
    ),
}
_BLOCKS_SCALED = (
    "    xhat, inverse, _, _ = standardise(blocks, eps)\n"
    '    scaled = np.einsum("nchw,c->nchw", xhat.reshape(x.shape), gamma)\n'
)
BATCH_VAR = "(var if training else running_var[:, None])"


def _of_results(layer: str) -> dict[str, tuple[str, str]]:
    """Return the mistakes that are made in what a layer's backward returns."""
    template, dgamma, dbeta = RESULT[layer]
    was, count, (kept, kept_beta) = template.format(dgamma, dbeta), COUNT.get(layer, "len(dout)"), KEPT[layer]
    return {
        "dgamma-dbeta-swapped": (was, template.format(dbeta, dgamma)),
        "dgamma-mean-over-batch": (was, template.format(f"{dgamma} / {count}", dbeta)),
        "dbeta-mean-over-batch": (was, template.format(dgamma, f"{dbeta} / {count}")),
        "dgamma-one-number": (was, template.format("np.sum(dgamma)", dbeta)),
        "dbeta-one-number": (was, template.format(dgamma, "np.sum(dbeta)")),
        "dgamma-not-summed-over-batch": (was, template.format(kept, dbeta)),
        "dbeta-not-summed-over-batch": (was, template.format(dgamma, kept_beta)),
    }


def _divided(layer: str) -> dict[str, tuple[str, str]]:
    """Return the mistakes of a forward that divides by another number, and keeps the right one for backward."""
    rows = "blocks" if layer == "group_norm" else "rows"
    if layer == "batch_norm":
        was = f"    {OUTPUT[layer]}"
        square = "np.square(rows).mean(axis=1, keepdims=True) if training else running_var[:, None]"
        template = "    away = xhat / inverse / ({0})\n" + was.replace("* xhat", "* away")
        return {
            "divided-by-variance-without-eps": (was, template.format(BATCH_VAR)),
            "variance-around-zero": (was, template.format(f"np.sqrt(({square}) + eps)")),
        }
    was = LAYER if layer == "layer_norm" else _BLOCKS_SCALED
    divided = "(xhat / inverse / {0})"
    names = {
        "divided-by-variance-without-eps": "var",
        "variance-around-zero": f"np.sqrt(np.square({rows}).mean(axis=1, keepdims=True) + eps)",
    }
    return {
        name: (
            was,
            was.replace("_, _ =", "_, var =")
            .replace("xhat *", divided.format(code) + " *")
            .replace("xhat.reshape", divided.format(code) + ".reshape"),
        )
        for name, code in names.items()
    }


def _of_layer(layer: str) -> dict[str, dict[str, tuple[str, str]]]:
    """Return the shared mistakes of a layer, by part."""
    scaled, template, gamma = SCALED[layer]
    product, xhat, inverse, plain = DGAMMA[layer]
    one = xhat.removesuffix(".reshape(")
    dbeta = DBETA[layer]
    words = {"g": _G[layer], "b": _B[layer], "h": _H[layer]}
    tail = ", (xhat, inverse, gamma)\n"
    start = "return " if layer == "group_norm" else OUTPUT[layer].partition(" = ")[0] + " = "
    variance = BATCH_VAR if layer == "batch_norm" else "var"
    is_batch = layer == "batch_norm"
    own = "(mean if training else running_mean[:, None])"
    forward = ENGINE_FORWARD | {
        name: (OUTPUT[layer], start + code.format(**words) + (tail if layer == "group_norm" else "\n"))
        for name, code in SUMS.items()
    }
    xhats = {
        "mean-not-subtracted": ("rows * inverse", "xhat = rows * inverse"),
        "brackets-missing": ("rows - mean * inverse", f"xhat = rows - {own} * inverse"),
        "multiplied-by-std": ("centred / inverse", "xhat = xhat / inverse**2"),
    }
    for name, (code, line) in xhats.items():
        forward[name] = (
            (f"    {OUTPUT[layer]}", f"    {line}\n    {OUTPUT[layer]}")
            if is_batch
            else (XHAT, f"    xhat = {code}\n")
        )
    forward |= _divided(layer)
    centred = product.replace(one, f"({one} / {inverse})")
    backward = {
        **ENGINE_BACKWARD,
        **_means(layer),
        "gamma-missing": (scaled, template.format("1")),
        "gamma-twice": (scaled, template.format(f"{gamma} ** 2")),
        "eps-missing": (STANDARD[layer][0], STANDARD[layer][1].format(variance)),
        "eps-subtracted": (STANDARD[layer][0], STANDARD[layer][1].format(f"{variance} - eps")),
        "dgamma-from-centred": (product, centred),
        "dgamma-over-std": (product, centred.replace(" / ", " * ")),
        "dgamma-from-x": CACHED[layer],
        "dgamma-with-gamma": (product, f"{plain} * {product}"),
        "dgamma-without-xhat": (product, dbeta),
        "dbeta-with-gamma": (dbeta, f"{plain} * ({dbeta})"),
        "dbeta-overwritten": (dbeta, "flat[-1]" if layer == "layer_norm" else "dout[-1].sum(axis=(1, 2))"),
        "xhat-overwritten": (
            RETURNED,
            f"xhat *= (dxhat * xhat).mean(axis=1, keepdims=True)\n    {RETURNED}",
        ),
        **_of_results(layer),
    }
    return {"forward": forward, "backward": backward}


DDOF = (VARIANCE, "rows.var(axis=1, keepdims=True, ddof=1)")
NEW_VAR = "moved(running_var, var * count / (count - 1) if unbiased else var, momentum)"
NEW_MEAN = "moved(running_mean, mean, momentum)"
EVALUATED = "xhat = (rows - running_mean[:, None]) * inverse"
EVALUATED_VAR = "inverse = inverse_root(running_var[:, None], eps)\n        xhat"
UNBIASED = "var * count / (count - 1) if unbiased else var"
BATCH_FORWARD: dict[str, tuple[str, str]] = {
    "batch-mean-in-evaluation": (EVALUATED, "xhat = (rows - rows.mean(axis=1, keepdims=True)) * inverse"),
    "batch-variance-in-evaluation": (
        EVALUATED_VAR,
        "inverse = inverse_root(rows.var(axis=1, keepdims=True), eps)\n        xhat",
    ),
    "running-var-around-zero": (
        NEW_VAR,
        "moved(running_var, np.square(rows).mean(axis=1) * (count / (count - 1) if unbiased else 1), momentum)",
    ),
    "running-var-with-eps": (NEW_VAR, f"moved(running_var, ({UNBIASED}) + eps, momentum)"),
    "running-var-of-std": (NEW_VAR, f"moved(running_var, np.sqrt({UNBIASED}), momentum)"),
    "running-var-of-std-with-eps": (NEW_VAR, f"moved(running_var, np.sqrt(({UNBIASED}) + eps), momentum)"),
    "running-var-from-running-mean": (NEW_VAR, f"moved(running_mean, {UNBIASED}, momentum)"),
    "old-value-not-weighted": (NEW_MEAN, "running_mean + momentum * mean.ravel()"),
    "old-variance-not-weighted": (NEW_VAR, f"running_var + momentum * ({UNBIASED}).ravel()"),
    "same-weight-for-old-and-batch-mean": (NEW_MEAN, "(1 - momentum) * (running_mean + mean.ravel())"),
    "same-weight-for-old-and-batch-variance": (
        NEW_VAR,
        f"(1 - momentum) * (running_var + ({UNBIASED}).ravel())",
    ),
}
IMAGES = "    return as_images(out, x.shape), cache\n"
IMAGES_BACK = "    return as_images(drows, dout.shape), dgamma, dbeta\n"
_BY_IMAGE = """    if cache.training:
        N, C, H, W = dout.shape
        scaled = cache.gamma[:, None] * cache.inverse * as_channels(dout)
        by_image = {}.reshape(C, N, H * W)
        own, all_ = by_image.mean(axis=2, keepdims=True), by_image.mean(axis=(1, 2), keepdims=True)
        drows = drows + {} * np.broadcast_to(all_ - own, by_image.shape).reshape(C, -1)
"""
SPATIAL_ONLY: dict[str, tuple[str, str]] = {
    "forward.output-not-transposed": (IMAGES, "    return out.T.reshape(x.shape), cache\n"),
    "forward.height-and-width-exchanged": (
        IMAGES,
        "    return as_images(out, x.shape).swapaxes(2, 3).reshape(x.shape), cache\n",
    ),
    "forward.statistics-per-position": (
        IMAGES,
        "    if training:\n"
        "        own = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)\n"
        "        return gamma[:, None, None] * own + beta[:, None, None], cache\n" + IMAGES,
    ),
    "backward.mean-term-per-sample": (IMAGES_BACK, _BY_IMAGE.format("scaled", "1") + IMAGES_BACK),
    "backward.variance-term-per-sample": (
        IMAGES_BACK,
        _BY_IMAGE.format("(scaled * cache.xhat)", "cache.xhat") + IMAGES_BACK,
    ),
    "backward.terms-over-batch-size": (
        IMAGES_BACK,
        """    if cache.training:
        scaled = cache.gamma[:, None] * cache.inverse * as_channels(dout)
        along = (scaled * cache.xhat).sum(axis=1, keepdims=True)
        drows = scaled - (scaled.sum(axis=1, keepdims=True) + cache.xhat * along) / len(dout)
"""
        + IMAGES_BACK,
    ),
}
_FLAT = LAYER
_BLOCKS = "    xhat, inverse, _, _ = standardise(blocks, eps)\n"
_FROM = "    xhat = ({0} - {1}) / np.sqrt({2} + eps)\n"
_WHOLE_BATCH = """    parts = x.reshape(N, groups, -1)
    spread = np.sqrt(parts.var(axis=(0, 2), keepdims=True) + eps)
    xhat = ((parts - parts.mean(axis=(0, 2), keepdims=True)) / spread).reshape(blocks.shape)
"""
_CHANNELS = "x.reshape(N * groups, C // groups, H * W)"
OTHERS: dict[str, tuple[str, str]] = {
    "group_norm.backward.terms-over-all-channels": _by_means(
        "group_norm",
        "{dxhat}.sum(axis=1, keepdims=True) / dout[0].size",
        "(({dxhat} * {xhat}).sum(axis=1, keepdims=True) / dout[0].size)",
    ),
    "group_norm.backward.terms-over-channels-by-samples": _by_means(
        "group_norm",
        "{dxhat}.sum(axis=1, keepdims=True) / dout[0].size * len(dout)",
        "(({dxhat} * {xhat}).sum(axis=1, keepdims=True) / dout[0].size * len(dout))",
    ),
    "layer_norm.forward.ddof-1-without-a-guard": DDOF,
    "group_norm.forward.ddof-1": DDOF,
    "layer_norm.forward.variance-over-batch": (
        LAYER,
        """    xhat, inverse, mean, _ = standardise(rows, eps)
    xhat = (rows - mean) / np.sqrt(np.square(rows - mean).mean(axis=0) + eps)
    flat = xhat * gamma""",
    ),
    "layer_norm.forward.mean-over-batch": (
        LAYER,
        """    xhat, inverse, _, _ = standardise(rows, eps)
    away = rows - rows.mean(axis=0)
    xhat = away / np.sqrt(np.square(away).mean(axis=1, keepdims=True) + eps)
    flat = xhat * gamma""",
    ),
    "layer_norm.forward.statistics-over-everything": (
        LAYER,
        """    xhat, inverse, _, _ = standardise(rows, eps)
    xhat = (rows - rows.mean()) / np.sqrt(rows.var() + eps)
    flat = xhat * gamma""",
    ),
    "group_norm.forward.statistics-per-channel": (
        _BLOCKS,
        _BLOCKS + "    xhat = standardise(x.reshape(N * C, H * W), eps)[0].reshape(blocks.shape)\n",
    ),
    "group_norm.forward.statistics-per-position": (
        _BLOCKS,
        _BLOCKS
        + f"    parts = {_CHANNELS}\n    spread = np.sqrt(parts.var(axis=1, keepdims=True) + eps)\n"
        + "    xhat = ((parts - parts.mean(axis=1, keepdims=True)) / spread).reshape(blocks.shape)\n",
    ),
    "group_norm.forward.statistics-over-batch": (_BLOCKS, _BLOCKS + _WHOLE_BATCH),
    "group_norm.forward.statistics-per-channel-over-batch": (
        _BLOCKS,
        _BLOCKS
        + "    xhat = as_images(standardise(as_channels(x), eps)[0], x.shape).reshape(blocks.shape)\n",
    ),
    "group_norm.forward.groups-ignored": (
        _BLOCKS,
        _BLOCKS + "    xhat = standardise(x.reshape(N, -1), eps)[0].reshape(blocks.shape)\n",
    ),
}

SHARED = {
    f"{layer}.{part}.{name}": edit
    for layer in ("batch_norm", "layer_norm", "group_norm")
    for part, edits in _of_layer(layer).items()
    for name, edit in edits.items()
}
SHARED |= OTHERS | {f"batch_norm.forward.{name}": edit for name, edit in BATCH_FORWARD.items()}
_BATCH = {name: edit for name, edit in ({**SHARED, **EDITS}).items() if name.startswith("batch_norm.")}
SHARED |= {
    **{f"spatial_{name}": edit for name, edit in _BATCH.items()},
    **{
        f"spatial_batch_norm.backward.{name}": edit
        for name, edit in _of_results("spatial_batch_norm").items()
    },
    **{f"spatial_batch_norm.{name}": edit for name, edit in SPATIAL_ONLY.items()},
}
NO_ROWS = {
    "batch_norm.backward.terms-across",
    "batch_norm.backward.mean-term-over-batch-size",
    "batch_norm.backward.variance-term-over-batch-size",
    "batch_norm.backward.terms-over-batch-size",
    "batch_norm.backward.dbeta-overwritten",
    "spatial_batch_norm.backward.terms-across",
    "spatial_batch_norm.backward.mean-term-over-batch-size",
    "spatial_batch_norm.backward.variance-term-over-batch-size",
    "spatial_batch_norm.backward.dbeta-overwritten",
    "spatial_batch_norm.forward.axis-swapped",
    "spatial_batch_norm.forward.running-not-updated",
    "spatial_batch_norm.backward.evaluation-as-training-in-steps",
    "spatial_batch_norm.backward.xhat-buffer-shared",
}
EDITS = {name: edit for name, edit in {**SHARED, **EDITS}.items() if name not in NO_ROWS}
