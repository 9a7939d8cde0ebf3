"""Judge in two processes at once: each takes the next piece of work until none is left.

While one process waits for its worker, the other computes. The second process returns its reports as plain data. If it
is lost, the first process judges the missing pieces itself.
"""

import contextlib
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import FrameType

import msgspec

from gradcheck.interruption import ENDINGS, raised
from gradcheck.report import PartReport

Work = Callable[[], Sequence[PartReport]]
Apart = Callable[[], AbstractContextManager[None]]
Judged = dict[int, Sequence[PartReport]]

MOST = 256
"""Pieces that are shared out, since a turn is one byte. The first process judges further ones by itself."""

SIZE = 8
"""Bytes of the number in front of a message that gives its length."""

DECODER = msgspec.msgpack.Decoder(tuple[int, list[PartReport]])


def shared(works: Sequence[Work], apart: Apart, notify: Callable[[int], None]) -> list[Sequence[PartReport]]:
    """Return the result of each piece of work, done by this process and a second one.

    Parameters
    ----------
    works : sequence of callable
        The pieces of work. They must not depend on each other.
    apart : callable
        Returns a context manager that gives the second process a worker of its own.
    notify : callable
        Called with the number of each piece that this process begins.
    """
    turns, done = _turns(min(len(works), MOST)), os.pipe()
    # Until the second process has its own handlers, a signal would end it in the way of the first.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    second = _fork()
    if not second:
        _help(works, turns, done[1], apart, before)
    os.close(done[1])  # or reading would never end: the pipe must have one writer
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        judged: Judged = {}
        for index in _taken(turns):
            notify(index)
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
    """Return a pipe with one byte for each piece of work; a read gives its number to one process only."""
    out, into = os.pipe()
    os.write(into, bytes(range(count)))
    os.close(into)
    return out


def _taken(turns: int) -> Iterator[int]:
    while turn := os.read(turns, 1):
        yield turn[0]


def _fork() -> int:
    """Fork.

    Python warns that a forked child may wait for a lock that another thread held. The child prints nothing, and so
    needs none of these locks.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _help(works: Sequence[Work], turns: int, done: int, apart: Apart, mask: set[int]) -> None:
    """Run as the second process, and exit."""
    with contextlib.suppress(BaseException):
        sys.unraisablehook = _ignore
        for number in ENDINGS:
            signal.signal(number, _stop)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        _judge_others(works, turns, done, apart)
    os._exit(0)  # without the cleanup of the first process, whose objects the child has copies of


def _judge_others(works: Sequence[Work], turns: int, done: int, apart: Apart) -> None:
    """Judge what the first process does not."""
    with apart():
        for index in _taken(turns):
            found = msgspec.msgpack.encode((index, list(works[index]())))
            _write(done, len(found).to_bytes(SIZE) + found)


def _ignore(problem: object) -> None:
    """Say nothing of an exception that Python cannot raise: the first process has the terminal."""


def _stop(number: int, frame: FrameType | None) -> None:
    """End this process; further signals are ignored, so that nothing interrupts the end."""
    for each in ENDINGS:
        signal.signal(each, signal.SIG_IGN)
    raised(number, frame)


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _received(file: int) -> Judged:
    """Return everything that the second process has judged; it has ended by then."""
    with os.fdopen(os.dup(file), "rb") as messages:
        data = messages.read()
    found: Judged = {}
    while len(data) >= SIZE and len(data) >= (
        end := SIZE + int.from_bytes(data[:SIZE])
    ):  # the last message is cut off if the process was killed
        found |= [DECODER.decode(data[SIZE:end])]
        data = data[end:]
    return found
