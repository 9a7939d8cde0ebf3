"""What differs between files of the course, and between its years: found by calling the functions."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcheck.calling import guarded
from gradcheck.contract import Function, Refused, SubjectError
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import FunctionPair, habit, written
from gradcheck.subjects.dialects.dialect import Express, Members

SEED = 231
"""Passed to dropout, whose mask must repeat."""

UNREADABLE = (SubjectError, KeyError, TypeError, ValueError, IndexError)
"""What calling a function raises, or reading what it returned."""

X = np.arange(20.0).reshape(1, 1, 5, 4)
"""Windows of 3x2 fit it with a stride of 2; windows of 3x3 do not fit its width."""

OBLONG: Mapping[str, tuple[Any, ...]] = {
    "conv2d": (X, np.ones((1, 1, 3, 2)), np.zeros(1), {"stride": 2, "pad": 0}),
    "max_pool2d": (X, {"pool_height": 3, "pool_width": 2, "stride": 2}),
    "im2col": (X, 3, 2, 0, 2),
}
"""Arguments of a forward with a window that is not square."""

NOTE = habit(
    "refuses a width that does not fit the window's height, as the course's im2col.py does: judged on squares",
    check="refusal",
)


def wants_squares(name: str, function: Function, arguments: tuple[Any, ...]) -> bool:
    """Return whether a function refuses a legal window that is not square.

    The course's own im2col.py asserts that the *width* fits the window's *height*, and a student's fast layers stand
    on it: then only square windows are asked of them.
    """
    try:
        guarded(name, function, *(each.copy() if hasattr(each, "copy") else each for each in arguments))
    except SubjectError as problem:
        return isinstance(problem, Refused)
    return False


def squared(express: Express) -> Express:
    """Return what an interface can express, on square windows."""

    def square(params: Params) -> dict[str, Any]:
        side = {"kernel": (params["kernel"][0],) * 2} if "kernel" in params else {"kw": params["kh"]}
        return express({**params, **side})

    return square


def drops(members: Members) -> bool:
    """Return whether dropout's p is the probability to drop: by what share of many ones it keeps at p = 1/4."""
    try:
        returned = guarded(
            "", members["dropout_forward"], np.ones((64, 64)), {"p": 0.25, "mode": "train", "seed": SEED}
        )
        kept = np.count_nonzero(np.asarray(returned[0], dtype=float)) / 64**2
    except UNREADABLE:
        return False
    return bool(kept > 0.5)


def group_norm_is_right(pair: FunctionPair, members: Members) -> bool:
    """Return whether group norm, called in this way, gives the right output."""
    layer = pair.spec
    params = layer.cases.grammar.read(layer.cases.battery[0])
    n, c, h, w = layer.shapes.output(params)
    x = np.arange(float(n * c * h * w)).reshape(n, c, h, w) ** 2 % 7
    tensors = {"x": x, "gamma": np.arange(1.0, c + 1), "beta": np.arange(1.0, c + 1)}
    right = layer.ours.fast.forward(*tensors.values(), **layer.ours.options(params))[0]
    try:
        given = written(pair.arguments, params, {name: values.copy() for name, values in tensors.items()})
        out = np.asarray(guarded("", members[pair.forward], *given.values())[0], dtype=float)
    except UNREADABLE:
        return False
    return out.shape == right.shape and bool(np.allclose(out, right))
