"""The published im2col.py asserts that the *width* fits the window's *height*: so only square windows are asked of it.

The file is handed out, and a student's fast layers stand on it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.calling import guarded
from gradcheck.contract import Function, Refused, SubjectError
from gradcheck.grammar import Params
from gradcheck.report import Finding, Severity, Verdict

Express = Callable[[Params], dict[str, Any]]

NOTE = Finding(
    check="refusal",
    severity=Severity.NOTE,
    verdict=Verdict.PASS,
    message="refuses a width that does not fit the window's height, as the course's im2col.py does: judged on squares",
)

X = np.arange(20.0).reshape(1, 1, 5, 4)
"""Windows of 3x2 fit it with a stride of 2; windows of 3x3 do not fit its width."""

CONVOLUTION = (X, np.ones((1, 1, 3, 2)), np.zeros(1), {"stride": 2, "pad": 0})
POOLING = (X, {"pool_height": 3, "pool_width": 2, "stride": 2})
COLUMNS = (X, 3, 2, 0, 2)


def wants_squares(name: str, function: Function, arguments: tuple[Any, ...]) -> bool:
    """Tell whether a function refuses a legal window that is not square."""
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
