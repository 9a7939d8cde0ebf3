"""The mistakes of the losses, made in `loss.py`: by the name of the mutant, what is replaced and by what."""

SHIFT = "shifted = x - x.max(axis=1, keepdims=True)"
SOFTMAX_LOSS = "loss = -log_p[rows, y].mean()"
SOFTMAX_DX = "dx = np.asarray((p - truth) * (dout / samples), dtype=p.dtype)"
ZEROED = "np.where(counts[:, None], dx, 0)"
ALL_ROWS = "-log_p[rows, y].sum() / len(every)"
SVM_LOSS = """    costs[np.arange(len(x)), y] = 0
    loss = costs.sum() / len(x)
"""
SVM_OWN = "    weights[rows, y] = -weights.sum(axis=1)\n"
SVM_DX = "return weights * (dout / len(y)).astype(x.dtype)"
MSE_LOSS = "loss = np.square(error).mean()"
MSE_SCALE = "per_entry = dout / x.size"

EDITS: dict[str, tuple[str, str]] = {
    "softmax_loss.forward.mean-missing": (SOFTMAX_LOSS, "loss = -log_p[rows, y].sum()"),
    "softmax_loss.forward.mean-over-classes": (SOFTMAX_LOSS, "loss = -log_p[rows, y].sum() / x.shape[1]"),
    "softmax_loss.forward.shift-missing": (SHIFT, "shifted = x"),
    "softmax_loss.forward.shift-by-global-max": (SHIFT, "shifted = x - x.max()"),
    "softmax_loss.forward.log-of-zero": (
        SOFTMAX_LOSS,
        "loss = -np.log(np.exp(shifted) / partition)[rows, y].mean()",
    ),
    "softmax_loss.forward.log-with-epsilon": (
        SOFTMAX_LOSS,
        "loss = -np.log(np.exp(log_p)[rows, y] + 1e-8).mean()",
    ),
    "softmax_loss.forward.sum-over-whole-batch": (
        "partition = np.exp(shifted).sum(axis=1, keepdims=True)",
        "partition = np.exp(x - x.max(axis=1)[:, None, None]).sum(axis=(1, 2))[:, None]",
    ),
    "softmax_loss.forward.labels-from-one": (SOFTMAX_LOSS, "loss = -log_p[rows, y - 1].mean()"),
    "softmax_loss.backward.mean-missing": (
        SOFTMAX_DX,
        "dx = np.asarray((p - truth) * dout, dtype=p.dtype)",
    ),
    "softmax_loss.backward.mean-over-classes": (SOFTMAX_DX, SOFTMAX_DX.replace("samples", "classes")),
    "softmax_loss.backward.one-hot-missing": (SOFTMAX_DX, SOFTMAX_DX.replace("(p - truth)", "p")),
    "softmax_loss.backward.one-hot-in-all-rows": ("p - truth", "p - (truth & counts[:, None]).any(axis=0)"),
    "softmax_loss.backward.sign-flipped": ("p - truth", "truth - p"),
    "softmax_loss.backward.dout-ignored": ("(dout / samples)", "(1 / samples)"),
    "softmax_loss.backward.cache-changed": (
        SOFTMAX_DX,
        "p[counts, y[counts]] -= 1\n    dx = np.asarray(p * (dout / samples), dtype=p.dtype)",
    ),
    "svm_loss.forward.label-counted": (SVM_LOSS, "    loss = costs.sum() / len(x)\n"),
    "svm_loss.forward.margin-missing": ("np.maximum(x - own + margin, 0)", "np.maximum(x - own, 0)"),
    "svm_loss.forward.margin-hard-coded": ("np.maximum(x - own + margin, 0)", "np.maximum(x - own + 1, 0)"),
    "svm_loss.forward.clip-missing": ("np.maximum(x - own + margin, 0)", "x - own + margin"),
    "svm_loss.forward.worst-class-only": (
        SVM_LOSS,
        SVM_LOSS.replace("costs.sum()", "costs.max(axis=1).sum()"),
    ),
    "svm_loss.forward.mean-missing": (SVM_LOSS, SVM_LOSS.replace(" / len(x)", "")),
    "svm_loss.backward.label-gradient-missing": (SVM_OWN, ""),
    "svm_loss.backward.label-gradient-assigned": (
        SVM_OWN,
        "    weights[rows, y] = -(weights > 0).any(axis=1).astype(x.dtype)\n",
    ),
    "svm_loss.backward.margin-ignored": ("[:, None] + margin > 0", "[:, None] > 0"),
    "svm_loss.backward.excess-for-slope": (
        "(x - x[rows, y][:, None] + margin > 0).astype(x.dtype)",
        "np.fmax(x - x[rows, y][:, None] + margin, 0)",
    ),
    "svm_loss.backward.mean-missing": (SVM_DX, "return weights * dout.astype(x.dtype)"),
    "svm_loss.backward.dout-ignored": (SVM_DX, "return weights / len(y)"),
    "mse_loss.forward.mean-missing": (MSE_LOSS, "loss = np.square(error).sum()"),
    "mse_loss.forward.mean-over-batch-only": (MSE_LOSS, "loss = np.square(error).sum() / len(x)"),
    "mse_loss.forward.halved": (MSE_LOSS, "loss = np.square(error).mean() / 2"),
    "mse_loss.forward.root-taken": (MSE_LOSS, "loss = np.sqrt(np.square(error).mean())"),
    "mse_loss.forward.x-overwritten": (
        "    error = x - y\n    loss",
        "    error = np.subtract(x, y, out=x)\n    loss",
    ),
    "mse_loss.backward.factor-two-missing": ("(error + error)", "error"),
    "mse_loss.backward.mean-missing": (MSE_SCALE, "per_entry = dout"),
    "mse_loss.backward.mean-over-batch-only": (MSE_SCALE, "per_entry = dout / len(x)"),
    "mse_loss.backward.sign-flipped": ("return (error + error)", "return -(error + error)"),
    "mse_loss.backward.dout-ignored": (MSE_SCALE, "per_entry = 1 / x.size"),
}

