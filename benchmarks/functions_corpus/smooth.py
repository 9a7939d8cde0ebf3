"""Smooth functions of one number, or of two entry by entry."""

import math

import numpy as np

from functions_corpus.model import (
    ALL,
    CHEAP,
    EVERY,
    WIDE,
    Function,
    edits,
    elementwise,
    normal,
    of_kind,
    uniform,
    with_values,
)
from functions_corpus.special import erf

ROOT = math.sqrt(2)
BELL = 1 / math.sqrt(2 * math.pi)
INNER = math.sqrt(2 / math.pi)


def _erf(x):
    return erf(x).astype(x.dtype)


def _sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def _tanh_of_gelu(x):
    return np.tanh(INNER * (x + 0.044715 * x**3))


def _gelu_slope(x):
    return 0.5 * (1 + _erf(x / ROOT)) + x * BELL * np.exp(-0.5 * x * x)


def _softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _mish_slope(x):
    t = np.tanh(_softplus(x))
    return t + x * (1 - t * t) * _sigmoid(x)


def sigmoid_forward(x):
    out = 1 / (1 + np.exp(-x))
    return out, out


def sigmoid_backward(dout, out):
    return dout * out * (1 - out)


def tanh_forward(x):
    out = np.tanh(x)
    return out, out


def tanh_backward(dout, out):
    return dout * (1 - out**2)


def atan2_forward(y, x):
    return np.arctan2(y, x), (y, x)


def atan2_backward(dout, cache):
    y, x = cache
    square = x * x + y * y
    return dout * x / square, -dout * y / square


def hypot_forward(x, y):
    out = np.hypot(x, y)
    return out, (x, y, out)


def hypot_backward(dout, cache):
    x, y, out = cache
    return dout * x / out, dout * y / out


def power_forward(x, p):
    out = x**p
    return out, (x, p, out)


def power_backward(dout, cache):
    x, p, out = cache
    return dout * p * x ** (p - 1), dout * out * np.log(x)


def divide_forward(a, b):
    return a / b, (a, b)


def divide_backward(dout, cache):
    a, b = cache
    return dout / b, -dout * a / b**2


def bias_forward(x, b):
    return x * b + b, (x, b)


def bias_backward(dout, cache):
    x, b = cache
    return dout * b, (dout * (x + 1)).sum(axis=0)


def column_forward(x, s):
    return np.exp(s) * x, (x, s)


def column_backward(dout, cache):
    x, s = cache
    return dout * np.exp(s), (dout * x * np.exp(s)).sum(axis=1, keepdims=True)


def scalar_forward(x, t):
    return x / t, (x, t)


def scalar_backward(dout, cache):
    x, t = cache
    return dout / t, -(dout * x / t**2).sum()


def glu_forward(a, b):
    gate = _sigmoid(b)
    return a * gate, (a, gate)


def glu_backward(dout, cache):
    a, gate = cache
    return dout * gate, dout * a * gate * (1 - gate)


def _two(low, high):
    return lambda rng, n: {
        "x": rng.uniform(low, high, size=n),
        "y": rng.uniform(low, high, size=n),
    }


