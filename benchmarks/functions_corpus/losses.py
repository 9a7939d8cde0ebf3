"""Losses."""

import numpy as np

from functions_corpus.model import CHEAP, EVERY, Function, edits, normal, of_kind, rows

SIZES = (24, 600, 5_000, 100_000)


def _sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def _softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def squares_forward(x, y):
    return ((x - y) ** 2).mean(), x - y


def squares_backward(dout, d):
    dx = 2 * dout * d / d.size
    return dx, -dx


def absolute_forward(x, y):
    return np.abs(x - y).mean(), x - y


def absolute_backward(dout, d):
    dx = dout * np.sign(d) / d.size
    return dx, -dx


def huber_forward(x, y):
    d = x - y
    a = np.abs(d)
    return np.where(a < 0.7, 0.5 * d * d, 0.7 * (a - 0.35)).astype(x.dtype).sum(), d


def huber_backward(dout, d):
    dx = dout * np.clip(d, -0.7, 0.7)
    return dx, -dx


def hinge_forward(x, labels):
    right = x[np.arange(x.shape[0]), labels][:, None]
    margins = np.maximum(0, x - right + 1)
    return (margins.sum() - x.shape[0]) / x.shape[0], (margins, labels)


def hinge_backward(dout, cache):
    margins, labels = cache
    index = np.arange(margins.shape[0])
    dx = (margins > 0).astype(margins.dtype)
    dx[index, labels] = 0
    dx[index, labels] = -dx.sum(axis=1)
    return dout * dx / margins.shape[0]


def binary_forward(x, labels):
    return (_softplus(x) - labels * x).mean(), (x, labels)


def binary_backward(dout, cache):
    x, labels = cache
    return dout * (_sigmoid(x) - labels) / x.size


def weighted_forward(x, labels):
    return 3 * labels * _softplus(-x) + (1 - labels) * _softplus(x), (x, labels)


def weighted_backward(dout, cache):
    x, labels = cache
    p = _sigmoid(x)
    return dout * ((1 - labels) * p - 3 * labels * (1 - p))


def divergence_forward(p, q):
    return (p * np.log(p / q)).sum(axis=1), (p, q)


def divergence_backward(dout, cache):
    p, q = cache
    d = dout[:, None]
    return d * (np.log(p / q) + 1), -d * p / q


def focal_forward(x, labels):
    p = _sigmoid(np.where(labels == 1, x, -x))
    return -((1 - p) ** 2) * np.log(p), (p, labels)


def focal_backward(dout, cache):
    p, labels = cache
    d = (1 - p) ** 2 * (2 * p * np.log(p) - (1 - p))
    return dout * np.where(labels == 1, d, -d)


def triplet_forward(a, p, n):
    near, far = a - p, a - n
    margin = (near**2).sum(axis=1) - (far**2).sum(axis=1) + 1
    return np.maximum(margin, 0), (near, far, margin)


def triplet_backward(dout, cache):
    near, far, margin = cache
    d = 2 * (dout * (margin > 0))[:, None]
    return d * (near - far), -d * near, d * far


def contrastive_forward(a, b, same):
    distance = np.sqrt(((a - b) ** 2).sum(axis=1))
    apart = np.maximum(2 - distance, 0)
    return np.where(same, distance**2, apart**2), (a, b, same, distance, apart)


def contrastive_backward(dout, cache):
    a, b, same, distance, apart = cache
    slope = np.where(same, 2, -2 * apart / distance).astype(a.dtype)
    da = (dout * slope)[:, None] * (a - b)
    return da, -da


def cosine_forward(a, b):
    na, nb = np.sqrt((a * a).sum(axis=1)), np.sqrt((b * b).sum(axis=1))
    cosine = (a * b).sum(axis=1) / (na * nb)
    return 1 - cosine, (a, b, na, nb, cosine)


def cosine_backward(dout, cache):
    a, b, na, nb, cosine = (each if each.ndim == 2 else each[:, None] for each in cache)
    d = -dout[:, None]
    return d * (b / (na * nb) - cosine * a / na**2), d * (a / (na * nb) - cosine * b / nb**2)


def paths_forward(x, labels):
    """CTC-like: the log probability of all monotone paths through the labels."""
    logp = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
    alpha = [logp[0, labels[0]]] + [-1e4 + 0 * x[0, 0]] * (len(labels) - 1)
    for t in range(1, x.shape[0]):
        alpha = [
            (np.logaddexp(alpha[s], alpha[s - 1]) if s else alpha[0]) + logp[t, labels[s]]
            for s in range(len(labels))
        ]
    return -alpha[-1], (x, logp, labels)


def _table(logp, labels):
    table = np.full((logp.shape[0], len(labels)), -1e4)
    table[0, 0] = logp[0, labels[0]]
    for t in range(1, logp.shape[0]):
        for s in range(len(labels)):
            before = np.logaddexp(table[t - 1, s], table[t - 1, s - 1]) if s else table[t - 1, 0]
            table[t, s] = before + logp[t, labels[s]]
    return table


