"""A prepared image as the judge sees it: a process from which others are forked, instead of being started anew.

Starting Python and importing NumPy takes ten times as long as a fork, and with the whole suite fifty times. A process
that judges many submissions asks for images, and so does a command, whose image starts while the judge is still being
imported. A fork of the judge uses the same images: it and its parent ask by turns.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence

from gradcheck.isolation import runtime

PATIENCE = 20.0
"""Seconds until which the image must have forked; at first it imports NumPy."""

ANSWER = 32


class Lost(Exception):
    """The image is lost."""


class Forked:
    """A process that the image has forked.

    Parameters
    ----------
    number : int
        Of the process, which is also that of its session.
    descriptor : int
        An open file that stands for it: the number may be another process's once it has ended.
    """

    def __init__(self, number: int, descriptor: int) -> None:
        self.pid = number
        self._descriptor = descriptor

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended. Raises subprocess.TimeoutExpired."""
        if self._descriptor >= 0:
            poll = select.poll()
            poll.register(self._descriptor, select.POLLIN)
            if not poll.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired("a worker", timeout or 0.0)
            os.close(self._descriptor)
            self._descriptor = -1
        return 0

    def kill(self) -> None:
        """Kill it."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)


class Image:
    """A process with everything that its forks have in common; it ends with this one.

    Parameters
    ----------
    program : sequence of str
        The file that it runs, and what that is given after its connection.
    environment : dict
        Of the image, and so of its forks.
    """

    def __init__(self, program: Sequence[str], environment: dict[str, str]) -> None:
        from gradcheck.isolation.arena import open_memory  # it needs what only Linux has

        self._control, its_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(PATIENCE)
        self._lock = open_memory(1, "turns")
        file, *given = program
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own runtime, no shell
                [runtime.python(), "-I", "-S", "-B", file, str(its_end.fileno()), *given],
                pass_fds=(its_end.fileno(),),
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except BaseException:
            self._control.close()
            os.close(self._lock)
            raise
        finally:
            its_end.close()

    def fork(self, settings: str, ends: Sequence[int]) -> Forked:
        """Return a new process with these settings, connection and lifeline. Raises OSError if the image is lost."""
        from gradcheck.isolation.arena import open_memory  # it needs what only Linux has

        data = settings.encode()
        file = open_memory(len(data), "settings")
        try:
            os.pwrite(file, data, 0)
            with self._turn():
                socket.send_fds(self._control, [b"fork"], [*ends, file])
                said, files, _, _ = socket.recv_fds(self._control, ANSWER, 1)
        finally:
            os.close(file)
        if not said or not files:
            raise ConnectionError("the image has ended")
        return Forked(int(said), files[0])

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Let no other process that shares the connection ask in between. A process that ends gives up its turn."""
        import fcntl  # Windows has none

        fcntl.lockf(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN)

    def kill(self) -> None:
        """End it where it may not answer."""
        self._process.kill()

    def close(self) -> None:
        """End it; its forks go on."""
        self._control.close()
        os.close(self._lock)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_images: dict[tuple[str, ...], Image] = {}
_is_wanted = False

MOST_IMAGES = 4
"""Of workers, and of searches with each set of allowed packages."""


def prepare(is_wanted: bool = True) -> None:
    """Fork the processes of this one from images from now on, or start them as programs again."""
    global _is_wanted
    _is_wanted = is_wanted
    if not is_wanted:
        for each in _images.values():
            each.close()
        _images.clear()


def is_wanted() -> bool:
    """Return whether this process, or the one that it is a fork of, has asked for images."""
    return _is_wanted


def begin(program: Sequence[str], environment: dict[str, str]) -> None:
    """Start the image of a program now, if there is none: it gets ready while this process does other things."""
    key = tuple(program)
    if key not in _images:
        while len(_images) >= MOST_IMAGES:
            _images.pop(next(iter(_images))).close()
        _images[key] = Image(program, environment)


def forked(program: Sequence[str], settings: str, ends: Sequence[int], environment: dict[str, str]) -> Forked:
    """Return a new process from the image of a program, which is made at the first call.

    Raises
    ------
    Lost
        The image has ended, or does not answer: from now on each process is started. It may still have forked.
    """
    key = tuple(program)
    try:
        begin(program, environment)
        return _images[key].fork(settings, ends)
    except OSError as problem:
        if key in _images:
            _images[key].kill()
        prepare(is_wanted=False)
        raise Lost from problem
