"""The course's im2col.py: `im2col_indices` and `col2im_indices`, judged inside the convolution they are for.

There is no layer of columns, but there is one of what they are good for: a filter times the columns is the output,
and what goes back through the columns is dx. Whether positions or samples come first in a column's index is for
the file to choose; the two functions have to agree.
"""

from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, guarded
from gradcheck.contract import Array, Arrays, Interface, Malformed, Missing, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import forward_call
from gradcheck.subjects.dialects.cs231n.fitting import NOTE, OBLONG, squared, wants_squares
from gradcheck.subjects.dialects.dialect import LENIENT, Members
from gradcheck.subjects.dialects.expressing import convolution

CUT, PASTE = "im2col_indices", "col2im_indices"
CONV = BY_NAME["conv2d"]


def express(params: Params) -> dict[str, Any]:
    """One stride, one pad; no dilation, no groups, and no bias, which is not in the columns."""
    return {**convolution(params), "bias": "none"}


def columns(members: Members) -> tuple[Subject, ...]:
    """Return the pair as a convolution, where both functions are there."""
    if not (callable(members.get(CUT)) and callable(members.get(PASTE))):
        return ()
    order = "samples" if _samples_first(members) else "positions"
    is_square = wants_squares(CUT, members[CUT], OBLONG["im2col"])
    subject = Subject(
        layer=CONV,
        functions={"forward": CUT, "backward": PASTE},
        forward=partial(_forward, members, order),
        notes=(NOTE,) if is_square else (),
        interface=Interface(express=squared(express) if is_square else express, lenient=LENIENT),
    )
    return (subject,)


def _samples_first(members: Members) -> bool:
    """Return whether all positions of one sample stand together: then two samples of one position do not."""
    x = np.repeat([[[[1.0]]], [[[2.0]]]], 2, axis=3)  # two samples of one row and two columns: 1 1, 2 2
    try:
        columns = np.asarray(guarded(CUT, members[CUT], x, 1, 1, 0, 1), dtype=float)
    except (SubjectError, TypeError, ValueError):
        return False
    return columns.ravel().tolist() == [1.0, 1.0, 2.0, 2.0]


def _forward(members: Members, order: str, params: Params, tensors: Arrays) -> LocalCall:
    x, w = tensors["x"], tensors["w"]
    geometry = params["kh"], params["kw"], params["pad"][0][0], params["stride"][0]
    back = partial(_backward, members, order, x.shape, w, geometry)

    def read(columns: Any) -> LocalCall:
        if columns is None:
            return LocalCall({"out": None}, tensors, partial(back, None), missing=f"{CUT} returned None")
        out = _product(order, params, w, columns)
        return LocalCall({"out": out}, tensors, partial(back, columns), columns)

    forward = partial(guarded, CUT, members[CUT], x, *geometry)
    return forward_call(CUT, tensors, forward, read, partial(back, None))


def _product(order: str, params: Params, w: Array, columns: Any) -> Array:
    """Return the convolution's output: the filters times the columns. Raises Malformed."""
    n, f, oh, ow = CONV.shapes.output(params)
    due = (w[0].size, n * oh * ow)
    if not isinstance(columns, np.ndarray) or columns.shape != due:
        raise Malformed(f"{CUT} returned {_shape_of(columns)}; expected an array of shape {due}")
    rows = w.reshape(f, -1) @ columns
    out = rows.reshape(f, n, oh, ow).swapaxes(0, 1)
    if order == "positions":
        out = rows.reshape(f, oh, ow, n).transpose(3, 0, 1, 2)
    return np.ascontiguousarray(out)


def _shape_of(value: Any) -> str:
    return f"shape {value.shape}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"


def _backward(
    members: Members,
    order: str,
    x_shape: tuple[int, ...],
    w: Array,
    geometry: tuple[int, int, int, int],
    columns: Array | None,
    dout: Array,
) -> dict[str, Any]:
    if columns is None:
        raise Missing(f"{CUT} returned no columns")
    axes = (1, 0, 2, 3) if order == "samples" else (1, 2, 3, 0)
    rows = dout.transpose(axes).reshape(len(w), -1)
    dx = guarded(PASTE, members[PASTE], w.reshape(len(w), -1).T @ rows, x_shape, *geometry)
    if dx is None:
        raise Missing(f"{PASTE} returned None")
    return {"x": dx, "w": (rows @ columns.T).reshape(w.shape)}
