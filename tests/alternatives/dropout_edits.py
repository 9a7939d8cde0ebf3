"""The mistakes of dropout, made in `dropout.py`: by the name of the mutant, what is replaced and by what."""

TRAIN = "out = x * weights"
KEPT = "    return out, (weights, keep_prob)"
BACK = "return dout * weights"
BACK_AT_TEST = "return np.array(dout)"

EDITS: dict[str, tuple[str, str]] = {
    "dropout.forward.scale-missing": (TRAIN, "out = x * (weights > 0)"),
    "dropout.forward.scaled-by-drop-probability": (
        TRAIN,
        "out = x * (weights * keep_prob / (1 - keep_prob))",
    ),
    "dropout.forward.mask-inverted": (TRAIN, "out = x * (1 / keep_prob - weights)"),
    "dropout.forward.mask-of-first-sample": (TRAIN, "out = x * weights[:1]"),
    "dropout.forward.scaled-at-test": ("out = np.array(x)", "out = np.array(x) * keep_prob"),
    "dropout.forward.argument-returned": ("out = np.array(x)", "out = x"),
    "dropout.backward.scale-missing": (BACK, "return dout * (weights > 0)"),
    "dropout.backward.mask-missing": (BACK, "return dout / cache[1]"),
    "dropout.backward.new-mask": (
        BACK,
        "kept = np.random.default_rng(1).random(dout.shape) < cache[1]\n    return dout * kept / cache[1]",
    ),
    "dropout.backward.mask-scaled-in-place": (
        BACK,
        "dx = dout * weights\n    weights /= cache[1]\n    return dx",
    ),
    "dropout.backward.scaled-at-test": (BACK_AT_TEST, "return dout * cache[1]"),
    "dropout.backward.cache-shared": (
        KEPT,
        '    kept = globals().setdefault("_kept", [])\n    kept[:] = weights, keep_prob\n    return out, kept',
    ),
}

FORWARD = """        out = np.array(x)
        return out, (None, keep_prob)
    if mask is None:
        mask = rng.random(x.shape) < keep_prob
    weights = np.where(mask, 1 / keep_prob, 0).astype(x.dtype)
"""
BACKWARD = """    weights, _ = cache
    if weights is None:
        return np.array(dout)
    return dout * weights
"""
EDITS |= {
    "dropout.forward.not-inverted": (
        FORWARD,
        FORWARD.replace("np.array(x)", "keep_prob * x").replace("1 / keep_prob", "1"),
    ),
    "dropout.backward.not-inverted": (
        BACKWARD,
        """    weights, keep_prob = cache
    if weights is None:
        return keep_prob * dout
    return dout * (weights > 0)
""",
    ),
    "dropout.forward.multiplied-by-keep-prob": (
        "np.where(mask, 1 / keep_prob, 0)",
        "np.where(mask, keep_prob, 0)",
    ),
    "dropout.backward.multiplied-by-keep-prob": (
        BACKWARD,
        BACKWARD.replace("_ =", "keep_prob =").replace("dout * weights", "dout * weights * keep_prob**2"),
    ),
    "dropout.backward.scaled-twice": (
        BACKWARD,
        BACKWARD.replace("dout * weights", "dout * weights * weights"),
    ),
    "dropout.backward.mask-inverted": (
        BACKWARD,
        BACKWARD.replace("_ =", "keep_prob =").replace("dout * weights", "dout * (weights == 0) / keep_prob"),
    ),
    "dropout.forward.divided-in-evaluation": ("out = np.array(x)", "out = x / keep_prob"),
}
