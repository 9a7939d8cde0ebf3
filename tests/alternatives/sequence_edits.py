"""The mistakes of the layers of sequences, made in `sequence.py`: by the mutant's name, the edit."""

TAKE = "np.take(W, x, axis=0)"
DW_TABLE = "return np.tensordot(chosen, dout, axes=((0, 1), (0, 1)))"
DW = 'np.einsum("ntd,ntm->dm", x, dout)'
DB = 'np.einsum("ntm->m", dout)'
LOSS = "np.where(weights, each, 0).sum() / len(x)"
DX = "(dout / len(p))"
PHASE = "np.where(feature % 2 == 1, np.pi / 2, 0.0)"
LAST = """dW = np.zeros((chosen.shape[2], dout.shape[2]), dout.dtype)
    for n, t in np.ndindex(dout.shape[:2]):
        dW[chosen[n, t].argmax()] = dout[n, t]
    return dW"""

EDITS: dict[str, tuple[str, str]] = {
    "word_embedding.forward.neighbouring-word": (TAKE, "np.take(np.roll(W, 1, axis=0), x, axis=0)"),
    "word_embedding.backward.repeats-overwritten": (DW_TABLE, LAST),
    "word_embedding.backward.repeats-lost-in-fancy-indexing": (
        DW_TABLE,
        LAST.replace("= dout", "= 0 + dout"),
    ),
    "word_embedding.backward.mean-over-occurrences": (
        DW_TABLE,
        DW_TABLE + " / np.maximum(chosen.sum(axis=(0, 1)), 1)[:, None]",
    ),
    "word_embedding.backward.mean-over-batch": (DW_TABLE, DW_TABLE + " / max(len(dout), 1)"),
    "word_embedding.backward.first-word-as-padding": (
        DW_TABLE,
        DW_TABLE.replace("return", "dW =") + "\n    dW[:1] = 0\n    return dW",
    ),
    "temporal_affine.forward.bias-missing": ("    out = out + b\n", ""),
    "temporal_affine.forward.times-and-samples-exchanged": (
        "out = out + b",
        "out = (out + b).transpose(1, 0, 2).reshape(out.shape)",
    ),
    "temporal_affine.forward.first-time-only": ("out = out + b", "out = out + b\n    out[:, 1:] = 0"),
    "temporal_affine.backward.dw-of-the-last-time": (DW, 'np.einsum("nd,nm->dm", x[:, -1], dout[:, -1])'),
    "temporal_affine.backward.db-of-the-last-time": (DB, 'np.einsum("nm->m", dout[:, -1])'),
    "temporal_affine.backward.db-not-summed-over-time": (DB, 'np.einsum("ntm->tm", dout)'),
    "temporal_affine.backward.db-mean-over-time": (DB, DB + " / dout.shape[1]"),
    "temporal_affine.backward.dw-mean-over-time": (DW, DW + " / dout.shape[1]"),
    "temporal_affine.backward.weights-transposed": (
        'np.einsum("ntm,dm->ntd", dout, w)',
        'np.einsum("ntm,md->ntd", dout, w.reshape(w.shape[::-1]))',
    ),
    "temporal_softmax_loss.forward.mean-over-all-words": (LOSS, "np.where(weights, each, 0).mean()"),
    "temporal_softmax_loss.forward.mean-over-counted-words": (LOSS, "each[weights].mean()"),
    "temporal_softmax_loss.forward.mean-missing": (LOSS, "np.where(weights, each, 0).sum()"),
    "temporal_softmax_loss.forward.mask-forgotten": (LOSS, "each.sum() / len(x)"),
    "temporal_softmax_loss.forward.mask-inverted": (LOSS, "np.where(weights, 0, each).sum() / len(x)"),
    "temporal_softmax_loss.forward.shift-missing": (
        "    shifted = x - x.max(axis=2, keepdims=True)\n",
        "    shifted = x\n",
    ),
    "temporal_softmax_loss.forward.softmax-over-time": (
        "np.exp(shifted).sum(axis=2)",
        """np.stack([
        np.exp(np.take_along_axis(x, y[:, None, at : at + 1], axis=2)[..., 0]
               - x[:, at].max(axis=1, keepdims=True)).sum(axis=1) for at in range(x.shape[1])], axis=1)""",
    ),
    "temporal_softmax_loss.backward.mean-over-all-words": (DX, "(dout / y.size)"),
    "temporal_softmax_loss.backward.mean-over-counted-words": (DX, "(dout / max(mask.sum(), 1))"),
    "temporal_softmax_loss.backward.mean-missing": (DX, "dout"),
    "temporal_softmax_loss.backward.mask-forgotten": ("np.where(weights, p - truth, 0)", "(p - truth)"),
    "temporal_softmax_loss.backward.one-hot-missing": ("p - truth", "p"),
    "positional_encoding.forward.sine-and-cosine-exchanged": (PHASE, PHASE.replace("== 1", "== 0")),
    "positional_encoding.forward.halves-instead-of-pairs": (
        "table = np.sin(np.outer(time, slow) + phase)",
        """table = np.sin(np.outer(time, slow) + phase)
    table = np.concatenate([table[:, 0::2], table[:, 1::2]], axis=1)""",
    ),
    "positional_encoding.forward.exponent-not-doubled": ("* pairs /", "* pairs / 2 /"),
    "positional_encoding.forward.exponent-of-the-feature": ("* pairs /", "* feature /"),
    "positional_encoding.forward.base-of-thousand": ("np.log(1e4)", "np.log(1e3)"),
    "positional_encoding.forward.times-from-one": ("np.arange(times)", "np.arange(1, times + 1)"),
    "positional_encoding.forward.not-added": ("x + table.astype(x.dtype)", "0 * x + table.astype(x.dtype)"),
    "positional_encoding.backward.table-in-the-gradient": (
        "return dout.copy()",
        "return positional_encoding_forward(dout)[0]",
    ),
}