EDITS |= {
    "softmax_loss.forward.mean-over-ignored-rows": (SOFTMAX_LOSS, f"loss = {ALL_ROWS}"),
    "softmax_loss.forward.ignored-rows-counted": (
        "y != ignore_index",
        "(y >= 0) & (y < x.shape[1])",
    ),
    "softmax_loss.backward.ignored-rows-not-zeroed": (ZEROED, "dx"),
    "softmax_loss.backward.ignored-rows-of-class-0": (
        "truth = y[:, None]",
        "counts, y = np.ones(len(y), bool), np.where(counts, y, 0)\n    truth = y[:, None]",
    ),
    "softmax_loss.backward.mean-over-ignored-rows": ("counts.sum(), p.shape[1]", "p.shape"),
    "softmax_loss.forward.sign-missing": ("-log_p[rows, y].mean()", "log_p[rows, y].mean()"),
    "softmax_loss.backward.one-hot-times-n": ("(p - truth)", "(p - samples * truth)"),
    "softmax_loss.backward.divided-twice": ("(dout / samples)", "(dout / samples**2)"),
    "softmax_loss.backward.shift-missing": (
        "(np.exp(log_p), every, counts)",
        "(np.exp(x) / np.exp(x).sum(axis=1, keepdims=True), every, counts)",
    ),
    "svm_loss.backward.label-gradient-of-minus-one": ("-weights.sum(axis=1)", "-1"),
    "svm_loss.backward.label-gradient-for-every-class": ("-weights.sum(axis=1)", "1 - x.shape[1]"),
    "svm_loss.backward.label-counted": ("-weights.sum(axis=1)", "-weights.sum(axis=1) - 1"),
    "svm_loss.forward.mean-over-classes": ("costs.sum() / len(x)", "costs.sum() / x.shape[1]"),
    "svm_loss.backward.mean-over-classes": ("(dout / len(y))", "(dout / x.shape[1])"),
    "svm_loss.backward.sign-flipped": ("return weights *", "return -weights *"),
}
