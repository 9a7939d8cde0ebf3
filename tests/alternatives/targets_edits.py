"""The mistakes of these losses, made in `targets.py`: by the name of the mutant, what is replaced and by what."""

L1 = "loss = np.abs(error).mean()"
L1_SLOPE = "slope = np.where(error > 0, 1, np.where(error < 0, -1, 0)).astype(error.dtype)"
L1_DX = "return slope * (dout / error.size)"
HUBER = "terms = np.square(near) / 2 + delta * (size - near)"
HUBER_DX = "return (bend / x.size) * dout"
BEND = "bend = np.clip(x - y, -delta, delta)"
LOGITS = "terms = (1 - y) * np.logaddexp(0, x) + y * np.logaddexp(0, -x)"
LOGITS_DX = "return gap * (dout / x.size)"
BCE = "cost = -y * np.log(x) - (1 - y) * np.log1p(-x)"
RISE = "rise = (1 - y) / (1 - x) - y / x"
KL = "total = (y * (logarithm - x)).sum()"
KL_DX = "return fall * (dout / len(x))"

EDITS: dict[str, tuple[str, str]] = {
    "l1_loss.forward.mean-missing": (L1, "loss = np.abs(error).sum()"),
    "l1_loss.forward.mean-over-batch-only": (L1, "loss = np.abs(error).sum() / len(x)"),
    "l1_loss.forward.absolute-value-missing": (L1, "loss = error.mean()"),
    "l1_loss.forward.squared": (L1, "loss = np.square(error).mean()"),
    "l1_loss.backward.mean-missing": (L1_DX, "return slope * dout"),
    "l1_loss.backward.mean-over-batch-only": (L1_DX, "return slope * (dout / len(error))"),
    "l1_loss.backward.sign-flipped": (L1_SLOPE, L1_SLOPE.replace("slope = ", "slope = -")),
    "l1_loss.backward.difference-for-sign": (L1_SLOPE, "slope = error"),
    "l1_loss.backward.dout-ignored": (L1_DX, "return slope / error.size"),
    "huber_loss.forward.half-missing": (
        HUBER,
        HUBER.replace("np.square(near) / 2", "np.where(size < delta, 2, 1) * near**2 / 2"),
    ),
    "huber_loss.forward.delta-factor-missing": (
        HUBER,
        "terms = np.where(size <= delta, size**2 / 2, size - delta / 2)",
    ),
    "huber_loss.forward.delta-hard-coded": (
        HUBER,
        "terms = np.where(size <= 1, size**2 / 2, delta * (size - delta / 2))",
    ),
    "huber_loss.forward.mean-missing": ("loss = terms.mean()", "loss = terms.sum()"),
    "huber_loss.backward.not-clipped": (BEND, "bend = x - y"),
    "huber_loss.backward.delta-factor-missing": (
        BEND,
        "bend = np.where(np.abs(x - y) <= delta, x - y, np.sign(x - y))",
    ),
    "huber_loss.backward.delta-hard-coded": (
        BEND,
        "bend = np.where(np.abs(x - y) <= 1, x - y, delta * np.sign(x - y))",
    ),
    "huber_loss.backward.factor-two": (
        BEND,
        "bend = np.where(np.abs(x - y) <= delta, 2 * (x - y), delta * np.sign(x - y))",
    ),
    "huber_loss.backward.mean-missing": (HUBER_DX, "return bend * dout"),
    "huber_loss.backward.dout-ignored": (HUBER_DX, "return bend / x.size"),
    "bce_with_logits_loss.forward.log-of-zero": (
        LOGITS,
        "s = np.exp(-np.logaddexp(0, -x))\n    terms = -y * np.log(s) - (1 - y) * np.log(1 - s)",
    ),
    "bce_with_logits_loss.forward.sigmoid-missing": (
        LOGITS,
        "terms = -y * np.maximum(np.log(x), -100) - (1 - y) * np.maximum(np.log(1 - x), -100)",
    ),
    "bce_with_logits_loss.forward.mean-missing": ("average = terms.mean()", "average = terms.sum()"),
    "bce_with_logits_loss.backward.sigmoid-missing": ("gap = s - y", "gap = x - y"),
    "bce_with_logits_loss.backward.sign-flipped": ("gap = s - y", "gap = y - s"),
    "bce_with_logits_loss.backward.slope-of-sigmoid-twice": ("gap = s - y", "gap = (s - y) * (s - s**2)"),
    "bce_with_logits_loss.backward.mean-missing": (LOGITS_DX, "return gap * dout"),
    "bce_with_logits_loss.backward.divided-twice": (LOGITS_DX, "return gap * (dout / x.size / x.size)"),
    "bce_with_logits_loss.backward.dout-ignored": (LOGITS_DX, "return gap / x.size"),
    "bce_loss.forward.second-term-missing": (BCE, "cost = -y * np.log(x)"),
    "bce_loss.forward.sign-missing": (BCE, "cost = y * np.log(x) + (1 - y) * np.log1p(-x)"),
    "bce_loss.forward.mean-missing": ("np.asarray(cost.mean())", "np.asarray(cost.sum())"),
    "bce_loss.backward.divisor-missing": (RISE, "rise = x - y"),
    "bce_loss.backward.second-term-missing": (RISE, "rise = -y / x"),
    "bce_loss.backward.sign-flipped": (RISE, "rise = y / x - (1 - y) / (1 - x)"),
    "bce_loss.backward.mean-missing": ("share = rise / x.size", "share = rise"),
    "bce_loss.backward.divided-twice": ("share = rise / x.size", "share = rise / x.size**2"),
    "bce_loss.backward.dout-ignored": ("return share * dout", "return share.copy()"),
    "kl_div_loss.forward.arguments-swapped": (
        KL,
        "total = np.where(y > 0, np.exp(x) * (x - logarithm), 0).sum()",
    ),
    "kl_div_loss.forward.log-of-zero": ("np.log(np.where(y > 0, y, 1))", "np.log(y)"),
    "kl_div_loss.forward.entropy-missing": (KL, "total = -(x * y).sum()"),
    "kl_div_loss.forward.mean-over-all-entries": ("total / len(x)", "total / x.size"),
    "kl_div_loss.forward.mean-missing": ("np.asarray(total / len(x))", "np.asarray(total)"),
    "kl_div_loss.backward.sign-missing": ("fall = -y", "fall = y"),
    "kl_div_loss.backward.divided-by-the-prediction": ("fall = -y", "fall = -y * np.exp(-x)"),
    "kl_div_loss.backward.mean-over-all-entries": (KL_DX, "return fall * (dout / x.size)"),
    "kl_div_loss.backward.mean-missing": (KL_DX, "return fall * dout"),
    "kl_div_loss.backward.dout-ignored": (KL_DX, "return fall / len(x)"),
}
