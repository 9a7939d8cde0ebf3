"""Normalisations, softmax, and what is built on them."""

import numpy as np

from functions_corpus.model import Function, edits, normal_rows, of_kind, rows

SIZES = (20, 600, 5_000, 100_000)
EPS = 1e-5


def batch_forward(x, gamma, beta):
    mean = x.mean(axis=0)
    var = ((x - mean) ** 2).mean(axis=0)
    rstd = 1 / np.sqrt(var + EPS)
    xhat = (x - mean) * rstd
    return gamma * xhat + beta, (xhat, rstd, gamma)


def batch_backward(dout, cache):
    xhat, rstd, gamma = cache
    dxhat = dout * gamma
    dx = rstd * (dxhat - dxhat.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0))
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def one_pass_forward(x, gamma, beta):
    mean = x.mean(axis=0)
    var = (x * x).mean(axis=0) - mean * mean
    rstd = 1 / np.sqrt(var + EPS)
    return gamma * (x - mean) * rstd + beta, (x, mean, rstd, gamma)


def one_pass_backward(dout, cache):
    x, mean, rstd, gamma = cache
    xhat = (x - mean) * rstd
    centred = dout - dout.mean(axis=0) - xhat * (dout * xhat).mean(axis=0)
    return gamma * rstd * centred, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def inference_forward(x, gamma, beta):
    return gamma * (x - 0.3) / 1.7 + beta, (x, gamma)


def inference_backward(dout, cache):
    x, gamma = cache
    return dout * gamma / 1.7, (dout * (x - 0.3) / 1.7).sum(axis=0), dout.sum(axis=0)


def layer_forward(x, gamma, beta):
    mean = x.mean(axis=-1, keepdims=True)
    rstd = 1 / np.sqrt(((x - mean) ** 2).mean(axis=-1, keepdims=True) + EPS)
    xhat = (x - mean) * rstd
    return gamma * xhat + beta, (xhat, rstd, gamma)


def layer_backward(dout, cache):
    xhat, rstd, gamma = cache
    g = dout * gamma
    dx = rstd * (g - g.mean(axis=-1, keepdims=True) - xhat * (g * xhat).mean(axis=-1, keepdims=True))
    lead = tuple(range(dout.ndim - 1))
    return dx, (dout * xhat).sum(axis=lead), dout.sum(axis=lead)


def rms_forward(x, w):
    r = 1 / np.sqrt((x * x).mean(axis=-1, keepdims=True) + EPS)
    return w * x * r, (x, w, r)


def rms_backward(dout, cache):
    x, w, r = cache
    g = dout * w
    dx = r * g - x * r**3 * (g * x).mean(axis=-1, keepdims=True)
    return dx, (dout * x * r).sum(axis=0)


def group_forward(x):
    y = x.reshape(x.shape[0], 2, -1)
    centred = y - y.mean(axis=2, keepdims=True)
    rstd = 1 / np.sqrt((centred**2).mean(axis=2, keepdims=True) + EPS)
    return (centred * rstd).reshape(x.shape), (centred * rstd, rstd)


def group_backward(dout, cache):
    xhat, rstd = cache
    g = dout.reshape(xhat.shape)
    dx = rstd * (g - g.mean(axis=2, keepdims=True) - xhat * (g * xhat).mean(axis=2, keepdims=True))
    return dx.reshape(dout.shape)


def instance_forward(x):
    centred = x - x.mean(axis=(2, 3), keepdims=True)
    rstd = 1 / np.sqrt((centred**2).mean(axis=(2, 3), keepdims=True) + EPS)
    return centred * rstd, (centred * rstd, rstd)


def instance_backward(dout, cache):
    xhat, rstd = cache
    over = {"axis": (2, 3), "keepdims": True}
    return rstd * (dout - dout.mean(**over) - xhat * (dout * xhat).mean(**over))


def unit_forward(x):
    norm = np.sqrt((x * x).sum(axis=1, keepdims=True))
    return x / norm, (x / norm, norm)


def unit_backward(dout, cache):
    out, norm = cache
    return (dout - out * (out * dout).sum(axis=1, keepdims=True)) / norm


