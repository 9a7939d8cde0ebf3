"""Reductions: sums, extrema, moments, norms."""

import numpy as np

from functions_corpus.model import (
    ALL,
    CHEAP,
    EVERY,
    Function,
    edits,
    normal,
    normal_rows,
    of_kind,
    rows,
    with_values,
)


def sum_forward(x):
    return x.sum(), x


def sum_backward(dout, x):
    return np.full_like(x, dout)


def mean_forward(x):
    return x.mean(axis=0), x


def mean_backward(dout, x):
    return np.broadcast_to(dout / x.shape[0], x.shape).copy()


def sum_of_squares_forward(x):
    return (x * x).sum(axis=1, keepdims=True), x


def sum_of_squares_backward(dout, x):
    return 2 * x * dout


def max_forward(x):
    return x.max(axis=1), (x, x.argmax(axis=1))


def max_backward(dout, cache):
    x, place = cache
    dx = np.zeros_like(x)
    dx[np.arange(x.shape[0]), place] = dout
    return dx


def total_max_forward(x):
    return x.max(), x


def total_max_backward(dout, x):
    best = x == x.max()
    return dout * (best / best.sum()).astype(x.dtype)


def min_forward(x):
    return x.min(axis=1), x


def min_backward(dout, x):
    best = x == x.min(axis=1, keepdims=True)
    return (best / best.sum(axis=1, keepdims=True)).astype(x.dtype) * dout[:, None]


def product_forward(x):
    out = x.prod(axis=1)
    return out, (x, out)


def product_backward(dout, cache):
    x, out = cache
    return (dout * out)[:, None] / x


def product_with_zeros_forward(x):
    return x.prod(axis=1), x


def product_with_zeros_backward(dout, x):
    dx = np.empty_like(x)
    for k in range(x.shape[1]):
        dx[:, k] = dout * np.delete(x, k, axis=1).prod(axis=1)
    return dx


def variance_forward(x):
    centred = x - x.mean(axis=1, keepdims=True)
    return (centred**2).mean(axis=1), centred


def variance_backward(dout, centred):
    return 2 * centred / centred.shape[1] * dout[:, None]


def unbiased_forward(x):
    centred = x - x.mean(axis=1, keepdims=True)
    return (centred**2).sum(axis=1) / (x.shape[1] - 1), centred


def unbiased_backward(dout, centred):
    return 2 * centred / (centred.shape[1] - 1) * dout[:, None]


def one_pass_variance_forward(x):
    mean = x.mean(axis=1)
    return (x * x).mean(axis=1) - mean**2, (x, mean)


def one_pass_variance_backward(dout, cache):
    x, mean = cache
    return 2 * (x - mean[:, None]) / x.shape[1] * dout[:, None]


def deviation_forward(x):
    centred = x - x.mean(axis=1, keepdims=True)
    out = np.sqrt((centred**2).mean(axis=1))
    return out, (centred, out)


def deviation_backward(dout, cache):
    centred, out = cache
    return centred / (centred.shape[1] * out[:, None]) * dout[:, None]


def l1_forward(x):
    return np.abs(x).sum(axis=1), x


def l1_backward(dout, x):
    return np.sign(x) * dout[:, None]


def l2_forward(x):
    out = np.sqrt((x * x).sum())
    return out, (x, out)


def l2_backward(dout, cache):
    x, out = cache
    return dout * x / out


def row_l2_forward(x):
    out = np.sqrt((x * x).sum(axis=1))
    return out, (x, out)


def row_l2_backward(dout, cache):
    x, out = cache
    return x * (dout / out)[:, None]


def l3_forward(x):
    out = (np.abs(x) ** 3).sum(axis=1) ** (1 / 3)
    return out, (x, out)


def l3_backward(dout, cache):
    x, out = cache
    return np.sign(x) * (x / out[:, None]) ** 2 * dout[:, None]


def largest_forward(x):
    return np.abs(x).max(axis=1), x


def largest_backward(dout, x):
    best = np.abs(x) == np.abs(x).max(axis=1, keepdims=True)
    return best * np.sign(x) * dout[:, None]


def log_sum_exp_forward(x):
    top = x.max(axis=1, keepdims=True)
    e = np.exp(x - top)
    return np.log(e.sum(axis=1)) + top[:, 0], e


