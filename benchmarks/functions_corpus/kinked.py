"""Functions of one number with a kink, a bend in the slope, or a jump in it."""

import numpy as np

from functions_corpus.model import EVERY, elementwise, normal, of_kind, uniform, with_values

ALPHA = 1.6732632423543772
SCALE = 1.0507009873554805
AT_KINKS = {"stands_at_kinks": True, "sizes": (7, 600, 5_000, 100_000)}


def _is(condition, x):
    """Return 1 where a condition holds and 0 elsewhere, in x's dtype."""
    return condition.astype(x.dtype)


FUNCTIONS = of_kind(
    "kinked",
    elementwise(
        "relu",
        lambda x: np.maximum(x, 0),
        lambda x: _is(x > 0, x),
        {
            "passes a little below zero": lambda x: _is(x > -0.3, x),
            "input": lambda x: np.maximum(x, 0),
        },
        normal(),
        sizes=EVERY,
    ),
    elementwise(
        "relu at zeros",
        lambda x: np.maximum(x, 0),
        lambda x: _is(x > 0, x),
        {"two at zero": lambda x: _is(x > 0, x) + 2 * _is(x == 0, x)},
        with_values(normal(), 0.0, 0.0),
        common=("zero", "mean dout", "half"),
        **AT_KINKS,
    ),
    elementwise(
        "relu, one at zeros",
        lambda x: x * _is(x >= 0, x),
        lambda x: _is(x >= 0, x),
        {"minus one at zero": lambda x: _is(x > 0, x) - _is(x == 0, x)},
        with_values(normal(), 0.0),
        common=("sign", "percent", "last block"),
        **AT_KINKS,
    ),
    elementwise(
        "leaky relu",
        lambda x: np.where(x > 0, x, 0.01 * x),
        lambda x: np.where(x > 0, 1, 0.01).astype(x.dtype),
        {
            "zero below": lambda x: _is(x > 0, x),
            "sign below": lambda x: np.where(x > 0, 1, -0.01).astype(x.dtype),
            "tenth below": lambda x: np.where(x > 0, 1, 0.1).astype(x.dtype),
        },
        normal(),
    ),
    elementwise(
        "leaky relu at zeros",
        lambda x: np.where(x > 0, x, 0.2 * x),
        lambda x: np.where(x > 0, 1, 0.2).astype(x.dtype),
        {"zero at zero": lambda x: np.where(x > 0, 1, np.where(x < 0, 0.2, 0)).astype(x.dtype)},
        with_values(normal(), 0.0),
        common=("percent", "zero", "rolled"),
        **AT_KINKS,
    ),
    elementwise(
        "relu6",
        lambda x: np.clip(x, 0, 6),
        lambda x: _is((x > 0) & (x < 6), x),
        {"not clipped above": lambda x: _is(x > 0, x), "clipped at 5": lambda x: _is((x > 0) & (x < 5), x)},
        normal(4, 2),
    ),
    elementwise(
        "hard tanh",
        lambda x: np.clip(x, -1, 1),
        lambda x: _is(np.abs(x) < 1, x),
        {"one side": lambda x: _is(x < 1, x), "slope of tanh": lambda x: 1 - np.tanh(x) ** 2},
        normal(),
    ),
    elementwise(
        "hard tanh at its corners",
        lambda x: np.clip(x, -1, 1),
        lambda x: _is(np.abs(x) <= 1, x),
        {"minus one at the corner": lambda x: _is(np.abs(x) <= 1, x) - 2 * _is(x == 1, x)},
        with_values(normal(), 1.0, -1.0),
        common=("sign", "entry", "no dout"),
        **AT_KINKS,
    ),
    elementwise(
        "hard sigmoid",
        lambda x: np.clip(x / 6 + 0.5, 0, 1),
        lambda x: _is(np.abs(x) < 3, x) / 6,
        {"a fifth": lambda x: _is(np.abs(x) < 3, x) / 5, "wide": lambda x: _is(np.abs(x) < 3.5, x) / 6},
        normal(3),
    ),
    elementwise(
        "hard swish",
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
        lambda x: np.where(x < -3, 0, np.where(x > 3, 1, (2 * x + 3) / 6)).astype(x.dtype),
        {
            "no product rule": lambda x: np.clip(x + 3, 0, 6) / 6,
            "not above": lambda x: np.where(x < -3, 0, (2 * x + 3) / 6).astype(x.dtype),
        },
        normal(2.5),
    ),
    elementwise(
        "soft shrink",
        lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
        lambda x: _is(np.abs(x) > 0.5, x),
        {"signed": lambda x: np.sign(x) * _is(np.abs(x) > 0.5, x)},
        normal(),
    ),
    elementwise(
        "hard shrink",
        lambda x: np.where(np.abs(x) > 0.5, x, 0),
        lambda x: _is(np.abs(x) > 0.5, x),
        {"shrinks less": lambda x: _is(np.abs(x) > 0.2, x)},
        lambda rng, n: {
            "x": rng.choice([-1, 1], size=n) * rng.uniform(0.55, 2, size=n) * rng.choice([1, 0.2], size=n)
        },
    ),
    elementwise(
        "absolute value",
        np.abs,
        np.sign,
        {"one": np.ones_like, "divided": lambda x: x / (np.abs(x) + 0.01)},
        normal(),
    ),
    elementwise(
        "absolute value at zeros",
        np.abs,
        np.sign,
        {"two at zero": lambda x: np.sign(x) + 2 * _is(x == 0, x)},
        with_values(normal(), 0.0, 0.0, 0.0),
        common=("zero", "percent", "absolute"),
        **AT_KINKS,
    ),
    elementwise(
        "huber",
        lambda x: np.where(np.abs(x) <= 1, 0.5 * x * x, np.abs(x) - 0.5),
        lambda x: np.clip(x, -1, 1),
        {
            "not clipped": lambda x: x,
            "no sign outside": lambda x: np.where(np.abs(x) <= 1, x, 1).astype(x.dtype),
            "sign everywhere": np.sign,
        },
        normal(1.2),
        sizes=EVERY,
    ),
    elementwise(
        "huber at its joints",
        lambda x: np.where(np.abs(x) <= 1, 0.5 * x * x, np.abs(x) - 0.5),
        lambda x: np.clip(x, -1, 1),
        {"zero at the joint": lambda x: np.where(np.abs(x) == 1, 0, np.clip(x, -1, 1)).astype(x.dtype)},
        with_values(normal(), 1.0, -1.0, 0.0),
        common=("stray", "percent", "zero"),
    ),
    elementwise(
        "elu",
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0))).astype(x.dtype),
        {
            "output": lambda x: np.where(x > 0, 1, np.expm1(np.minimum(x, 0))).astype(x.dtype),
            "zero below": lambda x: _is(x > 0, x),
        },
        normal(),
    ),
    elementwise(
        "elu at zeros",
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0))).astype(x.dtype),
        {
            "zero at zero": lambda x: (
                np.where(x > 0, 1, np.exp(np.minimum(x, 0))).astype(x.dtype) - _is(x == 0, x)
            )
        },
        with_values(normal(), 0.0),
        common=("half", "last block", "percent"),
        reference=lambda x: np.where(x > 0, x, np.exp(x) - 1),
    ),
    elementwise(
        "celu",
        lambda x: np.maximum(x, 0) + np.minimum(2 * np.expm1(np.minimum(x, 0) / 2), 0),
        lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0) / 2)).astype(x.dtype),
        {"without the two": lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0))).astype(x.dtype)},
        normal(),
    ),
    elementwise(
        "selu",
        lambda x: SCALE * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0))),
        lambda x: SCALE * np.where(x > 0, 1, ALPHA * np.exp(np.minimum(x, 0))).astype(x.dtype),
        {
            "without alpha": lambda x: SCALE * np.where(x > 0, 1, np.exp(np.minimum(x, 0))).astype(x.dtype),
            "without scale": lambda x: np.where(x > 0, 1, ALPHA * np.exp(np.minimum(x, 0))).astype(x.dtype),
        },
        normal(),
    ),
    elementwise(
        "softsign",
        lambda x: x / (1 + np.abs(x)),
        lambda x: 1 / (1 + np.abs(x)) ** 2,
        {"no square": lambda x: 1 / (1 + np.abs(x)), "no absolute": lambda x: 1 / (1 + x * x)},
        normal(),
    ),
    elementwise(
        "softsign at zeros",
        lambda x: x / (1 + np.abs(x)),
        lambda x: 1 / (1 + np.abs(x)) ** 2,
        {"signed": lambda x: np.sign(x) / (1 + np.abs(x)) ** 2},
        with_values(normal(), 0.0, 0.0),
        common=("flipped entry", "percent", "double"),
    ),
    elementwise(
        "squared hinge",
        lambda x: np.maximum(1 - x, 0) ** 2,
        lambda x: -2 * np.maximum(1 - x, 0),
        {"no square": lambda x: -2 * _is(x < 1, x), "no minus": lambda x: 2 * np.maximum(1 - x, 0)},
        normal(),
    ),
    elementwise(
        "squared hinge at its joint",
        lambda x: np.maximum(1 - x, 0) ** 2,
        lambda x: -2 * np.maximum(1 - x, 0),
        {"a tenth at the joint": lambda x: -2 * np.maximum(1 - x, 0) + 0.1 * _is(x == 1, x)},
        with_values(normal(), 1.0, 1.0),
        common=("stray", "half", "reversed"),
    ),
    elementwise(
        "hinge",
        lambda x: np.maximum(1 - x, 0),
        lambda x: -_is(x < 1, x),
        {"margin of zero": lambda x: -_is(x < 0, x)},
        normal(),
    ),
    elementwise(
        "x |x|",
        lambda x: x * np.abs(x),
        lambda x: 2 * np.abs(x),
        {"no two": np.abs, "no absolute": lambda x: 2 * x},
        normal(),
    ),
    elementwise(
        "x |x| at zeros",
        lambda x: x * np.abs(x),
        lambda x: 2 * np.abs(x),
        {"a hundredth at zero": lambda x: 2 * np.abs(x) + 0.01 * _is(x == 0, x)},
        with_values(normal(), 0.0, 0.0),
        common=("stray", "percent", "mean"),
    ),
    elementwise(
        "triangle wave",
        lambda x: np.abs(x - 2 * np.floor(x / 2 + 0.5)),
        lambda x: np.sign(x - 2 * np.floor(x / 2 + 0.5)),
        {"sign of x": np.sign},
        normal(3),
    ),
    elementwise(
        "staircase with slope",
        lambda x: np.floor(x) + 0.5 * x,
        lambda x: np.full_like(x, 0.5),
        {"slope of the mean": lambda x: np.full_like(x, 1.5), "zero": np.zeros_like},
        lambda rng, n: {"x": rng.integers(-5, 5, size=n) + rng.uniform(0.1, 0.9, size=n)},
    ),
    elementwise(
        "dead zone",
        lambda x: np.maximum(np.abs(x) - 1, 0) ** 2 * np.sign(x),
        lambda x: 2 * np.maximum(np.abs(x) - 1, 0),
        {"signed": lambda x: 2 * np.maximum(np.abs(x) - 1, 0) * np.sign(x)},
        normal(2),
    ),
    elementwise(
        "root of |x|, away from zero",
        lambda x: np.sqrt(np.abs(x)),
        lambda x: np.sign(x) / (2 * np.sqrt(np.abs(x))),
        {"no sign": lambda x: 1 / (2 * np.sqrt(np.abs(x)))},
        lambda rng, n: {"x": rng.choice([-1, 1], size=n) * rng.uniform(0.01, 4, size=n)},
    ),
    elementwise(
        "spline with knots",
        lambda x: np.where(x < 0, x**3, np.where(x < 1, 2 * x**3, 6 * x - 4)),
        lambda x: np.where(x < 0, 3 * x**2, np.where(x < 1, 6 * x**2, 6)).astype(x.dtype),
        {"one piece": lambda x: 3 * x**2, "end goes on": lambda x: np.where(x < 0, 3 * x**2, 6 * x**2)},
        uniform(-2, 2),
    ),
)