def softmax_forward(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    out = e / e.sum(axis=-1, keepdims=True)
    return out, out


def softmax_backward(dout, out):
    return out * (dout - (dout * out).sum(axis=-1, keepdims=True))


def log_softmax_forward(x):
    shifted = x - x.max(axis=-1, keepdims=True)
    out = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return out, out


def log_softmax_backward(dout, out):
    return dout - np.exp(out) * dout.sum(axis=-1, keepdims=True)


def first_axis_softmax_forward(x):
    e = np.exp(x - x.max(axis=0))
    return e / e.sum(axis=0), e / e.sum(axis=0)


def first_axis_softmax_backward(dout, out):
    return out * dout - out * (out * dout).sum(axis=0)


def temperature_forward(x, t):
    z = x / t
    e = np.exp(z - z.max(axis=1, keepdims=True))
    out = e / e.sum(axis=1, keepdims=True)
    return out, (z, t, out)


def temperature_backward(dout, cache):
    z, t, out = cache
    dz = out * (dout - (dout * out).sum(axis=1, keepdims=True))
    return dz / t, -(dz * z).sum() / t


def cross_entropy_forward(x, labels):
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -logp[np.arange(x.shape[0]), labels].mean(), (logp, labels)


def cross_entropy_backward(dout, cache):
    logp, labels = cache
    dx = np.exp(logp)
    dx[np.arange(dx.shape[0]), labels] -= 1
    return dout * dx / dx.shape[0]


def smoothed_forward(x, labels):
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    picked = logp[np.arange(x.shape[0]), labels]
    return -(0.9 * picked + 0.1 * logp.mean(axis=1)), (logp, labels)


def smoothed_backward(dout, cache):
    logp, labels = cache
    dx = np.exp(logp) - 0.1 / logp.shape[1]
    dx[np.arange(dx.shape[0]), labels] -= 0.9
    return dx * dout[:, None]


def weight_norm_forward(v, g):
    norm = np.sqrt((v * v).sum(axis=1, keepdims=True))
    return g[:, None] * v / norm, (v, g, norm)


def weight_norm_backward(dout, cache):
    v, g, norm = cache
    dg = (dout * v).sum(axis=1) / norm[:, 0]
    dv = g[:, None] / norm * dout - (g * dg)[:, None] / norm**2 * v
    return dv, dg


def centre_forward(x):
    return x - x.mean(axis=0)


def centre_backward(dout, x):
    return dout - dout.mean(axis=0)


def minmax_forward(x):
    low, high = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    return (x - low) / (high - low), (x, low, high)


def minmax_backward(dout, cache):
    x, low, high = cache
    span = high - low
    out = (x - low) / span
    dx = dout / span
    dx += (x == low) * ((dout * (out - 1)).sum(axis=1, keepdims=True) / span)
    dx -= (x == high) * ((dout * out).sum(axis=1, keepdims=True) / span)
    return dx


def response_forward(x):
    padded = np.pad(x * x, ((0, 0), (1, 1)))
    scale = 1 + 0.5 * (padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:])
    return x / scale, (x, scale)


def response_backward(dout, cache):
    x, scale = cache
    inner = np.pad(dout * x / scale**2, ((0, 0), (1, 1)))
    return dout / scale - x * (inner[:, :-2] + inner[:, 1:-1] + inner[:, 2:])


def _with_affine(shift=0.0, scale=1.0):
    def made(rng, n):
        shape = rows(n)
        return {
            "x": scale * rng.normal(size=shape) + shift,
            "gamma": rng.uniform(0.5, 1.5, size=shape[1]),
            "beta": rng.normal(size=shape[1]),
        }

    return made