def log_sum_exp_backward(dout, e):
    return e / e.sum(axis=1, keepdims=True) * dout[:, None]


def log_mean_exp_forward(x):
    top = x.max()
    e = np.exp(x - top)
    return np.log(e.mean()) + top, e


def log_mean_exp_backward(dout, e):
    return dout * e / e.sum()


def median_forward(x):
    return np.median(x, axis=1), x


def median_backward(dout, x):
    order = np.argsort(x, axis=1)
    dx = np.zeros_like(x)
    dx[np.arange(x.shape[0]), order[:, x.shape[1] // 2]] = dout
    return dx


def range_forward(x):
    return x.max(axis=1) - x.min(axis=1), x


def range_backward(dout, x):
    index = np.arange(x.shape[0])
    dx = np.zeros_like(x)
    dx[index, x.argmax(axis=1)] += dout
    dx[index, x.argmin(axis=1)] -= dout
    return dx


def geometric_mean_forward(x):
    out = np.exp(np.log(x).mean(axis=1))
    return out, (x, out)


def geometric_mean_backward(dout, cache):
    x, out = cache
    return (dout * out / x.shape[1])[:, None] / x


def harmonic_mean_forward(x):
    out = x.shape[1] / (1 / x).sum(axis=1)
    return out, (x, out)


def harmonic_mean_backward(dout, cache):
    x, out = cache
    return (dout * out**2 / x.shape[1])[:, None] / x**2


def weighted_mean_forward(x, w):
    total = w.sum()
    out = (w[:, None] * x).sum(axis=0) / total
    return out, (x, w, total, out)


def weighted_mean_backward(dout, cache):
    x, w, total, out = cache
    dx = w[:, None] * dout / total
    dw = ((x - out) * dout).sum(axis=1) / total
    return dx, dw


def skewness_forward(x):
    centred = x - x.mean()
    deviation = np.sqrt((centred**2).mean())
    z = centred / deviation
    return (z**3).mean(), (z, deviation)


def skewness_backward(dout, cache):
    z, deviation = cache
    skew = (z**3).mean()
    return dout * 3 / (z.size * deviation) * (z**2 - 1 - skew * z)


def covariance_forward(x):
    centred = x - x.mean(axis=0)
    return centred.T @ centred / x.shape[0], centred


def covariance_backward(dout, centred):
    return centred @ (dout + dout.T) / centred.shape[0]


def top_two_forward(x):
    return np.sort(x, axis=1)[:, -2:].sum(axis=1), x


def top_two_backward(dout, x):
    dx = np.zeros_like(x)
    np.put_along_axis(dx, np.argsort(x, axis=1)[:, -2:], 1, axis=1)
    return dx * dout[:, None]


def _with_zeros(rng, n):
    x = rng.normal(size=rows(n))
    x[::3, 1] = 0
    x[::6, 2] = 0
    return {"x": x}


FUNCTIONS = of_kind(
    "reductions",
    Function(
        "sum",
        sum_forward,
        sum_backward,
        normal(),
        edits(("mean", "(x, dout)", "(x, dout / x.size)"), ("x", "np.full_like(x, dout)", "dout * x")),
        sizes=EVERY,
        dtypes=ALL,
    ),
    Function(
        "mean of columns",
        mean_forward,
        mean_backward,
        normal_rows(),
        edits(("not divided", "dout / x.shape[0]", "dout"), ("divided by size", "x.shape[0]", "x.size")),
        sizes=CHEAP,
        dtypes=ALL,
    ),
    Function(
        "sum of squares, axis kept",
        sum_of_squares_forward,
        sum_of_squares_backward,
        normal_rows(),
        edits(("no two", "2 * x", "x"), ("no x", "2 * x * dout", "2 * dout + 0 * x")),
        sizes=CHEAP,
        dtypes=ALL,
    ),
    Function(
        "max of rows",
        max_forward,
        max_backward,
        normal_rows(6),
        edits(("next entry", "x.shape[0]), place]", "x.shape[0]), place - 1]"), ("one", "= dout", "= 1")),
        sizes=CHEAP,
    ),
    Function(
        "max of all, with a tie",
        total_max_forward,
        total_max_backward,
        with_values(normal(), 7.0, 7.0),
        edits(("minus", "dout * (best", "-dout * (best"), ("five times", "best / best.sum()", "best * 5")),
        stands_at_kinks=True,
        sizes=CHEAP,
    ),
    Function(
        "max of all",
        total_max_forward,
        total_max_backward,
        normal(),
        edits(("everything", "best / best.sum()", "1 + 0 * x"), ("size", "best.sum()", "x.size")),
        sizes=CHEAP,
    ),
    Function(
        "min of rows",
        min_forward,
        min_backward,
        normal_rows(),
        edits(("max", "x.min(", "x.max("), ("minus", "* dout[:, None]", "* -dout[:, None]")),
        sizes=CHEAP,
    ),
    Function(
        "min of rows, with ties",
        min_forward,
        min_backward,
        lambda rng, n: {"x": rng.integers(0, 9, size=rows(n)).astype(float)},
        edits(("minus", "* dout[:, None]", "* -dout[:, None]"), ("thrice", "(best /", "(3 * best /")),
        stands_at_kinks=True,
        common=("zero",),
    ),
    Function(
        "product of rows",
        product_forward,
        product_backward,
        lambda rng, n: {"x": rng.choice([-1, 1], size=rows(n)) * rng.uniform(0.5, 1.5, size=rows(n))},
        edits(("no division", "[:, None] / x", "[:, None] + 0 * x"), ("no product", "dout * out", "dout")),
        sizes=CHEAP,
        dtypes=ALL,
    ),
    Function(
        "product of rows, with zeros",
        product_with_zeros_forward,
        product_with_zeros_backward,
        _with_zeros,
        edits(
            ("zero where a factor is", "return dx", "return dx * (x != 0)"),
            ("one less", "(x, k,", "(x, [k, 0],"),
        ),
    ),
    Function(
        "variance",
        variance_forward,
        variance_backward,
        normal_rows(8),
        edits(
            ("no two", "2 * centred /", "centred /"),
            ("one less", "/ centred.shape[1]", "/ (centred.shape[1] - 1)"),
        ),
        sizes=CHEAP,
    ),
    Function(
        "unbiased variance",
        unbiased_forward,
        unbiased_backward,
        normal_rows(30, 2, 3),
        edits(("biased", "(centred.shape[1] - 1)", "centred.shape[1]"), ("no dout", " * dout[:, None]", "")),
        sizes=(60, 600, 5_000, 100_000),
    ),
    *(
        Function(
            f"one-pass variance, mean {mean:g}",
            one_pass_variance_forward,
            one_pass_variance_backward,
            normal_rows(10, 1, mean),
            edits(
                ("no mean", "(x - mean[:, None])", "x"),
                ("no count", " / x.shape[1]", ""),
                ("half", "2 * (x", "(x"),
            ),
            sizes=(20, 600, 5_000),
        )
        for mean in (0.0, 100.0, 1e4)
    ),
    Function(
        "standard deviation",
        deviation_forward,
        deviation_backward,
        normal_rows(8),
        edits(("no division", " * out[:, None])", ")"), ("no count", "(centred.shape[1] * ", "(")),
        sizes=CHEAP,
    ),
    Function(
        "l1 norm of rows",
        l1_forward,
        l1_backward,
        normal_rows(),
        edits(("no sign", "np.sign(x)", "np.ones_like(x)"), ("x", "np.sign(x)", "x")),
        sizes=CHEAP,
        dtypes=ALL,
    ),
    Function(
        "l1 norm of rows, at zeros",
        l1_forward,
        l1_backward,
        with_values(normal_rows(), 0.0, 0.0),
        edits(
            ("two at zero", "np.sign(x)", "(np.sign(x) + 2 * (x == 0))"),
            ("no sign", "np.sign(x)", "np.ones_like(x)"),
        ),
        stands_at_kinks=True,
    ),
    Function(
        "l2 norm of all",
        l2_forward,
        l2_backward,
        normal(),
        edits(
            ("no division", "x / out", "x"),
            ("square", "/ out", "/ out**2"),
            ("twice", "dout * x", "2 * dout * x"),
        ),
        sizes=EVERY,
        dtypes=("float64", "float32"),
    ),
    Function(
        "l2 norm of rows",
        row_l2_forward,
        row_l2_backward,
        normal_rows(),
        edits(("no division", "(dout / out)", "dout"), ("no x", "x * (", "(0 * x + 1) * (")),
        sizes=CHEAP,
        dtypes=ALL,
    ),
    Function(
        "l3 norm of rows",
        l3_forward,
        l3_backward,
        normal_rows(),
        edits(
            ("no sign", "np.sign(x) * ", ""),
            ("cube", "** 2", "** 3"),
            ("no division", "x / out[:, None]", "x"),
        ),
        sizes=CHEAP,
    ),
    Function(
        "largest absolute value",
        largest_forward,
        largest_backward,
        normal_rows(7),
        edits(("no sign", " * np.sign(x)", ""), ("all", "best * ", "")),
        sizes=CHEAP,
    ),
    Function(
        "logsumexp of rows",
        log_sum_exp_forward,
        log_sum_exp_backward,
        normal_rows(8, 3),
        edits(("no division", " / e.sum(axis=1, keepdims=True)", ""), ("mean", "e.sum(", "e.mean(")),
        sizes=CHEAP,
        dtypes=ALL,
    ),
    Function(
        "logsumexp of rows, shifted by 1e4",
        log_sum_exp_forward,
        log_sum_exp_backward,
        normal_rows(8, 3, 1e4),
        edits(
            ("no division", " / e.sum(axis=1, keepdims=True)", ""),
            ("plus one", "e.sum(axis=1, keepdims=True)", "(1 + e.sum(axis=1, keepdims=True))"),
        ),
        sizes=(16, 600, 5_000),
    ),
    Function(
        "logarithm of the mean exp",
        log_mean_exp_forward,
        log_mean_exp_backward,
        normal(2),
        edits(("mean", "e.sum()", "e.mean()"), ("no division", "e / e.sum()", "e")),
        sizes=CHEAP,
    ),
    Function(
        "median of rows",
        median_forward,
        median_backward,
        normal_rows(5),
        edits(("next", "// 2]", "// 2 + 1]"), ("mean", "= dout", "= dout / 5")),
        sizes=CHEAP,
    ),
    Function(
        "range of rows",
        range_forward,
        range_backward,
        normal_rows(6),
        edits(("max only", "dx[index, x.argmin(axis=1)] -= dout", "pass"), ("sum", "-= dout", "+= dout")),
        sizes=CHEAP,
    ),
    Function(
        "geometric mean",
        geometric_mean_forward,
        geometric_mean_backward,
        lambda rng, n: {"x": rng.uniform(0.2, 3, size=rows(n))},
        edits(("no count", " / x.shape[1]", ""), ("no x", "[:, None] / x", "[:, None] + 0 * x")),
        sizes=CHEAP,
    ),
    Function(
        "harmonic mean",
        harmonic_mean_forward,
        harmonic_mean_backward,
        lambda rng, n: {"x": rng.uniform(0.2, 3, size=rows(n))},
        edits(("no square", "out**2", "out"), ("x", "/ x**2", "/ x")),
        sizes=CHEAP,
    ),
    Function(
        "weighted mean",
        weighted_mean_forward,
        weighted_mean_backward,
        lambda rng, n: {"x": rng.normal(size=rows(n)), "w": rng.uniform(0.5, 2, size=rows(n)[0])},
        edits(
            ("no mean", "(x - out)", "x"),
            ("no total", "dout / total", "dout"),
            ("no weight", "w[:, None] * dout", "dout + 0 * x"),
        ),
        sizes=CHEAP,
    ),
    Function(
        "skewness",
        skewness_forward,
        skewness_backward,
        lambda rng, n: {"x": rng.exponential(size=n)},
        edits(
            ("no mean", "- 1 - skew", "- skew"),
            ("no deviation", " - skew * z", ""),
            ("no three", "dout * 3", "dout"),
        ),
        sizes=CHEAP,
    ),
    Function(
        "covariance matrix",
        covariance_forward,
        covariance_backward,
        normal_rows(5),
        edits(("one side", "(dout + dout.T)", "(2 * dout)"), ("half", "(dout + dout.T)", "dout.T")),
        sizes=CHEAP,
    ),
    Function(
        "sum of the two largest",
        top_two_forward,
        top_two_backward,
        normal_rows(6),
        edits(("the smallest", "[:, -2:]", "[:, :2]"), ("three", "[:, -2:]", "[:, -3:]")),
        sizes=CHEAP,
    ),
)
