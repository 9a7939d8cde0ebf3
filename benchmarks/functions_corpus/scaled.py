"""Ill-scaled functions and inputs, plateaus, functions in one precision only, and random ones."""

import numpy as np
from numpy.random import default_rng

from functions_corpus.model import (
    CHEAP,
    EVERY,
    WIDE,
    Function,
    edits,
    elementwise,
    normal,
    normal_rows,
    of_kind,
    uniform,
)


def only_single(x):
    """Refuse what is not float32."""
    if x.dtype != np.float32:
        raise TypeError(f"float32 only, not {x.dtype}")


def single_tanh_forward(x):
    only_single(x)
    return free_tanh_forward(x)


def free_tanh_forward(x):
    out = np.tanh(x)
    return out, out


def single_tanh_backward(dout, out):
    return dout * (1 - out * out)


def single_softmax_forward(x):
    only_single(x)
    return free_softmax_forward(x)


def free_softmax_forward(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    out = e / e.sum(axis=1, keepdims=True)
    return out, out


def single_softmax_backward(dout, out):
    return out * (dout - (dout * out).sum(axis=1, keepdims=True))


def single_product_forward(a, b):
    only_single(a)
    return free_product_forward(a, b)


def free_product_forward(a, b):
    return a @ b, (a, b)


def single_product_backward(dout, cache):
    a, b = cache
    return dout @ b.T, a.T @ dout


def casting_forward(x):
    y = x.astype(np.float32)
    return y * y * y, y


def casting_backward(dout, y):
    return 3 * dout * y * y


def scales_forward(x, s):
    return np.tanh(x * s) / s, (x, s)


def scales_backward(dout, cache):
    x, s = cache
    t = np.tanh(x * s)
    return dout * (1 - t * t), dout * (x * (1 - t * t) / s - t / s**2)


def mixed_forward(x):
    return (x * x).sum(axis=0), x


def mixed_backward(dout, x):
    return 2 * x * dout


def cancelling_forward(x):
    return (x + 1e5) - 1e5, x


def cancelling_backward(dout, x):
    return 1 * dout


def difference_of_squares_forward(a, b):
    return a * a - b * b, (a, b)


def difference_of_squares_backward(dout, cache):
    a, b = cache
    return 2 * dout * a, -2 * dout * b


def nearly_constant_forward(x):
    return 1e3 + 1e-3 * np.sin(x), x


def nearly_constant_backward(dout, x):
    return 1e-3 * dout * np.cos(x)


def quadratic_of_scales_forward(x):
    weights = 10.0 ** (np.arange(x.size) % 12 - 6)
    return 0.5 * (weights.astype(x.dtype) * x * x), (x, weights.astype(x.dtype))


def quadratic_of_scales_backward(dout, cache):
    x, weights = cache
    return dout * weights * x


def rounding_forward(x):
    return np.round(x), x


def rounding_backward(dout, x):
    return 0 * x


def sign_forward(x):
    return np.sign(x), x


def sign_backward(dout, x):
    return np.zeros_like(x)


def floor_forward(x):
    return np.floor(3 * x), x


def floor_backward(dout, x):
    return np.zeros_like(x)


def saturated_forward(x):
    return np.clip(x, -1, 1), x


def saturated_backward(dout, x):
    return dout * (np.abs(x) < 1)


def threshold_forward(x):
    return (x.sum(axis=1) > 0).astype(x.dtype), x


def threshold_backward(dout, x):
    return np.zeros_like(x)


def constant_forward(x):
    return np.ones_like(x) * 2, x


def constant_backward(dout, x):
    return np.zeros_like(x)


def unused_forward(x, y):
    return np.sin(x), (x, y)


def unused_backward(dout, cache):
    x, y = cache
    return dout * np.cos(x), np.zeros_like(y)


def softmax_sum_forward(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).sum(axis=1), x


def softmax_sum_backward(dout, x):
    return np.zeros_like(x)


def seeded_dropout_forward(x, key):
    keep = default_rng(key).random(x.shape) < 0.7
    return x * keep / 0.7, keep


def seeded_dropout_backward(dout, keep):
    return dout * keep / 0.7


def sampled_forward(mean, spread, key):
    noise = default_rng(key).normal(size=mean.shape).astype(mean.dtype)
    return mean + np.exp(spread) * noise, (spread, noise)


def sampled_backward(dout, cache):
    spread, noise = cache
    return 1 * dout, dout * np.exp(spread) * noise


SOURCE = default_rng(0)
"""A generator that goes on from call to call: what is drawn from it differs every time."""


def dropout_forward(x):
    keep = SOURCE.random(x.shape) < 0.5
    return 2 * x * keep, keep


def dropout_backward(dout, keep):
    return 2 * dout * keep


def noisy_forward(x):
    return np.tanh(x) + 0.01 * SOURCE.normal(size=x.shape).astype(x.dtype), x


def noisy_backward(dout, x):
    return dout * (1 - np.tanh(x) ** 2)


def random_scale_forward(x):
    scale = float(SOURCE.uniform(0.5, 2))
    return scale * x * x, (x, scale)


def random_scale_backward(dout, cache):
    x, scale = cache
    return 2 * scale * x * dout


def _decades(low, high):
    return lambda rng, n: {"x": rng.choice([-1, 1], size=n) * 10 ** rng.uniform(low, high, size=n)}


def _between(rng, n):
    return {"x": rng.integers(-4, 5, size=n) + rng.uniform(-0.3, 0.3, size=n)}


def _scales(rng, n):
    return {"x": rng.normal(size=n), "s": rng.uniform(0.5, 2, size=n) * 10 ** rng.uniform(-2, 1, size=n)}


ZERO = ("stray", "column")


FUNCTIONS = (
    of_kind(
        "scaled",
        elementwise(
            "square over 12 orders of magnitude",
            lambda x: x * x,
            lambda x: 2 * x,
            {"no two": lambda x: x, "floor": lambda x: 2 * np.sign(x) * np.maximum(np.abs(x), 1e-5)},
            _decades(-6, 6),
            dtypes=WIDE,
        ),
        elementwise(
            "arctangent over 12 orders of magnitude",
            np.arctan,
            lambda x: 1 / (1 + x * x),
            {"one": np.ones_like},
            _decades(-6, 6),
            dtypes=WIDE,
        ),
        elementwise(
            "logarithm over 12 orders of magnitude",
            lambda x: np.log(np.abs(x)),
            lambda x: 1 / x,
            {"guarded": lambda x: x / (x * x + 1e-8)},
            _decades(-6, 6),
            dtypes=WIDE,
        ),
        elementwise(
            "sine of 100 x",
            lambda x: np.sin(100 * x),
            lambda x: 100 * np.cos(100 * x),
            {"no inner slope": lambda x: np.cos(100 * x), "sine": lambda x: 100 * np.sin(100 * x)},
            normal(),
            dtypes=WIDE,
        ),
        elementwise(
            "sine of 3000 x",
            lambda x: np.sin(3000 * x),
            lambda x: 3000 * np.cos(3000 * x),
            {"minus": lambda x: -3000 * np.cos(3000 * x)},
            normal(),
            dtypes=("float64",),
        ),
        elementwise(
            "fast and slow",
            lambda x: np.sin(x) + 0.01 * np.sin(200 * x),
            lambda x: np.cos(x) + 2 * np.cos(200 * x),
            {"slow only": np.cos, "fast only": lambda x: 2 * np.cos(200 * x)},
            normal(),
            dtypes=WIDE,
        ),
        elementwise(
            "steep sigmoid",
            lambda x: 0.5 * (1 + np.tanh(20 * x)),
            lambda x: 10 * (1 - np.tanh(20 * x) ** 2),
            {"half": lambda x: 5 * (1 - np.tanh(20 * x) ** 2)},
            normal(0.1),
            dtypes=WIDE,
        ),
        elementwise(
            "large offset of the input",
            lambda x: (x - 1e4) ** 2,
            lambda x: 2 * (x - 1e4),
            {"no two": lambda x: x - 1e4, "plus": lambda x: 2 * (x - 9999.5)},
            normal(1, 1e4),
            dtypes=WIDE,
        ),
        elementwise(
            "large offset of the output",
            lambda x: x**2 + 1e4,
            lambda x: 2 * x,
            {"no two": lambda x: x},
            normal(),
            dtypes=WIDE,
            sizes=EVERY,
        ),
        elementwise(
            "tiny inputs",
            lambda x: 1e6 * x + x * x,
            lambda x: 1e6 + 2 * x,
            {"x": lambda x: 2 * x},
            normal(1e-6),
            dtypes=WIDE,
        ),
        elementwise(
            "huge inputs",
            lambda x: x / 1e6 + 1,
            lambda x: np.full_like(x, 1e-6),
            {"one": np.ones_like},
            normal(1e6),
            dtypes=WIDE,
        ),
        elementwise(
            "runge",
            lambda x: 1 / (1 + 2500 * x * x),
            lambda x: -5000 * x / (1 + 2500 * x * x) ** 2,
            {"no square": lambda x: -5000 * x / (1 + 2500 * x * x)},
            normal(0.1),
            dtypes=WIDE,
        ),
        elementwise(
            "narrow bump",
            lambda x: np.exp(-400 * x * x),
            lambda x: -800 * x * np.exp(-400 * x * x),
            {"half": lambda x: -400 * x * np.exp(-400 * x * x)},
            uniform(-0.15, 0.15),
            dtypes=WIDE,
        ),
        Function(
            "(x + 1e5) - 1e5",
            cancelling_forward,
            cancelling_backward,
            normal(),
            edits(
                ("x", "1 * dout", "dout * x"),
            ),
            sizes=CHEAP,
        ),
        Function(
            "nearly constant",
            nearly_constant_forward,
            nearly_constant_backward,
            normal(),
            edits(("sine", "np.cos", "np.sin"), ("no scale", "1e-3 * ", "")),
            sizes=CHEAP,
        ),
        Function(
            "difference of near squares",
            difference_of_squares_forward,
            difference_of_squares_backward,
            lambda rng, n: {"a": 300 + rng.normal(size=n), "b": 300 + rng.normal(size=n)},
            edits(("no minus", "-2 * dout", "2 * dout"), ("other", "2 * dout * a", "2 * dout * b * 1.02")),
            sizes=CHEAP,
        ),
        Function(
            "scale in and out",
            scales_forward,
            scales_backward,
            _scales,
            edits(("one term", " - t / s**2", ""), ("no square", "t / s**2", "t / s")),
            sizes=CHEAP,
        ),
        Function(
            "sums of squares of columns of unequal size",
            mixed_forward,
            mixed_backward,
            lambda rng, n: {"x": rng.normal(size=(max(2, n // 8), 8)) * 10.0 ** np.arange(-4, 4)},
            edits(
                ("no two", "2 * x", "x"),
                ("small column lost", "2 * x * dout", "2 * x * dout * (np.arange(8) != 1)"),
            ),
            sizes=CHEAP,
        ),
        Function(
            "quadratic with weights over 12 orders",
            quadratic_of_scales_forward,
            quadratic_of_scales_backward,
            normal(),
            edits(
                ("squared weights", "dout * weights * x", "dout * weights * weights * x"),
                ("small ones lost", "weights * x", "weights * x * (weights > 1e-4)"),
            ),
            sizes=CHEAP,
        ),
    )
    + of_kind(
        "plateaus",
        Function(
            "round",
            rounding_forward,
            rounding_backward,
            _between,
            edits(("straight through", "0 * x", "1 * dout"), ("tiny", "0 * x", "0 * x + 0.001")),
            sizes=EVERY,
            common=ZERO,
        ),
        Function(
            "sign",
            sign_forward,
            sign_backward,
            normal(),
            edits(
                ("straight through", "np.zeros_like(x)", "dout * (np.abs(x) < 1)"),
            ),
            sizes=CHEAP,
            common=ZERO,
        ),
        Function(
            "floor of three x",
            floor_forward,
            floor_backward,
            lambda rng, n: {"x": (rng.integers(-4, 5, size=n) + rng.uniform(0.2, 0.8, size=n)) / 3},
            edits(
                ("slope of the mean", "np.zeros_like(x)", "3 * dout"),
            ),
            sizes=CHEAP,
            common=ZERO,
        ),
        Function(
            "saturated clip",
            saturated_forward,
            saturated_backward,
            lambda rng, n: {"x": rng.choice([-1, 1], size=n) * rng.uniform(1.2, 3, size=n)},
            edits(
                ("not cut", " * (np.abs(x) < 1)", ""),
            ),
            sizes=CHEAP,
            common=ZERO,
        ),
        Function(
            "threshold of sums",
            threshold_forward,
            threshold_backward,
            normal_rows(),
            edits(
                ("straight through", "np.zeros_like(x)", "dout[:, None] + 0 * x"),
            ),
            sizes=CHEAP,
            common=ZERO,
        ),
        Function(
            "constant",
            constant_forward,
            constant_backward,
            normal(),
            edits(
                ("one", "np.zeros_like(x)", "1 * dout"), ("hundredth of x", "np.zeros_like(x)", "0.01 * x")
            ),
            sizes=CHEAP,
            common=ZERO,
        ),
        Function(
            "unused input",
            unused_forward,
            unused_backward,
            lambda rng, n: {"x": rng.normal(size=n), "y": rng.normal(size=n)},
            edits(
                ("as if used", "np.zeros_like(y)", "dout * y"),
            ),
            sizes=CHEAP,
            common=ZERO,
        ),
        Function(
            "sum of a softmax",
            softmax_sum_forward,
            softmax_sum_backward,
            normal_rows(6),
            edits(
                ("not zero", "np.zeros_like(x)", "0.01 * x"),
            ),
            sizes=CHEAP,
            common=ZERO,
        ),
    )
    + of_kind(
        "single",
        Function(
            "float32 only: tanh",
            single_tanh_forward,
            single_tanh_backward,
            normal(),
            edits(("no square", "out * out", "out"), ("plus", "1 - ", "1 + ")),
            sizes=CHEAP,
            dtypes=("float32",),
            seeds=(0, 1, 2),
            unguarded=free_tanh_forward,
            common=("sign", "double", "zero"),
        ),
        Function(
            "float32 only: softmax",
            single_softmax_forward,
            single_softmax_backward,
            normal_rows(6),
            edits(
                ("diagonal only", "(dout * out).sum(axis=1, keepdims=True)", "dout * out"),
            ),
            sizes=CHEAP,
            dtypes=("float32",),
            seeds=(0, 1, 2),
            unguarded=free_softmax_forward,
            common=("sign", "double", "rolled"),
        ),
        Function(
            "float32 only: matmul",
            single_product_forward,
            single_product_backward,
            lambda rng, n: {"a": rng.normal(size=(max(2, n // 5), 5)), "b": rng.normal(size=(5, 4))},
            edits(
                ("mean", "a.T @ dout", "a.T @ dout / 3"),
            ),
            sizes=(20, 600, 5_000),
            dtypes=("float32",),
            seeds=(0, 1, 2),
            unguarded=free_product_forward,
            common=("sign", "zero", "row"),
        ),
        Function(
            "casts to float32: cube",
            casting_forward,
            casting_backward,
            normal(),
            edits(("no three", "3 * ", ""), ("no square", "y * y", "y")),
            sizes=CHEAP,
            dtypes=("float32", "float64"),
            seeds=(0, 1),
            common=("sign", "zero"),
        ),
    )
    + of_kind(
        "random",
        Function(
            "dropout with a seed",
            seeded_dropout_forward,
            seeded_dropout_backward,
            lambda rng, n: {"x": rng.normal(size=n), "key": 3},
            edits(("not scaled", " / 0.7", ""), ("no mask", " * keep", "")),
            sizes=CHEAP,
            dtypes=("float64", "float32", "float16"),
        ),
        Function(
            "sampling with a seed",
            sampled_forward,
            sampled_backward,
            lambda rng, n: {"mean": rng.normal(size=n), "spread": rng.normal(size=n), "key": 5},
            edits(("no exp", "np.exp(spread) * ", ""), ("no noise", " * noise", "")),
            sizes=CHEAP,
        ),
        Function(
            "dropout without a seed",
            dropout_forward,
            dropout_backward,
            normal(),
            {},
            is_random=True,
            common=(),
            sizes=(7, 600, 5_000),
            seeds=(0, 1),
        ),
        Function(
            "added noise",
            noisy_forward,
            noisy_backward,
            normal(),
            {},
            is_random=True,
            common=(),
            sizes=(7, 600, 5_000),
            seeds=(0, 1),
        ),
        Function(
            "random scale",
            random_scale_forward,
            random_scale_backward,
            normal(),
            {},
            is_random=True,
            common=(),
            sizes=(7, 600, 5_000),
            seeds=(0, 1),
        ),
    )
)