def paths_backward(dout, cache):
    x, logp, labels = cache
    wide = logp.astype(np.float64)
    ahead = _table(wide, labels)
    behind = _table(wide[::-1], labels[::-1])[::-1, ::-1]
    g = np.zeros_like(wide)
    for s, label in enumerate(labels):
        g[:, label] -= np.exp(ahead[:, s] + behind[:, s] - wide[:, label] - ahead[-1, -1])
    dx = dout * (g - np.exp(wide) * g.sum(axis=1, keepdims=True))
    return dx.astype(x.dtype)


def quantile_forward(x, y):
    d = y - x
    return np.maximum(0.8 * d, -0.2 * d), d


def quantile_backward(dout, d):
    dx = dout * np.where(d > 0, -0.8, 0.2).astype(d.dtype)
    return dx, -dx


def gaussian_forward(mean, log_variance, y):
    return 0.5 * (log_variance + (y - mean) ** 2 * np.exp(-log_variance)), (mean, log_variance, y)


def gaussian_backward(dout, cache):
    mean, log_variance, y = cache
    scaled = (mean - y) * np.exp(-log_variance)
    return dout * scaled, 0.5 * dout * (1 - (y - mean) * -scaled), -dout * scaled


def poisson_forward(x, counts):
    return np.exp(x) - counts * x, (x, counts)


def poisson_backward(dout, cache):
    x, counts = cache
    return dout * (np.exp(x) - counts)


def dice_forward(x, labels):
    p = _sigmoid(x)
    return 1 - (2 * (p * labels).sum() + 1) / (p.sum() + labels.sum() + 1), (p, labels)


def dice_backward(dout, cache):
    p, labels = cache
    top, below = 2 * (p * labels).sum() + 1, p.sum() + labels.sum() + 1
    return -dout * (2 * labels * below - top) / below**2 * p * (1 - p)


