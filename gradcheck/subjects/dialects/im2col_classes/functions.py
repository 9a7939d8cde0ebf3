"""im2col and col2im by themselves: a convolution whose products are ours, and whose windows are theirs."""

from functools import partial
from typing import Any

import numpy as np

# Not `from gradcheck import fast`: that names the public API, which stands above this file.
import gradcheck.fast as fast
from gradcheck.calling import LocalCall, guarded
from gradcheck.calling.results import numbers, read
from gradcheck.contract import Array, Arrays, Interface, Malformed, Missing, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import called, forward_call
from gradcheck.subjects.dialects.dialect import LENIENT, Members
from gradcheck.subjects.dialects.expressing import convolution

FUNCTIONS = ("im2col", "col2im")
CONV2D = BY_NAME["conv2d"]


def subjects_of_functions(members: Members) -> tuple[Subject, ...]:
    """Return the subject that the two functions are, where they are the ones that this family knows."""
    functions = dict(zip(("forward", "backward"), FUNCTIONS, strict=True))
    parts = tuple(part for part, name in functions.items() if callable(members.get(name)))
    if not parts or _is_another(members):
        return ()
    return (
        Subject(
            layer=CONV2D,
            functions=functions,
            forward=partial(_forward, members),
            parts=parts,
            interface=Interface(express=convolution, lenient=LENIENT),
        ),
    )


def _is_another(members: Members) -> bool:
    """Return whether im2col takes other arguments, or its matrix has another shape or order: no fault."""
    x = np.arange(24.0).reshape(2, 2, 2, 3)
    ours = fast.im2col(x, (2, 2)).T
    if not callable(members.get("im2col")):
        return False
    try:
        returned = guarded("im2col", members["im2col"], x, 2, 2, 1, 0)
    except SubjectError as problem:
        # One image, or other arguments: the classes show whether it is used rightly.
        return not isinstance(problem, Missing)
    theirs = numbers(returned)
    if returned is None or (theirs is not None and np.array_equal(theirs, ours)):
        return False
    if isinstance(returned, tuple) or (theirs is not None and theirs.shape != ours.shape):
        return True
    if theirs is None:
        return False
    orders = (ours, ours.T)
    return any(_same_rows(theirs, order) or _same_rows(theirs.T, order.T) for order in orders)


def _same_rows(one: Array, other: Array) -> bool:
    """Return whether two matrices have the same rows in any order."""
    return one.shape == other.shape and sorted(one.tolist()) == sorted(other.tolist())


def _forward(members: Members, params: Params, tensors: Arrays) -> LocalCall:
    back = partial(_backward, members, params, tensors)

    def read(columns: Any) -> LocalCall:
        out = _product(params, columns, tensors)
        return LocalCall({"out": out}, tensors, back, cache=list(tensors.values()))

    forward = partial(_columns, members, params, tensors["x"])
    return forward_call("im2col", tensors, forward, read, back)


def _columns(members: Members, params: Params, x: Array) -> Array:
    """Return what im2col makes of x. Raises SubjectError, where that is no matrix of the right shape."""
    returned = called(members, "im2col", x, *_geometry(params))
    if returned is None:
        raise Missing("im2col returned None")
    read("im2col's result", returned)
    columns = numbers(returned)
    n, _, oh, ow = CONV2D.shapes.output(params)
    expected = n * oh * ow, params["c"] * params["kh"] * params["kw"]
    if columns is None or columns.shape != expected:
        came = type(returned).__name__ if columns is None else f"shape {columns.shape}"
        raise Malformed(f"im2col returned {came}; expected shape {expected}")
    return columns


def _geometry(params: Params) -> tuple[int, ...]:
    return params["kh"], params["kw"], params["stride"][0], params["pad"][0][0]


def _product(params: Params, columns: Array, tensors: Arrays) -> Array:
    n, f, oh, ow = CONV2D.shapes.output(params)
    rows: Array = columns @ tensors["w"].reshape(f, -1).T + tensors["b"]
    return rows.reshape(n, oh, ow, f).transpose(0, 3, 1, 2)


def _backward(members: Members, params: Params, tensors: Arrays, dout: Array) -> dict[str, Any]:
    """Return dx through col2im; dw and db, with which it has nothing to do, are ours."""
    x, w = tensors["x"], tensors["w"]
    columns = dout.transpose(0, 2, 3, 1).reshape(-1, len(w)) @ w.reshape(len(w), -1)
    dx = called(members, "col2im", columns, x.shape, *_geometry(params))
    if dx is None:
        raise Missing("col2im returned None")
    _, dw, db = CONV2D.ours.fast.backward(
        dout, CONV2D.ours.fast.forward(*tensors.values(), **CONV2D.ours.options(params))[1]
    )
    return {"x": dx, "w": dw, "b": db}