FUNCTIONS = of_kind(
    "smooth",
    elementwise("cube", lambda x: x**3, lambda x: 3 * x * x, {"no three": lambda x: x * x}, normal()),
    elementwise(
        "cubic with zeros of the slope",
        lambda x: x**3 - 3 * x,
        lambda x: 3 * (x * x - 1),
        {"slope 0.01 there": lambda x: 3 * (x * x - 1) + 0.01 * (np.abs(x) == 1).astype(x.dtype)},
        with_values(normal(), 1.0, -1.0),
        common=("stray", "percent", "sign"),
    ),
    elementwise(
        "gelu",
        lambda x: 0.5 * x * (1 + _erf(x / ROOT)),
        _gelu_slope,
        {
            "no density": lambda x: 0.5 * (1 + _erf(x / ROOT)),
            "of the tanh form times 1.01": lambda x: 1.01 * _gelu_slope(x),
            "no square root of two": lambda x: 0.5 * (1 + _erf(x)) + x * BELL * np.exp(-0.5 * x * x),
        },
        normal(),
    ),
    elementwise(
        "gelu by tanh",
        lambda x: 0.5 * x * (1 + _tanh_of_gelu(x)),
        lambda x: (
            0.5 * (1 + _tanh_of_gelu(x))
            + 0.5 * x * (1 - _tanh_of_gelu(x) ** 2) * INNER * (1 + 3 * 0.044715 * x * x)
        ),
        {
            "no three": lambda x: (
                0.5 * (1 + _tanh_of_gelu(x))
                + 0.5 * x * (1 - _tanh_of_gelu(x) ** 2) * INNER * (1 + 0.044715 * x * x)
            ),
            "first term only": lambda x: 0.5 * (1 + _tanh_of_gelu(x)),
        },
        normal(),
    ),
    elementwise(
        "silu",
        lambda x: x * _sigmoid(x),
        lambda x: _sigmoid(x) * (1 + x * (1 - _sigmoid(x))),
        {"no x": lambda x: _sigmoid(x) * (2 - _sigmoid(x)), "gate only": _sigmoid},
        normal(2),
    ),
    elementwise(
        "mish",
        lambda x: x * np.tanh(_softplus(x)),
        _mish_slope,
        {"no product rule": lambda x: np.tanh(_softplus(x)), "half": lambda x: 0.5 * _mish_slope(x)},
        normal(1.5),
    ),
    elementwise(
        "softplus",
        _softplus,
        _sigmoid,
        {"of minus x": lambda x: _sigmoid(-x), "step": lambda x: (x > 0).astype(x.dtype)},
        normal(3),
    ),
    elementwise(
        "softplus, far out",
        _softplus,
        lambda x: np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))),
        {"step": lambda x: (x > 0).astype(x.dtype), "clipped": lambda x: np.maximum(_sigmoid(x), 0.02)},
        uniform(-25, 25),
        dtypes=WIDE,
    ),
    elementwise(
        "log",
        np.log,
        lambda x: 1 / x,
        {"guarded": lambda x: 1 / (x + 0.01), "output": lambda x: np.log(x)},
        uniform(0.1, 4),
    ),
    elementwise(
        "log near zero",
        np.log,
        lambda x: 1 / x,
        {"guarded": lambda x: 1 / (x + 1e-4), "clipped": lambda x: 1 / np.maximum(x, 1e-4)},
        lambda rng, n: {"x": 10 ** rng.uniform(-7, 0, size=n)},
        dtypes=WIDE,
    ),
    elementwise(
        "square root",
        np.sqrt,
        lambda x: 0.5 / np.sqrt(x),
        {"no half": lambda x: 1 / np.sqrt(x), "root": np.sqrt},
        uniform(0.05, 4),
    ),
    elementwise(
        "square root near zero",
        np.sqrt,
        lambda x: 0.5 / np.sqrt(x),
        {"guarded": lambda x: 0.5 / np.sqrt(x + 1e-6)},
        lambda rng, n: {"x": 10 ** rng.uniform(-9, 0, size=n)},
        dtypes=WIDE,
    ),
    elementwise(
        "reciprocal root",
        lambda x: 1 / np.sqrt(x),
        lambda x: -0.5 / (x * np.sqrt(x)),
        {"no minus": lambda x: 0.5 / (x * np.sqrt(x)), "no half power": lambda x: -0.5 / x},
        uniform(0.1, 4),
    ),
    elementwise(
        "reciprocal",
        lambda x: 1 / x,
        lambda x: -1 / x**2,
        {"no square": lambda x: -1 / x},
        lambda rng, n: {"x": rng.choice([-1, 1], size=n) * rng.uniform(0.2, 4, size=n)},
    ),
    elementwise(
        "entropy",
        lambda x: -x * np.log(x),
        lambda x: -np.log(x) - 1,
        {"no one": lambda x: -np.log(x), "no minus": lambda x: np.log(x) + 1},
        uniform(0.01, 1),
    ),
    elementwise(
        "entropy near zero",
        lambda x: -x * np.log(x),
        lambda x: -np.log(x) - 1,
        {"clipped": lambda x: -np.log(np.maximum(x, 1e-5)) - 1},
        lambda rng, n: {"x": 10 ** rng.uniform(-10, 0, size=n)},
        dtypes=WIDE,
    ),
    elementwise(
        "power 2.5",
        lambda x: x**2.5,
        lambda x: 2.5 * x**1.5,
        {"no exponent": lambda x: x**1.5, "exponent kept": lambda x: 2.5 * x**2.5},
        uniform(0.05, 3),
    ),
    elementwise(
        "arcsine",
        np.arcsin,
        lambda x: 1 / np.sqrt(1 - x * x),
        {"no root": lambda x: 1 / (1 - x * x), "plus": lambda x: 1 / np.sqrt(1 + x * x)},
        uniform(-0.9, 0.9),
    ),
    elementwise(
        "arcsine near one",
        np.arcsin,
        lambda x: 1 / np.sqrt((1 - x) * (1 + x)),
        {"guarded": lambda x: 1 / np.sqrt((1 - x) * (1 + x) + 1e-3)},
        lambda rng, n: {"x": rng.choice([-1, 1], size=n) * (1 - 10 ** rng.uniform(-5, -1, size=n))},
        dtypes=WIDE,
    ),
    elementwise(
        "arccosine",
        np.arccos,
        lambda x: -1 / np.sqrt((1 - x) * (1 + x)),
        {"sign of arcsine": lambda x: 1 / np.sqrt((1 - x) * (1 + x))},
        uniform(-0.95, 0.95),
    ),
    elementwise(
        "tangent",
        np.tan,
        lambda x: 1 + np.tan(x) ** 2,
        {"minus": lambda x: 1 - np.tan(x) ** 2, "no square": lambda x: 1 / np.abs(np.cos(x))},
        uniform(-1.4, 1.4),
    ),
    elementwise(
        "arctangent",
        np.arctan,
        lambda x: 1 / (1 + x * x),
        {"no square": lambda x: 1 / (1 + np.abs(x))},
        normal(2),
    ),
    elementwise(
        "erf",
        _erf,
        lambda x: 2 * INNER / ROOT * np.exp(-x * x),
        {"no two": lambda x: INNER / ROOT * np.exp(-x * x), "half exponent": lambda x: np.exp(-x * x / 2)},
        normal(),
    ),
    elementwise(
        "exp", np.exp, np.exp, {"input": lambda x: x, "first order": lambda x: 1 + x}, normal(), seeds=(0, 1)
    ),
    elementwise(
        "expm1",
        np.expm1,
        np.exp,
        {"output": np.expm1},
        lambda rng, n: {"x": rng.choice([-1, 1], size=n) * 10 ** rng.uniform(-4, 0, size=n)},
    ),
    elementwise(
        "log1p",
        np.log1p,
        lambda x: 1 / (1 + x),
        {"no one": lambda x: 1 / x, "output": np.log1p},
        lambda rng, n: {"x": 10 ** rng.uniform(-4, 1, size=n)},
    ),
    elementwise(
        "hyperbolic sine", np.sinh, np.cosh, {"sine": np.sinh, "circular": np.cos}, normal(), seeds=(0, 1)
    ),
    elementwise(
        "area hyperbolic sine",
        np.arcsinh,
        lambda x: 1 / np.sqrt(x * x + 1),
        {"no root": lambda x: 1 / (x * x + 1)},
        normal(3),
    ),
    elementwise(
        "area hyperbolic tangent",
        np.arctanh,
        lambda x: 1 / (1 - x * x),
        {"root": lambda x: 1 / np.sqrt(1 - x * x)},
        uniform(-0.9, 0.9),
    ),
    elementwise(
        "sinc-like",
        lambda x: np.sin(x) / x,
        lambda x: (x * np.cos(x) - np.sin(x)) / x**2,
        {"no quotient rule": lambda x: np.cos(x) / x, "plus": lambda x: (x * np.cos(x) + np.sin(x)) / x**2},
        lambda rng, n: {"x": rng.choice([-1, 1], size=n) * rng.uniform(0.5, 6, size=n)},
    ),
    elementwise(
        "gaussian bump",
        lambda x: np.exp(-x * x),
        lambda x: -2 * x * np.exp(-x * x),
        {"no inner two": lambda x: -x * np.exp(-x * x), "no x": lambda x: -2 * np.exp(-x * x)},
        normal(),
    ),
    elementwise(
        "log of cosh",
        lambda x: _softplus(2 * x) - x - math.log(2),
        np.tanh,
        {"sign": np.sign, "x": lambda x: x},
        normal(2),
    ),
    elementwise(
        "log of sigmoid",
        lambda x: -_softplus(-x),
        lambda x: _sigmoid(-x),
        {"of x": _sigmoid, "both": lambda x: _sigmoid(x) * _sigmoid(-x)},
        normal(2),
    ),
    elementwise(
        "logit",
        lambda x: np.log(x / (1 - x)),
        lambda x: 1 / (x * (1 - x)),
        {"of sigmoid": lambda x: x * (1 - x), "first term": lambda x: 1 / x},
        uniform(0.05, 0.95),
    ),
    elementwise("identity", lambda x: 1 * x, np.ones_like, {"x": lambda x: x}, normal()),
    elementwise(
        "polynomial of degree 6",
        lambda x: x**6 - 2 * x**4 + x,
        lambda x: 6 * x**5 - 8 * x**3 + 1,
        {"one term less": lambda x: 6 * x**5 - 8 * x**3},
        uniform(-1.2, 1.2),
    ),
    Function(
        "sigmoid",
        sigmoid_forward,
        sigmoid_backward,
        normal(2),
        edits(("plus", "(1 - out)", "(1 + out)"), ("square", "out * (1 - out)", "out * out")),
        sizes=EVERY,
        dtypes=ALL,
        seeds=(0, 1),
    ),
    Function(
        "tanh",
        tanh_forward,
        tanh_backward,
        normal(),
        edits(("no square", "out**2", "out"), ("plus", "1 - out", "1 + out"), ("cube", "out**2", "out**3")),
        sizes=EVERY,
        dtypes=ALL,
        seeds=(0, 1),
    ),
    Function(
        "atan2",
        atan2_forward,
        atan2_backward,
        lambda rng, n: {"y": rng.normal(size=n), "x": rng.normal(size=n)},
        edits(("no minus", "-dout * y", "dout * y"), ("swapped", "dout * x /", "dout * y /")),
        sizes=CHEAP,
    ),
    Function(
        "hypot",
        hypot_forward,
        hypot_backward,
        _two(0.1, 3),
        edits(("no division", "dout * y / out", "dout * y"), ("swapped", "dout * x / out", "dout * y / out")),
        sizes=CHEAP,
        dtypes=ALL,
    ),
    Function(
        "power of two arrays",
        power_forward,
        power_backward,
        lambda rng, n: {"x": rng.uniform(0.2, 2, size=n), "p": rng.uniform(-2, 3, size=n)},
        edits(("exponent kept", "x ** (p - 1)", "x ** p"), ("no log", "out * np.log(x)", "out * x")),
        sizes=CHEAP,
        dtypes=ALL,
    ),
    Function(
        "quotient",
        divide_forward,
        divide_backward,
        lambda rng, n: {"a": rng.normal(size=n), "b": rng.uniform(0.3, 2, size=n)},
        edits(
            ("no square", "b**2", "b"), ("no minus", "-dout", "dout"), ("no division", "dout / b,", "dout,")
        ),
        sizes=EVERY,
        dtypes=ALL,
    ),
    Function(
        "scale and shift, broadcast",
        bias_forward,
        bias_backward,
        lambda rng, n: {"x": rng.normal(size=(max(2, n // 7), 7)), "b": rng.normal(size=7)},
        edits(
            ("no one", "(x + 1)", "x"),
            ("mean", ".sum(axis=0)", ".mean(axis=0)"),
            ("not summed", ".sum(axis=0)", ""),
        ),
        sizes=CHEAP,
    ),
    Function(
        "scaled rows, broadcast",
        column_forward,
        column_backward,
        lambda rng, n: {
            "x": rng.normal(size=(max(2, n // 6), 6)),
            "s": 0.5 * rng.normal(size=(max(2, n // 6), 1)),
        },
        edits(
            ("no axis kept", ", keepdims=True", ""),
            ("no exp", "dout * x * np.exp(s)", "dout * x"),
            ("not summed", ".sum(axis=1, keepdims=True)", ""),
        ),
        sizes=CHEAP,
    ),
    Function(
        "temperature, a number",
        scalar_forward,
        scalar_backward,
        lambda rng, n: {"x": rng.normal(size=n), "t": np.array(1.7)},
        edits(("no minus", "-(dout", "(dout"), ("no square", "t**2", "t"), ("mean", ".sum()", ".mean()")),
        sizes=CHEAP,
    ),
    Function(
        "gated linear unit",
        glu_forward,
        glu_backward,
        lambda rng, n: {"a": rng.normal(size=n), "b": rng.normal(size=n)},
        edits(
            ("no slope of the gate", "gate * (1 - gate)", "gate"),
            ("no gate", "dout * gate, dout * a", "dout, dout * a"),
            ("no a", "dout * a", "dout"),
        ),
        sizes=EVERY,
        dtypes=ALL,
    ),
)
