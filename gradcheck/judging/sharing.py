"""Judging in two processes at once: each takes the piece of work that comes next, until there is none.

While one waits for its worker, the other computes. What the second has judged comes back as plain data; what it has
not, because it was lost, the first judges itself.
"""

import contextlib
import os
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import FrameType

import msgspec

from gradcheck.report import PartReport

Work = Callable[[], Sequence[PartReport]]
Apart = Callable[[], AbstractContextManager[None]]
Judged = dict[int, Sequence[PartReport]]

MOST = 256
"""A turn is one byte."""

SIZE = 8
"""Bytes in which the length of a message is written."""

ENDINGS = (signal.SIGINT, signal.SIGTERM)
DECODER = msgspec.msgpack.Decoder(tuple[int, list[PartReport]])


def shared(works: Sequence[Work], apart: Apart, tell: Callable[[int], None]) -> list[Sequence[PartReport]]:
    """Return what each piece of work gives, done by this process and a second one.

    Parameters
    ----------
    works : sequence of callable
        What is to be done. Pieces must not depend on each other.
    apart : callable
        What gives the second process, for the length of a ``with`` block, a worker of its own.
    tell : callable
        Told the number of each piece that this process begins with.
    """
    turns, done = _turns(min(len(works), MOST)), os.pipe()
    second = _fork()
    if not second:
        _help(works, turns, done[1], apart)
    os.close(done[1])
    try:
        judged: Judged = {}
        for index in _taken(turns):
            tell(index)
            judged[index] = works[index]()
        judged |= _received(done[0])
    except BaseException:
        os.kill(second, signal.SIGTERM)
        raise
    finally:
        os.close(turns)
        os.close(done[0])
        os.waitpid(second, 0)
    return [judged[index] if index in judged else work() for index, work in enumerate(works)]


def _turns(count: int) -> int:
    """Return a file from which whoever reads first gets the next number."""
    out, into = os.pipe()
    os.write(into, bytes(range(count)))
    os.close(into)
    return out


def _taken(turns: int) -> Iterator[int]:
    while turn := os.read(turns, 1):
        yield turn[0]


def _fork() -> int:
    """Fork. The child shows nothing, and so waits for no lock that another thread held at this moment."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _help(works: Sequence[Work], turns: int, done: int, apart: Apart) -> None:
    """Be the second process, and end."""
    for number in ENDINGS:
        signal.signal(number, _stop)
    with contextlib.suppress(BaseException), apart():
        for index in _taken(turns):
            found = msgspec.msgpack.encode((index, list(works[index]())))
            _write(done, len(found).to_bytes(SIZE) + found)
    os._exit(0)


def _stop(number: int, frame: FrameType | None) -> None:
    """End, and let nothing interrupt that: nobody takes this for the doing of a subject."""
    for each in ENDINGS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _received(file: int) -> Judged:
    """Return everything that the second process has judged; it has ended then."""
    with os.fdopen(os.dup(file), "rb") as told:
        data = told.read()
    found: Judged = {}
    while len(data) >= SIZE and len(data) >= (
        end := SIZE + int.from_bytes(data[:SIZE])
    ):  # the last may be cut off
        found |= [DECODER.decode(data[SIZE:end])]
        data = data[end:]
    return found
