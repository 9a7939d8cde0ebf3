"""The mistakes of linear classifiers, made in `linear_loss.py`: by the mutant, what is replaced and by what."""

LOSS = "loss = data + reg * np.square(w).sum()"
DW = "dw = np.tensordot(x, ds, axes=(0, 0)) + reg * (w + w) * dout"
PENALTY = "penalty = reg * np.sum(w**2)"
SVM_DW = "dw = np.dot(x.T, slopes) + w * (2 * reg * dout)"
COUNTS = "counts = (excess > 0).astype(x.dtype)\n    counts[rows, y] -= counts.sum(axis=1)"

EDITS: dict[str, tuple[str, str]] = {
    "linear_softmax_loss.forward.regularisation-missing": (LOSS, "loss = data"),
    "linear_softmax_loss.forward.regularisation-halved": (LOSS, LOSS.replace("reg", "0.5 * reg")),
    "linear_softmax_loss.forward.regularisation-averaged": (LOSS, LOSS.replace("reg", "reg / len(x)")),
    "linear_softmax_loss.forward.mean-missing": ("log_p, 0).sum() / len(x)", "log_p, 0).sum()"),
    "linear_softmax_loss.forward.shift-missing": ("scores.max(axis=1, keepdims=True)", "0.0"),
    "linear_softmax_loss.backward.regularisation-missing": (DW, DW.replace("reg * (w + w)", "0")),
    "linear_softmax_loss.backward.factor-two-missing": (DW, DW.replace("(w + w)", "w")),
    "linear_softmax_loss.backward.regularisation-averaged": (DW, DW.replace("(w + w)", "(w + w) / len(x)")),
    "linear_softmax_loss.backward.mean-missing": (DW, DW.replace("ds,", "len(x) * ds,")),
    "linear_softmax_loss.backward.dout-ignored": (DW, DW.replace("ds,", "ds / dout,").replace(" * dout", "")),
    "linear_softmax_loss.backward.one-hot-missing": ("(p - truth)", "p"),
    "linear_svm_loss.forward.regularisation-missing": (PENALTY, "penalty = 0"),
    "linear_svm_loss.forward.regularisation-halved": (PENALTY, PENALTY + " / 2"),
    "linear_svm_loss.forward.regularisation-averaged": (PENALTY, PENALTY + " / len(x)"),
    "linear_svm_loss.forward.mean-missing": ("hinge.sum() / len(x)", "hinge.sum()"),
    "linear_svm_loss.forward.label-counted": ("hinge.sum() / len(x)", "(hinge.sum() + len(x)) / len(x)"),
    "linear_svm_loss.forward.margin-missing": (
        "hinge = np.maximum(excess, 0)",
        "hinge = np.maximum(excess - 1, 0)",
    ),
    "linear_svm_loss.backward.regularisation-missing": (SVM_DW, "dw = np.dot(x.T, slopes)"),
    "linear_svm_loss.backward.factor-two-missing": (SVM_DW, SVM_DW.replace("2 * ", "")),
    "linear_svm_loss.backward.regularisation-averaged": (SVM_DW, SVM_DW.replace("reg", "reg / len(x)")),
    "linear_svm_loss.backward.mean-missing": (SVM_DW, SVM_DW.replace("slopes)", "slopes) * len(x)")),
    "linear_svm_loss.backward.dout-ignored": (
        SVM_DW,
        "dw = np.dot(x.T, counts) / len(x) + 2 * reg * w",
    ),
    "linear_svm_loss.backward.label-gradient-missing": (
        SVM_DW,
        SVM_DW.replace("slopes)", "(excess > 0).astype(x.dtype)) * (dout / len(x))"),
    ),
    "linear_svm_loss.backward.margin-ignored": (COUNTS, COUNTS.replace("excess > 0", "excess > 1")),
}
