"""What travels between the judge and a worker: frames of a header and raw bytes. Nothing is unpickled or evaluated.

A frame is two lengths, a header in JSON, and the bytes of small arrays. In the header `None`, booleans, numbers
and text stand for themselves; everything else is a list that begins with a tag.
"""

import json
import math
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PREFIX = struct.Struct("<IQ")
MOST_HEADER = 2**24
MOST_BYTES = 2**28
"""No frame is longer: what is larger travels through shared memory."""

INLINE = 2**16
"""Arrays of at most this many bytes travel in the frame."""

BLOCK = 2**16
LARGEST_PIECE = 2**20
MOST_FILES = 200
ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
DECODER = json.JSONDecoder()
ALIGNED = 16
MOST_INTEGER = 2**63
SCALARS = (bool, int, float, str, type(None))
MOST_AXES = 64
INTEGER = frozenset({int})
DTYPES = {
    dtype.str: dtype
    for code in np.typecodes["AllInteger"] + np.typecodes["AllFloat"] + "?"
    for dtype in (np.dtype(code), np.dtype(code).newbyteorder())
}
"""Plain numbers, by name: nothing else travels."""


class Garbled(Exception):
    """What arrived is no frame, or does not mean anything."""


class Gone(Exception):
    """The other side has closed the connection."""


@dataclass(frozen=True)
class Frame:
    """What arrived: the header, the bytes of the arrays in it, and open files."""

    header: Any
    raw: bytearray
    files: tuple[int, ...] = ()


class Outgoing:
    """The bytes of the small arrays in a frame that is being written."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.length = 0

    def add(self, array: NDArray[Any]) -> int:
        """Add an array's numbers, in C order, and return where they begin."""
        start, piece = self.length, array.tobytes()
        padding = -len(piece) % ALIGNED
        self.pieces += [piece, b"\0" * padding]
        self.length += len(piece) + padding
        return start


def send(
    connection: socket.socket,
    header: Any,
    out: Outgoing,
    files: Sequence[int] = (),
    deadline: float | None = None,
) -> None:
    """Write a frame, and open files with it. Raises TimeoutError if not all of it is taken before the deadline."""
    text = ENCODER.encode(header).encode()
    frame = memoryview(b"".join((PREFIX.pack(len(text), out.length), text, *out.pieces)))
    while frame:
        try:
            if files:
                sent = socket.send_fds(connection, [frame], list(files))
                files = ()
            else:
                sent = connection.send(frame)
            frame = frame[sent:]
        except (TimeoutError, BlockingIOError):
            _refuse_late(deadline)
        if deadline is not None:
            _refuse_late(deadline)


def receive(
    connection: socket.socket,
    deadline: float | None = None,
    *,
    takes_files: bool = False,
    most_header: int = MOST_HEADER,
    most_bytes: int = MOST_BYTES,
) -> Frame:
    """Read a frame. Neither side sends another before it has its answer, so what comes is one frame.

    Parameters
    ----------
    connection : socket
        Where it comes from; with a time-out if there is a deadline.
    deadline : float, optional
        The time (of `time.monotonic`) until which all of it must have come.
    takes_files : bool
        Whether open files may come with it.
    most_header, most_bytes : int
        How long the header, and the bytes of arrays, may be.

    Raises
    ------
    TimeoutError, Gone, Garbled
        If it does not come, is cut off, or is no frame.
    """
    files: tuple[int, ...] = ()
    if takes_files:
        start, given, _, _ = socket.recv_fds(connection, BLOCK, MOST_FILES)
        data, files = bytearray(start), tuple(given)
    else:
        data = bytearray(_some(connection, BLOCK, deadline))
    if not data:
        raise Gone
    _fill(connection, data, PREFIX.size, deadline)
    header_size, raw_size = PREFIX.unpack_from(data)
    if header_size > most_header or raw_size > most_bytes:
        raise Garbled(f"a frame of {header_size} + {raw_size} bytes")
    end = PREFIX.size + header_size
    _fill(connection, data, end + raw_size, deadline)
    if len(data) != end + raw_size:
        raise Garbled("more than one frame")
    try:
        return Frame(DECODER.decode(data[PREFIX.size : end].decode()), data[end:], files)
    except (ValueError, RecursionError) as problem:
        raise Garbled(f"a header that does not read: {type(problem).__name__}") from None


def _fill(connection: socket.socket, data: bytearray, size: int, deadline: float | None) -> None:
    """Read until there are `size` bytes."""
    while len(data) < size:
        piece = _some(connection, min(size - len(data), LARGEST_PIECE), deadline)
        if not piece:
            raise Gone
        data += piece


def _some(connection: socket.socket, most: int, deadline: float | None) -> bytes:
    """Read what is there. The deadline counts whatever arrives: a byte now and then does not extend it."""
    while True:
        if deadline is not None:
            _refuse_late(deadline)
        try:
            return connection.recv(most)
        except (TimeoutError, BlockingIOError):
            _refuse_late(deadline)
        except ConnectionError:
            raise Gone from None


def _refuse_late(deadline: float | None) -> None:
    """Raise TimeoutError if the time is over."""
    if deadline is None or time.monotonic() > deadline:
        raise TimeoutError


def checked_dtype(text: Any) -> np.dtype[Any]:
    """Return the dtype of a name that arrived: of plain numbers only. Raises Garbled."""
    if not isinstance(text, str) or text not in DTYPES:
        raise Garbled("a dtype that is not of numbers")
    return DTYPES[text]


def checked_shape(shape: Any, dtype: np.dtype[Any], most: int) -> tuple[int, ...]:
    """Return the shape of an array that arrived, if it holds at most `most` bytes. Raises Garbled."""
    if not isinstance(shape, list) or len(shape) > MOST_AXES or not INTEGER.issuperset(map(type, shape)):
        raise Garbled("an invalid shape")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize > most:
        raise Garbled("a shape that is too large")
    return tuple(shape)


def inline(node: Sequence[Any], raw: bytearray) -> NDArray[Any]:
    """Return the array whose numbers came with the frame: ``[tag, dtype, shape, start]``. Raises Garbled."""
    if len(node) != 4 or type(node[3]) is not int:
        raise Garbled("an array without its place")
    dtype = checked_dtype(node[1])
    shape, start = checked_shape(node[2], dtype, len(raw)), node[3]
    count = math.prod(shape)
    if start < 0 or start + count * dtype.itemsize > len(raw):
        raise Garbled("an array that is not all there")
    return np.frombuffer(raw, dtype, count, start).reshape(shape)


def checked_strides(strides: Any, axes: int) -> tuple[int, ...]:
    """Return the strides of an array that arrived. Raises Garbled."""
    if not isinstance(strides, list) or len(strides) != axes or not INTEGER.issuperset(map(type, strides)):
        raise Garbled("invalid strides")
    return tuple(strides)