def pairs_forward(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(np.diagonal(p)).mean(), p


def pairs_backward(dout, p):
    return dout * (p - np.eye(p.shape[0], dtype=p.dtype)) / p.shape[0]


def variation_forward(x):
    return np.sqrt(1e-2 + (x[1:] - x[:-1]) ** 2).sum(), x


def variation_backward(dout, x):
    d = x[1:] - x[:-1]
    g = dout * d / np.sqrt(1e-2 + d**2)
    dx = np.zeros_like(x)
    dx[1:] += g
    dx[:-1] -= g
    return dx


def _two(rng, n):
    return {"x": rng.normal(size=n), "y": rng.normal(size=n)}


def _binary(rng, n):
    return {"x": 2 * rng.normal(size=n), "labels": rng.integers(0, 2, size=n)}


def _simplex(rng, n):
    shape = rows(n, 4)
    return {name: rng.dirichlet(np.full(4, 3.0), size=shape[0]) for name in ("p", "q")}


def _vectors(*names, columns=4):
    return lambda rng, n: {name: rng.normal(size=rows(n, columns)) for name in names}


FUNCTIONS = of_kind(
    "losses",
    Function(
        "mean of squares",
        squares_forward,
        squares_backward,
        _two,
        edits(("no two", "2 * dout", "dout"), ("sum", " / d.size", ""), ("y as x", "-dx", "dx")),
        sizes=EVERY,
    ),
    Function(
        "mean absolute error",
        absolute_forward,
        absolute_backward,
        _two,
        edits(("no sign", "np.sign(d)", "d"), ("sum", " / d.size", ""), ("y as x", "-dx", "dx")),
        sizes=CHEAP,
    ),
    Function(
        "huber loss",
        huber_forward,
        huber_backward,
        _two,
        edits(
            ("not clipped", "np.clip(d, -0.7, 0.7)", "d"),
            ("clipped at one", "-0.7, 0.7", "-1, 1"),
            ("y forgotten", "-dx", "0 * dx"),
        ),
        sizes=CHEAP,
    ),
    Function(
        "hinge over classes",
        hinge_forward,
        hinge_backward,
        lambda rng, n: {"x": rng.normal(size=rows(n)), "labels": rng.integers(0, 5, size=rows(n)[0])},
        edits(
            ("right class zero", "dx[index, labels] = -dx.sum(axis=1)", "pass"),
            ("right class minus one", "= -dx.sum(axis=1)", "= -1"),
            ("sum", " / margins.shape[0]", ""),
        ),
        sizes=SIZES,
    ),
    Function(
        "binary cross entropy with logits",
        binary_forward,
        binary_backward,
        _binary,
        edits(
            ("no sigmoid", "_sigmoid(x) - labels", "x - labels"),
            ("sum", " / x.size", ""),
            ("labels swapped", "- labels)", "- 1 + labels)"),
        ),
        sizes=CHEAP,
    ),
    Function(
        "weighted binary cross entropy",
        weighted_forward,
        weighted_backward,
        _binary,
        edits(
            ("no weight", "3 * labels", "labels"),
            ("one class", "(1 - labels) * p - ", "-"),
            ("plus", "* p - 3", "* p + 3"),
        ),
        sizes=CHEAP,
        dtypes=("float64", "float32", "float16"),
    ),
    Function(
        "divergence of rows",
        divergence_forward,
        divergence_backward,
        _simplex,
        edits(("no one", " + 1)", ")"), ("no minus", "-d * p", "d * p"), ("no division", "p / q\n", "p\n")),
        sizes=SIZES,
    ),
    Function(
        "focal loss",
        focal_forward,
        focal_backward,
        _binary,
        edits(
            ("weight is a constant", "2 * p * np.log(p) - ", "-"),
            ("sign of a class", "d, -d)", "d, d)"),
            ("no square", "(1 - p) ** 2 *", "(1 - p) *"),
        ),
        sizes=CHEAP,
    ),
    Function(
        "triplet loss",
        triplet_forward,
        triplet_backward,
        _vectors("a", "p", "n"),
        edits(
            ("not cut", " * (margin > 0)", ""),
            ("no two", "2 * (dout", "(dout"),
            ("anchor near only", "(near - far)", "near"),
        ),
        sizes=SIZES,
    ),
    Function(
        "contrastive loss",
        contrastive_forward,
        contrastive_backward,
        lambda rng, n: (
            _vectors("a", "b", columns=3)(rng, n) | {"same": rng.uniform(size=rows(n, 3)[0]) < 0.5}
        ),
        edits(
            ("not divided", " / distance", ""),
            ("pushes together", "-2 * apart", "2 * apart"),
            ("b as a", "return da, -da", "return da, da"),
        ),
        sizes=SIZES,
    ),
    Function(
        "cosine loss",
        cosine_forward,
        cosine_backward,
        _vectors("a", "b"),
        edits(
            ("a's norm is a constant", " - cosine * a / na**2", ""),
            ("b's norm of a", "b / nb**2", "b / na**2"),
            ("no minus", "-dout", "dout"),
        ),
        sizes=SIZES,
    ),
    Function(
        "paths through labels",
        paths_forward,
        paths_backward,
        lambda rng, n: {"x": rng.normal(size=(max(4, n // 6), 6)), "labels": (1, 3, 2)},
        edits(
            ("not normalised", " - np.exp(wide) * g.sum(axis=1, keepdims=True)", ""),
            ("counted twice", " - wide[:, label] -", " -"),
            ("posterior only", "g[:, label] -=", "g[:, label] = -"),
        ),
        sizes=(24, 300),
        seeds=(0, 1),
    ),
    Function(
        "quantile loss",
        quantile_forward,
        quantile_backward,
        _two,
        edits(
            ("swapped", "-0.8, 0.2", "-0.2, 0.8"),
            ("median", "-0.8, 0.2", "-0.5, 0.5"),
            ("y as x", "-dx", "dx"),
        ),
        sizes=CHEAP,
    ),
    Function(
        "gaussian likelihood",
        gaussian_forward,
        gaussian_backward,
        lambda rng, n: {name: rng.normal(size=n) for name in ("mean", "log_variance", "y")},
        edits(
            ("no one", "(1 - (y", "(-(y"),
            ("plus", "* -scaled)", "* scaled)"),
            ("no variance", "dout * scaled, 0.5", "dout * (mean - y), 0.5"),
        ),
        sizes=CHEAP,
        dtypes=("float64", "float32", "float16"),
    ),
    Function(
        "poisson loss",
        poisson_forward,
        poisson_backward,
        lambda rng, n: {"x": rng.normal(size=n), "counts": rng.integers(0, 5, size=n)},
        edits(("no exp", "np.exp(x) -", "x -"), ("no counts", " - counts", "")),
        sizes=CHEAP,
        dtypes=("float64", "float32", "float16"),
    ),
    Function(
        "dice loss",
        dice_forward,
        dice_backward,
        _binary,
        edits(
            ("no square", "below**2", "below"), ("no top", " - top", ""), ("no sigmoid", " * p * (1 - p)", "")
        ),
        sizes=SIZES,
    ),
    Function(
        "contrast of pairs in a batch",
        pairs_forward,
        pairs_backward,
        lambda rng, n: {"x": rng.normal(size=(max(3, int(n**0.5)),) * 2)},
        edits(("sum", " / p.shape[0]", ""), ("diagonal forgotten", "np.eye(p.shape[0], dtype=p.dtype)", "0")),
        sizes=(9, 600, 5_000),
    ),
    Function(
        "smooth total variation",
        variation_forward,
        variation_backward,
        normal(),
        edits(("one side", "dx[:-1] -= g", "pass"), ("no root", " / np.sqrt(1e-2 + d**2)", "")),
        sizes=CHEAP,
    ),
)
