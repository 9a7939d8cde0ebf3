"""The mistakes of attention, made in `attention.py`: by the mutant's name, the edit."""

SCALE = "scale = q.shape[-1] ** -0.5"
BACK_SCALE = "scale = q.dtype.type(q.shape[-1] ** -0.5)"
OUT = 'out = np.einsum("...st,...te->...se", p, v)'
RETURNED = "return out, (q, k, v, p)"
SEEN = "np.broadcast_to(mask, shape)"
LATE = "late = np.arange(shape[-1]) > np.arange(shape[-2])[:, None]"
DS = "ds = p * (dp - paths)"
DK = 'np.einsum("...st,...sd->...td", ds, q)'
DV = 'np.einsum("...st,...se->...te", p, dout)'

ONE: dict[str, tuple[str, str]] = {
    "forward.scale-forgotten": (SCALE, "scale = 1"),
    "forward.scale-without-root": (SCALE, "scale = 1 / q.shape[-1]"),
    "forward.scale-of-the-values": (SCALE, "scale = v.shape[-1] ** -0.5"),
    "forward.scale-of-the-length": (SCALE, "scale = k.shape[-2] ** -0.5"),
    "forward.scores-multiplied": (SCALE, "scale = q.shape[-1] ** 0.5"),
    "forward.softmax-over-queries": (
        OUT,
        'out = np.einsum("...st,...te->...se", softmax((scores + shut).swapaxes(-1, -2)).swapaxes(-1, -2), v)',
    ),
    "forward.mask-ignored": (SEEN, "np.full(shape, True)"),
    "forward.mask-inverted": (SEEN, "~np.broadcast_to(mask, shape)"),
    "forward.mask-after-softmax": (
        OUT,
        'out = np.einsum("...st,...te->...se", softmax(scores) * (shut == 0), v)',
    ),
    "forward.causal-without-the-diagonal": (LATE, LATE.replace(" > ", " >= ")),
    "forward.causal-sees-the-next": (LATE, LATE.replace(" > ", " > 1 + ")),
    "forward.causal-transposed": (LATE, LATE.replace(" > ", " < ")),
    "forward.causal-ignored": ("    if causal:\n        seen = seen & ~late\n", ""),
    "forward.shift-missing": ("np.exp(scores - scores.max(axis=-1, keepdims=True))", "np.exp(scores)"),
    "backward.softmax-sum-missing": (DS, "ds = p * dp"),
    "backward.softmax-like-a-sigmoid": (DS, "ds = p * (1 - p) * dp"),
    "backward.softmax-sum-over-queries": (DS, "ds = p * (dp - (p * dp).sum(axis=-2, keepdims=True))"),
    "backward.scale-missing": (BACK_SCALE, "scale = q.dtype.type(1)"),
    "backward.dq-scale-missing": ("ds, k) * scale", "ds, k)"),
    "backward.dk-scale-missing": ("ds, q) * scale", "ds, q)"),
    "backward.scale-without-root": (BACK_SCALE, "scale = q.dtype.type(1 / q.shape[-1])"),
    "backward.dk-without-transpose": (DK, "ds.reshape(p.swapaxes(-1, -2).shape) @ q"),
    "backward.dv-without-transpose": (DV, "p.reshape(p.swapaxes(-1, -2).shape) @ dout"),
    "backward.dv-of-the-last-query": (DV, 'np.einsum("...t,...e->...te", p[..., -1, :], dout[..., -1, :])'),
    "backward.dk-of-the-last-query": (DK, 'np.einsum("...t,...d->...td", ds[..., -1, :], q[..., -1, :])'),
    "backward.dv-with-the-scores-gradient": (
        "    return dq, dk, dv\n",
        '    dv = np.einsum("...st,...se->...te", ds, dout)\n    return dq, dk, dv\n',
    ),
}

MERGED = "out = merged @ Wo + bo"
GIVEN = "return dquery, dkey, dvalue, dWq, dbq, dWk, dbk, dWv, dbv, dWo, dbo"
ANEW = "scaled_dot_product_attention_forward({}, k, {}, mask, causal=causal)[0]"

MANY: dict[str, tuple[str, str]] = {
    "forward.heads-merged-without-transpose": (MERGED, "out = seen.reshape(query.shape) @ Wo + bo"),
    "forward.heads-split-without-transpose": (
        MERGED,
        """q, k, v = (
        (x @ W + b).reshape(len(x), heads, -1, x.shape[2] // heads)
        for x, W, b in ((query, Wq, bq), (key, Wk, bk), (value, Wv, bv))
    )
    out = whole(scaled_dot_product_attention_forward(q, k, v, mask, causal=causal)[0]) @ Wo + bo""",
    ),
    "forward.heads-merged-in-reverse": (MERGED, "out = whole(seen[:, ::-1]) @ Wo + bo"),
    "forward.scale-of-all-features": (
        MERGED,
        f"out = whole({ANEW.format('q / q.dtype.type(heads**0.5)', 'v')}) @ Wo + bo",
    ),
    "forward.output-projection-missing": (MERGED, "out = merged + 0 * bo"),
    "forward.bo-missing": (MERGED, "out = merged @ Wo"),
    "forward.bo-counted-per-head": (MERGED, "out = merged @ Wo + sum([bo] * heads)"),
    "forward.values-projected-as-keys": (
        MERGED,
        f"out = whole({ANEW.format('q', 'parts(value @ Wk + bk, heads)')}) @ Wo + bo",
    ),
    "forward.keys-for-values": (
        MERGED,
        f"out = whole({ANEW.format('q', 'parts(key @ Wv + bv, heads)')}) @ Wo + bo",
    ),
    "forward.mask-ignored": (SEEN, "np.full(shape, True)"),
    "forward.causal-without-the-diagonal": (LATE, LATE.replace(" > ", " >= ")),
    "backward.heads-split-without-transpose": (
        "parts(dmerged, heads)",
        "dmerged.reshape(kept[0].shape)",
    ),
    "backward.weights-not-transposed": ('"nte,fe->ntf"', '"nte,ef->ntf"'),
    "backward.softmax-sum-missing": (DS, "ds = p * dp"),
    "backward.scale-missing": (BACK_SCALE, "scale = q.dtype.type(1)"),
    "backward.dbo-counted-per-head": (GIVEN, GIVEN + " * heads"),
    "backward.dbo-not-summed-over-queries": (GIVEN, GIVEN.replace("dWo, dbo", "dWo, dout.sum(axis=0)")),
    "backward.dkey-and-dvalue-exchanged": (GIVEN, GIVEN.replace("dkey, dvalue", "dvalue, dkey")),
    "backward.dWk-from-the-values": (
        "dkey, dWk, dbk = back(whole(dk), key, Wk)",
        "dkey, _, _ = back(whole(dk), key, Wk)\n    _, dWk, dbk = back(whole(dk), value, Wk)",
    ),
}

EDITS = {f"scaled_dot_product_attention.{name}": edit for name, edit in ONE.items()}
EDITS |= {f"multi_head_attention.{name}": edit for name, edit in MANY.items()}