def _images(rng, n):
    return {"x": rng.normal(size=(max(2, n // 48), 4, 3, 4))}


def _labelled(rng, n):
    shape = rows(n, 6)
    return {"x": 2 * rng.normal(size=shape), "labels": rng.integers(0, 6, size=shape[0])}


BATCH_EDITS = edits(
    ("mean is a constant", " - dxhat.mean(axis=0)", ""),
    ("variance is a constant", " - xhat * (dxhat * xhat).mean(axis=0)", ""),
    ("gamma averaged", "(dout * xhat).sum(axis=0)", "(dout * xhat).mean(axis=0)"),
)
ONE_PASS_EDITS = edits(
    ("mean is a constant", "dout - dout.mean(axis=0)", "dout"),
    ("variance is a constant", " - xhat * (dout * xhat).mean(axis=0)", ""),
    ("no gamma", "gamma * rstd * centred", "rstd * centred"),
)

FUNCTIONS = of_kind(
    "normalisation",
    *(
        Function(
            f"batch norm in two passes, mean {mean:g}",
            batch_forward,
            batch_backward,
            _with_affine(mean),
            BATCH_EDITS,
            sizes=SIZES,
            seeds=(0, 1),
        )
        for mean in (0.0, 100.0, 1e4)
    ),
    *(
        Function(
            f"batch norm in one pass, mean {mean:g}",
            one_pass_forward,
            one_pass_backward,
            _with_affine(mean),
            ONE_PASS_EDITS,
            sizes=SIZES,
            seeds=(0, 1),
        )
        for mean in (0.0, 100.0, 1e4)
    ),
    Function(
        "batch norm, inference",
        inference_forward,
        inference_backward,
        _with_affine(),
        edits(("no gamma", "dout * gamma", "dout"), ("no mean", "(x - 0.3)", "x")),
        sizes=SIZES,
    ),
    Function(
        "layer norm",
        layer_forward,
        layer_backward,
        _with_affine(),
        edits(
            ("mean is a constant", " - g.mean(axis=-1, keepdims=True)", ""),
            ("variance is a constant", " - xhat * (g * xhat).mean(axis=-1, keepdims=True)", ""),
            ("gamma is the input", "(dout * xhat).sum(axis=lead)", "(dout / rstd).sum(axis=lead)"),
        ),
        sizes=SIZES,
    ),
    Function(
        "layer norm of three axes",
        layer_forward,
        layer_backward,
        lambda rng, n: {
            "x": rng.normal(2, 3, size=(2, max(2, n // 16), 8)),
            "gamma": rng.normal(size=8),
            "beta": rng.normal(size=8),
        },
        edits(
            ("no gamma", "g = dout * gamma", "g = dout"),
            ("one axis", "dout.sum(axis=lead)", "dout.sum(axis=0)[0]"),
            ("no rstd", "dx = rstd * (", "dx = ("),
        ),
        sizes=(32, 600, 5_000),
    ),
    Function(
        "rms norm",
        rms_forward,
        rms_backward,
        lambda rng, n: {"x": rng.normal(size=rows(n, 8)), "w": rng.uniform(0.5, 1.5, size=8)},
        edits(
            ("norm is a constant", " - x * r**3 * (g * x).mean(axis=-1, keepdims=True)", ""),
            ("square", "r**3", "r**2"),
            ("weights see no norm", "dout * x * r)", "dout * x)"),
        ),
        sizes=SIZES,
        dtypes=("float64", "float32", "float16"),
    ),
    Function(
        "group norm",
        group_forward,
        group_backward,
        _images,
        edits(
            ("mean is a constant", " - g.mean(axis=2, keepdims=True)", ""),
            ("no rstd", "dx = rstd * (", "dx = ("),
        ),
        sizes=(96, 600, 5_000, 100_000),
    ),
    Function(
        "instance norm",
        instance_forward,
        instance_backward,
        _images,
        edits(
            ("one axis", '"axis": (2, 3)', '"axis": 3'),
            ("variance is a constant", " - xhat * (dout * xhat).mean(**over)", ""),
        ),
        sizes=(96, 600, 5_000, 100_000),
    ),
    Function(
        "rows of length one",
        unit_forward,
        unit_backward,
        normal_rows(6),
        edits(
            ("norm is a constant", " - out * (out * dout).sum(axis=1, keepdims=True)", ""),
            ("no norm", " / norm", ""),
            ("plus", "dout - out", "dout + out"),
        ),
        sizes=SIZES,
        dtypes=("float64", "float32", "float16"),
    ),
    Function(
        "softmax",
        softmax_forward,
        softmax_backward,
        normal_rows(6, 2),
        edits(
            ("diagonal only", "(dout - (dout * out).sum(axis=-1, keepdims=True))", "dout * (1 - out)"),
            ("mean", ".sum(axis=-1", ".mean(axis=-1"),
            ("dout not weighted", "(dout * out).sum", "dout.sum"),
        ),
        sizes=SIZES,
        dtypes=("float64", "float32", "float16"),
        seeds=(0, 1),
    ),
    Function(
        "softmax of large numbers",
        softmax_forward,
        softmax_backward,
        normal_rows(6, 30, 500),
        edits(
            ("no out", "out * (dout -", "(dout -"), ("all rows", "axis=-1, keepdims=True", "keepdims=True")
        ),
        sizes=SIZES,
    ),
    Function(
        "log softmax",
        log_softmax_forward,
        log_softmax_backward,
        normal_rows(6, 2),
        edits(
            ("no exp", "np.exp(out)", "out"),
            ("no second term", " - np.exp(out) * dout.sum(axis=-1, keepdims=True)", ""),
        ),
        sizes=SIZES,
        dtypes=("float64", "float32", "float16"),
    ),
    Function(
        "softmax over the first axis",
        first_axis_softmax_forward,
        first_axis_softmax_backward,
        normal_rows(5),
        edits(
            ("other axis", "(out * dout).sum(axis=0)", "(out * dout).sum(axis=1, keepdims=True)"),
            ("diagonal", "out * (out * dout).sum(axis=0)", "out * out * dout"),
        ),
        sizes=SIZES,
    ),
    Function(
        "softmax with a temperature",
        temperature_forward,
        temperature_backward,
        lambda rng, n: {"x": rng.normal(size=rows(n)), "t": np.array(0.7)},
        edits(
            ("not divided", "dz / t, ", "dz, "),
            ("no minus", "-(dz", "(dz"),
            ("dout", "(dz * z).sum()", "(dout * z).sum()"),
        ),
        sizes=SIZES,
    ),
    Function(
        "cross entropy",
        cross_entropy_forward,
        cross_entropy_backward,
        _labelled,
        edits(
            ("sum", " / dx.shape[0]", ""), ("label not subtracted", "-= 1", "-= 0"), ("added", "-= 1", "+= 1")
        ),
        sizes=SIZES,
        dtypes=("float64", "float32", "float16"),
    ),
    Function(
        "cross entropy with smoothed labels",
        smoothed_forward,
        smoothed_backward,
        _labelled,
        edits(
            ("not smoothed", " - 0.1 / logp.shape[1]", ""),
            ("one", "-= 0.9", "-= 1"),
            ("no dout", " * dout[:, None]", ""),
        ),
        sizes=SIZES,
    ),
    Function(
        "weight norm",
        weight_norm_forward,
        weight_norm_backward,
        lambda rng, n: {"v": rng.normal(size=rows(n, 8)), "g": rng.uniform(0.5, 2, size=rows(n, 8)[0])},
        edits(
            ("norm is a constant", " - (g * dg)[:, None] / norm**2 * v", ""),
            ("no norm in g", " / norm[:, 0]", ""),
            ("no g", "(g * dg)", "dg"),
        ),
        sizes=SIZES,
    ),
    Function(
        "centred columns, no cache",
        centre_forward,
        centre_backward,
        normal_rows(5, 2, 9),
        edits(
            ("mean is a constant", "dout - dout.mean(axis=0)", "dout + 0 * x"),
            ("mean of all", ".mean(axis=0)", ".mean()"),
        ),
        sizes=SIZES,
        dtypes=("float64", "float32", "float16"),
    ),
    Function(
        "rows between 0 and 1",
        minmax_forward,
        minmax_backward,
        normal_rows(6),
        edits(
            ("no low", "(x == low) *", "0 *"),
            ("no high", "(x == high) *", "0 *"),
            ("extrema only", "dx = dout / span", "dx = 0 * dout"),
        ),
        sizes=SIZES,
    ),
    Function(
        "local response normalisation",
        response_forward,
        response_backward,
        normal_rows(8),
        edits(
            ("no neighbours", "inner[:, :-2] + inner[:, 1:-1] + inner[:, 2:]", "inner[:, 1:-1]"),
            ("no square", "scale**2", "scale"),
        ),
        sizes=SIZES,
    ),
)
