"""Arrays of an object that hold parts of a layer's tensors: gates side by side, weights of x above those of h."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.calling.results import numbers, squeezed
from gradcheck.contract import Array, Arrays, Shape


@dataclass(frozen=True)
class Piece:
    """Some columns of one of the layer's tensors: all, or one block of them; `factor` is what they are times there."""

    tensor: str
    block: int | None = None
    factor: float = 1.0

    def columns(self, width: int) -> slice:
        """Return its columns, where a block has so many."""
        return slice(None) if self.block is None else slice(self.block * width, (self.block + 1) * width)


@dataclass(frozen=True, kw_only=True)
class Slot:
    """An array of an object, and what it holds.

    Attributes
    ----------
    path : str
        Where it is.
    rows : tuple of tuple of Piece
        What it holds, row by row.
    is_turned : bool
        Whether it is held transposed.
    axes : str
        Of a bias: ``flat``, or one more axis, as a ``row`` or a ``column``.
    share : float
        Which share of it is held: of two biases that are added.
    by_head : bool
        Whether the columns of a head stand together: of queries, keys and values of the first head, then of the next.
    """

    path: str
    rows: tuple[tuple[Piece, ...], ...]
    is_turned: bool = False
    axes: str = "flat"
    share: float = 1.0
    by_head: bool = False

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All that it holds."""
        return tuple(piece for row in self.rows for piece in row)

    def theirs(self, tensors: Arrays, width: int) -> Array:
        """Return what is put there."""
        made = [np.concatenate([_of(piece, tensors, width) for piece in row], axis=-1) for row in self.rows]
        whole = np.concatenate(made) if len(made) > 1 else made[0]
        if self.by_head:
            whole = _exchanged(whole, (len(self.rows[0]), -1, width))
        turned = whole.T if self.is_turned else whole
        shape: tuple[int, ...] = {"flat": turned.shape, "row": (1, -1), "column": (-1, 1)}[self.axes]
        return np.ascontiguousarray(turned.reshape(shape) * whole.dtype.type(self.share))

    def ours(self, values: Any, shapes: Mapping[str, Shape], width: int) -> list[tuple[Piece, Any]]:
        """Return what is found there, by piece; of values of another shape, all of them for each piece."""
        empty = {piece.tensor: np.zeros(shapes[piece.tensor]) for piece in self.pieces}
        wanted, array = self.theirs(empty, width).shape, numbers(values)
        if array is None or squeezed(array.shape) != squeezed(wanted):
            return [(piece, values) for piece in self.pieces]
        held: Array = array.reshape(wanted)
        held = held.T if self.is_turned else held
        held = np.ravel(held) if self.axes != "flat" else held
        if self.by_head:
            held = _exchanged(held, (-1, len(self.rows[0]), width))
        return list(self._cut(held, empty, width))

    def _cut(self, held: Array, empty: Arrays, width: int) -> Iterable[tuple[Piece, Array]]:
        top = 0
        for row in self.rows:
            height = len(empty[row[0].tensor]) if held.ndim > 1 else 0
            part = held[top : top + height] if held.ndim > 1 else held
            left = 0
            for piece in row:
                count = _of(piece, empty, width).shape[-1]
                yield piece, part[..., left : left + count] * part.dtype.type(piece.factor)
                left += count
            top += height


def _exchanged(values: Array, shape: tuple[int, int, int]) -> Array:
    """Return columns that stand in a shape with its first two axes exchanged."""
    lead = values.shape[:-1]
    return np.swapaxes(values.reshape(*lead, *shape), -3, -2).reshape(values.shape)


def _of(piece: Piece, tensors: Arrays, width: int) -> Array:
    values = tensors[piece.tensor][..., piece.columns(width)]
    return values if piece.factor == 1.0 else values * values.dtype.type(piece.factor)


def gathered(
    found: Iterable[tuple[Piece, Any]], shapes: Mapping[str, Shape], width: int, *, adds: bool
) -> dict[str, Any]:
    """Return the layer's tensors that are made of pieces.

    What several arrays hold is their sum, as of two biases, or the mean of their gradients. A piece of another shape
    than it should have stands for its whole tensor: the check of shapes reports it.
    """
    by_piece: dict[tuple[str, int | None], list[Any]] = {}
    for piece, values in found:
        by_piece.setdefault((piece.tensor, piece.block), []).append(values)
    made: dict[str, Any] = {}
    strange: dict[str, Any] = {}
    for (tensor, block), every in by_piece.items():
        columns = Piece(tensor, block).columns(width)
        part = _combined(every, adds=adds)
        whole = made.setdefault(tensor, np.zeros(shapes[tensor], getattr(part, "dtype", np.float64)))
        if isinstance(part, np.ndarray) and part.shape == whole[..., columns].shape:
            whole[..., columns] = part
        else:
            strange.setdefault(tensor, part)
    return made | strange


def _combined(every: Sequence[Any], *, adds: bool) -> Any:
    first = every[0]
    if len(every) == 1 or not all(
        isinstance(each, np.ndarray) and each.shape == first.shape for each in every
    ):
        return next((each for each in every if not isinstance(each, np.ndarray)), first)
    return sum(every[1:], first) if adds else np.mean(every, axis=0, dtype=first.dtype)
