"""A worked case in text: the numbers as a person would draw them on paper, with the wrong entries marked."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.evidence import compare

MOST_NUMBERS = 64
"""The largest tensor that is drawn: a larger picture does not help."""


def worked(params: Any, tensors: Arrays, dout: Array | None, name: str, got: Array, right: Array) -> str:
    """Return the inputs, the right result and the wrong one, side by side where they are planes.

    Parameters
    ----------
    params : mapping
        The case's parameters: padding is drawn around x, and brackets around a window that sees a wrong entry.
    tensors : dict of ndarray
        The inputs, by name.
    dout : ndarray or None
        The upstream gradient, where backward is shown.
    name : str
        The name of the result: ``dx``, ``out``.
    got, right : ndarray
        The wrong result and the right one. Their shapes may differ.
    """
    marks = compare.wrong_entries(got, right, 1e-9) if got.shape == right.shape else None
    window = _window(params, name, marks)
    drawn = [
        (each, _padded(params, values, window) if each == "x" else _cells(values))
        for each, values in tensors.items()
    ]
    if dout is not None:
        drawn.append(("dout", _cells(dout)))
    drawn.append((f"{name}, as it should be", _cells(right)))
    drawn.append((f"{name}, with the mistake", _cells(got, marks)))
    return "\n".join(line for title, cells in drawn for line in _drawn(title, cells))


def _drawn(title: str, cells: "np.ndarray[Any, Any]") -> Iterator[str]:
    """Yield a tensor, plane by plane, under a title."""
    yield f"{title}  {'x'.join(map(str, cells.shape)) or 'a number'}"
    if cells.size > MOST_NUMBERS:
        yield "    (too large to draw)"
        return
    width = max((len(cell) for cell in cells.flat), default=1)
    for index in np.ndindex(*cells.shape[:-2]):
        rows = np.atleast_2d(cells[index])
        for i, row in enumerate(rows):
            label = f"[{', '.join(map(str, index))}]" if index and i == 0 else ""
            yield f"    {label:<8}{_row(row, width)}" if cells.ndim > 2 else f"    {_row(row, width)}"


def _row(row: Iterable[str], width: int) -> str:
    return "  ".join(cell.rjust(width) for cell in row).rstrip()


def _cells(values: Array, marks: Array | None = None) -> "np.ndarray[Any, Any]":
    """Return the numbers as text, a star behind each that is marked."""
    texts = [f"{number:.4g}" for number in np.ravel(values).astype(float)]
    if marks is not None:
        texts = [f"{text}{'*' if mark else ' '}" for text, mark in zip(texts, np.ravel(marks), strict=True)]
    return np.array(texts, dtype=object).reshape(np.shape(values))


def _padded(params: Any, x: Array, window: "tuple[Any, ...] | None") -> "np.ndarray[Any, Any]":
    """Return x as text, with a dot for each padded position, and brackets around the entries of a window."""
    cells = _cells(x)
    if "pad" not in params or "output_pad" in params or x.ndim != 4:
        return cells
    padded = np.pad(cells, ((0, 0), (0, 0), *params["pad"]), constant_values=".")
    if window is not None:
        padded[window] = np.vectorize(lambda cell: f"[{cell}]", otypes=[object])(padded[window])
    return padded


def _window(params: Any, name: str, marks: Array | None) -> "tuple[Any, ...] | None":
    """Return the entries of padded x in a window that the first wrong entry depends on; None for other layers."""
    if (
        marks is None
        or not marks.any()
        or marks.ndim != 4
        or name not in ("out", "dx")
        or "stride" not in params
    ):
        return None
    if "output_pad" in params:
        return None
    kernel = params.get("kernel") or (params["kh"], params["kw"])
    dilation = params.get("dilation", (1, 1))
    sample, channel, *place = (int(i) for i in np.argwhere(marks)[0])
    slices = [
        _taps(place[i], name, kernel[i], params["stride"][i], params["pad"][i][0], dilation[i])
        for i in (0, 1)
    ]
    if None in slices:
        return None
    all_channels = name == "out" and "f" in params
    return (sample, slice(None) if all_channels else channel, *slices)


def _taps(index: int, name: str, kernel: int, stride: int, before: int, dilation: int) -> slice | None:
    """Return the entries of padded x in a window, along one axis: an output's own, or the first that sees an input."""
    if name == "out":
        start = index * stride
    else:
        at = index + before
        starts = [
            at - i * dilation
            for i in range(kernel)
            if at >= i * dilation and (at - i * dilation) % stride == 0
        ]
        if not starts:
            return None
        start = min(starts)
    return slice(start, start + dilation * (kernel - 1) + 1, dilation)
