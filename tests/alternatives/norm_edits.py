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
        "    rows = x.reshape(len(x), gamma.size)\n",
        "    rows = x.reshape(len(x), -1)\n",
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
