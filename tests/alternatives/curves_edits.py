"""The mistakes of gelu and its kin, made in `curves.py`: by the mutant, what is replaced and by what."""

SILU_SLOPE = "slope = s * (1 + x * (1 - s))"
DX = "return p * (dout - mixed)"
MIXED = 'np.einsum("...c,...c->...", dout, p)[..., None]'
SOFTPLUS = "slope = np.exp(-np.logaddexp(0, -x))\n    return (dout"
GELU = "out = cdf(x, approximate) * x"
GELU_DX = "dx = share + x * pdf"

EDITS: dict[str, tuple[str, str]] = {
    "gelu.forward.tanh-form-always": (GELU, "out = cdf(x, 'tanh') * x"),
    "gelu.forward.sigmoid-form": (GELU, "out = np.exp(-np.logaddexp(0, -1.702 * x)) * x"),
    "gelu.forward.root-missing": (GELU, "out = cdf(x * np.sqrt(2), approximate).astype(x.dtype) * x"),
    "gelu.backward.inner-derivative-missing": (
        "pdf = 2 * share * (1 - share) * inner",
        "pdf = 2 * share * (1 - share)",
    ),
    "gelu.backward.factor-three-missing": ("0.134145", "0.044715"),
    "gelu.backward.second-term-missing": (GELU_DX, "dx = share"),
    "gelu.backward.x-missing": (GELU_DX, "dx = share + pdf"),
    "gelu.backward.density-not-scaled": (" / np.sqrt(2 * np.pi)\n    dx", "\n    dx"),
    "silu.forward.x-missing": ("return x * s, (x, s)", "return s.copy(), (x, s)"),
    "silu.backward.second-term-missing": (SILU_SLOPE, "slope = s"),
    "silu.backward.first-term-missing": (SILU_SLOPE, "slope = s * x * (1 - s)"),
    "silu.backward.derivative-of-sigmoid": (SILU_SLOPE, "slope = s - s * s"),
    "silu.backward.dout-ignored": ("return dout * slope\n\n\ndef elu_f", "return slope\n\n\ndef elu_f"),
    "elu.forward.one-not-subtracted": (
        "np.exp(np.minimum(x, 0)) - 1\n    return np.maximum(x, 0) + alpha * below",
        "np.exp(x)\n    return np.where(x > 0, x, alpha * below)",
    ),
    "elu.forward.alpha-missing": ("alpha * below", "below"),
    "elu.backward.alpha-for-the-slope": ("slope = alpha * np.exp(np.minimum(x, 0))", "slope = alpha"),
    "elu.backward.alpha-not-added": (
        "slope = alpha * np.exp(np.minimum(x, 0))",
        "slope = alpha * np.exp(np.minimum(x, 0)) - alpha",
    ),
    "elu.backward.dout-ignored-below-zero": (
        "np.where(x > 0, dout, dout * slope)",
        "np.where(x > 0, dout, slope)",
    ),
    "softplus.forward.exp-overflows": ("np.logaddexp(0, x).astype", "np.log(1 + np.exp(x)).astype"),
    "softplus.forward.one-missing": ("np.logaddexp(0, x).astype", "np.log(np.exp(x)).astype"),
    "softplus.backward.sign-of-exponent": (SOFTPLUS, SOFTPLUS.replace("0, -x", "0, x")),
    "softplus.backward.derivative-of-sigmoid": (
        SOFTPLUS,
        SOFTPLUS.replace("\n", "\n    slope = slope - slope**2\n"),
    ),
    "softplus.backward.dout-ignored": (
        "return (dout * slope).astype(x.dtype)\n\n\ndef softmax",
        "return slope.astype(x.dtype)\n\n\ndef softmax",
    ),
    "softmax.forward.shift-missing": ("shifted = x - x.max(axis=-1, keepdims=True)", "shifted = x"),
    "softmax.forward.shift-by-global-max": ("x.max(axis=-1, keepdims=True)", "x.max(initial=-np.inf)"),
    "softmax.forward.sum-over-everything": (
        "e.sum(axis=-1, keepdims=True)",
        "np.array([np.exp(x - top).sum() for top in x.max(axis=-1).ravel()]).reshape(*x.shape[:-1], 1)",
    ),
    "softmax.backward.diagonal-only": (DX, "return dout * (p - p * p)"),
    "softmax.backward.sum-over-everything": (MIXED, "(dout * p).sum()"),
    "softmax.backward.sum-over-the-batch": (
        MIXED,
        "(dout * p).sum(axis=tuple(range(p.ndim - 1)), keepdims=True)",
    ),
    "softmax.backward.sum-of-dout-alone": (MIXED, "dout.sum(axis=-1, keepdims=True)"),
    "softmax.backward.sum-added": (DX, "return p * (dout + mixed)"),
    "softmax.backward.factor-missing": (DX, "return dout - mixed"),
}
