"""The mistakes of rms_norm and instance_norm, made in `sample_norm.py`: by the name of the mutant, the edit."""

SQUARE = "square = np.square(lines).mean(axis=1, keepdims=True)"
INVERSE = "    inverse = 1 / np.sqrt(square + eps)\n    unit"
UNIT = "unit = lines * inverse"
DLINES = "dlines = dunit * inverse + 2 * lines * dsquare / gamma.size"
DINVERSE = "dinverse = (dunit * lines).sum(axis=1, keepdims=True)"
HAT = "    hat = centred * inverse\n"
DX = "dx = inverse * (dhat - level - hat * slope)"
MEANS = """    level = dhat.mean(axis=(2, 3), keepdims=True)
    slope = (dhat * hat).mean(axis=(2, 3), keepdims=True)
"""

EDITS: dict[str, tuple[str, str]] = {
    "rms_norm.forward.mean-subtracted": (
        UNIT,
        "away = lines - lines.mean(axis=1, keepdims=True)\n"
        "    unit = away / np.sqrt(np.square(away).mean(axis=1, keepdims=True) + eps)",
    ),
    "rms_norm.forward.variance-for-squares": (SQUARE, "square = lines.var(axis=1, keepdims=True)"),
    "rms_norm.forward.eps-outside-root": (INVERSE, "    inverse = 1 / (np.sqrt(square) + eps)\n    unit"),
    "rms_norm.forward.squares-not-averaged": (SQUARE, SQUARE.replace("mean", "sum")),
    "rms_norm.forward.squares-over-batch": (
        UNIT,
        "unit = lines / np.sqrt(np.square(lines).mean(axis=0) + eps)",
    ),
    "rms_norm.forward.scale-missing": ("out = unit * gamma.ravel()", "out = unit.copy()"),
    "rms_norm.backward.root-term-missing": (DLINES, "dlines = dunit * inverse"),
    "rms_norm.backward.root-term-added": (DLINES, DLINES.replace("+ 2", "- 2")),
    "rms_norm.backward.root-term-not-averaged": (DLINES, DLINES.replace(" / gamma.size", "")),
    "rms_norm.backward.root-term-without-gamma": (DINVERSE, DINVERSE.replace("dunit", "flat")),
    "rms_norm.backward.mean-term-added": (
        DLINES,
        f"{DLINES} - dunit.mean(axis=1, keepdims=True) * inverse",
    ),
    "rms_norm.backward.gamma-missing": ("dunit = flat * gamma.ravel()", "dunit = flat"),
    "rms_norm.backward.dgamma-mean-over-batch": ("inverse).sum(axis=0)", "inverse).mean(axis=0)"),
    "rms_norm.backward.dgamma-overwritten": (
        "(flat * lines * inverse).sum(axis=0)",
        "(flat * lines * inverse)[-1:].sum(axis=0)",
    ),
    "instance_norm.forward.statistics-over-batch": (
        HAT,
        f"{HAT}    hat = (x - x.mean(axis=(0, 2, 3), keepdims=True))\n"
        "    hat = hat / np.sqrt(x.var(axis=(0, 2, 3), keepdims=True) + eps)\n",
    ),
    "instance_norm.forward.statistics-over-channels": (
        HAT,
        f"{HAT}    hat = (x - x.mean(axis=(1, 2, 3), keepdims=True))\n"
        "    hat = hat / np.sqrt(x.var(axis=(1, 2, 3), keepdims=True) + eps)\n",
    ),
    "instance_norm.forward.statistics-per-row": (
        HAT,
        f"{HAT}    hat = (x - x.mean(axis=3, keepdims=True)) / np.sqrt(x.var(axis=3, keepdims=True) + eps)\n",
    ),
    "instance_norm.forward.eps-outside-root": ("1 / np.sqrt(var + eps)", "1 / (np.sqrt(var) + eps)"),
    "instance_norm.forward.ddof-1": (
        "np.square(centred).mean(axis=(2, 3), keepdims=True)",
        "np.square(centred).sum(axis=(2, 3), keepdims=True) / max(x[0, 0].size - 1 if x.size else 1, 1)",
    ),
    "instance_norm.backward.statistics-constant": (DX, "dx = inverse * dhat"),
    "instance_norm.backward.mean-term-missing": (DX, DX.replace(" - level", "")),
    "instance_norm.backward.variance-term-missing": (DX, DX.replace(" - hat * slope", "")),
    "instance_norm.backward.terms-over-batch": (MEANS, MEANS.replace("(2, 3)", "(0, 2, 3)")),
    "instance_norm.backward.gamma-missing": ("dhat = gamma[:, None, None] * dout", "dhat = dout"),
    "instance_norm.backward.dgamma-overwritten": (
        'np.einsum("nchw,nchw->c", dout, hat)',
        'np.einsum("nchw,nchw->c", dout[-1:], hat[-1:])',
    ),
    "instance_norm.backward.dbeta-mean": (
        'np.einsum("nchw->c", dout)',
        "dout.mean(axis=(2, 3)).sum(axis=0)",
    ),
}
