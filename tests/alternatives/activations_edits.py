"""The mistakes of the activations, made in `activations.py`: by the mutant, what is replaced and by what."""

RELU = """    passes = ~(x <= 0)
    dx = np.zeros(x.shape, dtype=x.dtype)
    np.copyto(dx, dout, where=passes)
    return dx
"""
SIGMOID = "s = np.exp(-np.logaddexp(0, -x))"
TANH = """    e = np.expm1(-2 * np.abs(x))
    t = np.sign(x) * -e / (e + 2)
"""
ROWS = """    rows = np.empty((len(x), int(np.prod(x.shape[1:]))), dtype=x.dtype)
    for sample, row in zip(x, rows, strict=True):
        row[:] = sample.ravel()
"""
SAMPLES = """    dx = np.empty(cache, dtype=dout.dtype)
    for row, sample in zip(dout, dx, strict=True):
        sample[...] = row.reshape(cache[1:])
"""

EDITS: dict[str, tuple[str, str]] = {
    "relu.forward.x-clipped-in-place": ("out = np.maximum(x, 0)", "out = np.maximum(x, 0, out=x)"),
    "relu.forward.nan-swallowed": ("out = np.maximum(x, 0)", "out = np.fmax(x, 0)"),
    "relu.forward.step-returned": ("out = np.maximum(x, 0)", "out = np.sign(np.maximum(x, 0))"),
    "relu.backward.mask-from-dout": ("passes = ~(x <= 0)", "passes = ~(dout <= 0)"),
    "relu.backward.mask-missing": ("passes = ~(x <= 0)", "passes = True"),
    "relu.backward.mask-inverted": ("passes = ~(x <= 0)", "passes = ~(x > 0)"),
    "relu.backward.dout-ignored": ("np.copyto(dx, dout, where", "np.copyto(dx, 1, where"),
    "relu.backward.x-turned-into-mask": (RELU, "    x[...] = np.heaviside(x, 0)\n    return dout * x\n"),
    "relu.backward.cache-shared": (
        "return out, (x,)",
        'kept = globals().setdefault("_kept", [])\n    kept[:] = [x]\n    return out, kept',
    ),
    "leaky_relu.forward.slope-missing": ("rises + slope * falls", "rises"),
    "leaky_relu.forward.slope-hard-coded": ("rises + slope * falls", "rises + 0.01 * falls"),
    "leaky_relu.forward.slope-on-wrong-side": ("rises + slope * falls", "slope * rises + falls"),
    "leaky_relu.backward.slope-missing": ("np.where(x > 0, 1, slope)", "np.where(x > 0, 1, 0)"),
    "leaky_relu.backward.dout-ignored-below-zero": (
        "return dout * slopes",
        "return np.where(x > 0, dout, slopes)",
    ),
    "leaky_relu.backward.slope-hard-coded": ("np.where(x > 0, 1, slope)", "np.where(x > 0, 1, 0.01)"),
    "sigmoid.forward.exp-overflows": (SIGMOID, "s = np.exp(x) / (np.exp(x) + 1)"),
    "sigmoid.forward.sign-of-exponent": (SIGMOID, "s = np.exp(-np.logaddexp(0, x))"),
    "sigmoid.forward.dtype-lost": (SIGMOID, "s = np.exp(-np.logaddexp(0, -x.astype(float)))"),
    "sigmoid.backward.input-for-output": ("(s.copy(),)", "(x.copy(),)"),
    "sigmoid.backward.applied-twice": ("s = cache[0]", "s = sigmoid_forward(cache[0])[0]"),
    "sigmoid.backward.factor-missing": ("(1 - s) * s * dout", "(1 - s) * dout"),
    "sigmoid.backward.dout-ignored": ("(1 - s) * s * dout", "(1 - s) * s"),
    "tanh.forward.exp-overflows": (TANH, "    t = np.sinh(x) / np.cosh(x)\n"),
    "tanh.forward.argument-not-doubled": ("np.expm1(-2 * np.abs(x))", "np.expm1(-np.abs(x))"),
    "tanh.backward.square-missing": ("dout * (1 + t) * (1 - t)", "dout * (1 - t)"),
    "tanh.backward.input-for-output": ("(t.copy(),)", "(x.copy(),)"),
    "tanh.backward.applied-twice": ("t = cache[0]", "t = tanh_forward(cache[0])[0]"),
    "identity.forward.argument-returned": ("np.array(x), ()", "np.asarray(x), ()"),
    "identity.backward.argument-returned": ("return np.array(dout)", "return np.asarray(dout)"),
    "flatten.forward.argument-returned": (ROWS, "    rows = x.reshape(len(x), int(np.prod(x.shape[1:])))\n"),
    "flatten.forward.column-major": (
        ROWS,
        '    rows = np.array(x.reshape((len(x), int(np.prod(x.shape[1:]))), order="F"))\n',
    ),
    "flatten.forward.layout-assumed": (
        ROWS,
        '    rows = x.flatten(order="K").reshape(len(x), int(np.prod(x.shape[1:])))\n',
    ),
    "flatten.forward.batch-flattened": (ROWS, "    rows = x.flatten()[None, :]\n"),
    "flatten.backward.shape-not-restored": (SAMPLES, "    dx = np.array(dout)\n"),
    "flatten.backward.column-major": (SAMPLES, '    dx = np.array(dout.reshape(cache, order="F"))\n'),
    "flatten.backward.argument-returned": (SAMPLES, "    dx = dout.reshape(cache)\n"),
}

RELU = "out = np.maximum(x, 0)\n    return out, (x,)"
SPREAD = "np.copyto(dx, dout, where=passes)"
EDITS |= {
    "relu.forward.threshold-at-one": (RELU, RELU.replace("np.maximum(x, 0)", "np.where(x <= 1, 0, x)")),
    "relu.forward.leaky": (RELU, RELU.replace("np.maximum(x, 0)", "np.where(x < 0, 0.01 * x, x)")),
    "relu.forward.absolute-value": (RELU, RELU.replace("np.maximum(x, 0)", "np.abs(x)")),
    "relu.forward.negative-kept": (RELU, RELU.replace("np.maximum(x, 0)", "np.where(x > 0, 0, x)")),
    "relu.backward.mask-at-one": ("passes = ~(x <= 0)", "passes = ~(x <= 1)"),
    "relu.backward.leaky": (SPREAD, "np.copyto(dx, np.where(passes, dout, 0.01 * dout))"),
    "relu.backward.dout-overwritten": (
        f"dx = np.zeros(x.shape, dtype=x.dtype)\n    {SPREAD}",
        "dx = dout\n    dx[~passes] = 0",
    ),
    "relu.backward.multiplied-by-x": (SPREAD, "np.copyto(dx, dout * x, where=passes)"),
}
