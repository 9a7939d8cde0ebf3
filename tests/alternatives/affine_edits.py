"""The mistakes of affine, made in `affine.py`: by the name of the mutant, what is replaced and by what."""

FLAT = """    flat = x.reshape(len(x), w.shape[0])
    out"""
OUT = 'np.einsum("nd,dm->nm", flat, w)'
DX = 'np.einsum("nm,dm->nd", dout, w)'
DW = 'np.einsum("nd,nm->dm", flat, dout)'
DB = 'None if b is None else np.einsum("nm->m", dout)'

EDITS: dict[str, tuple[str, str]] = {
    "affine.forward.bias-missing": ("out = out + b", "pass"),
    "affine.forward.weights-transposed": (OUT, 'np.einsum("nd,md->nm", flat, w.reshape(w.shape[::-1]))'),
    "affine.forward.flattened-in-another-order": (FLAT, FLAT.replace("0])", '0], order="F")')),
    "affine.forward.first-sample-only": ("return out", "out[1:] = 0\n    return out"),
    "affine.forward.accumulated-in-float32": (OUT, OUT + ".astype(np.float32).astype(x.dtype)"),
    "affine.forward.dtype-lost": (OUT, OUT + ".astype(np.float64)"),
    "affine.forward.empty-batch-fails": (FLAT, FLAT.replace("w.shape[0]", "-1")),
    "affine.backward.dx-not-reshaped": (DX + ".reshape(x.shape)", DX),
    "affine.backward.weights-transposed": (DX, 'np.einsum("nm,md->nd", dout, w.reshape(w.shape[::-1]))'),
    "affine.backward.dw-transposed": (DW, DW.replace("dm", "md")),
    "affine.backward.dw-of-the-last-sample": (DW, 'np.einsum("nd,nm->dm", flat[-1:], dout[-1:])'),
    "affine.backward.dw-mean-over-batch": (DW, DW + " / max(len(x), 1)"),
    "affine.backward.db-of-the-last-sample": (DB, DB.replace("dout", "dout[-1:]")),
    "affine.backward.db-mean-over-batch": (DB, DB + " / max(len(x), 1)"),
    "affine.backward.db-one-number-for-all": (DB, "None if b is None else np.full_like(b, dout.sum())"),
    "affine.backward.cache-shared": (
        "return out, (x, w, b)",
        """shared = globals().setdefault("shared", [])
    shared[:] = x, w, b
    return out, shared""",
    ),
}

EDITS |= {
    "affine.forward.bias-subtracted": ("out = out + b", "out = out - b"),
    "affine.forward.bias-added-twice": ("out = out + b", "out = out + b + b"),
    "affine.backward.db-not-summed": ('np.einsum("nm->m", dout)', "dout.copy()"),
    "affine.backward.dx-mean-over-batch": (
        'np.einsum("nm,dm->nd", dout, w).reshape(x.shape)',
        'np.einsum("nm,dm->nd", dout, w).reshape(x.shape) / len(x)',
    ),
}
