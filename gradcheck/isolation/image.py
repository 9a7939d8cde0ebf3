"""The prepared image as the judge sees it: a process from which workers are forked, instead of being started anew.

Starting Python and importing NumPy takes ten times as long as a fork. The image is worth it only where many submissions
are judged, so a process that judges many asks for it.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
from collections.abc import Sequence

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
    """A process with everything that workers have in common; it ends with this one.

    Parameters
    ----------
    environment : dict
        Of the image, and so of its forks.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._control, its_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(PATIENCE)
        command = [runtime.python(), "-I", "-S", "-B", str(runtime.runtime() / runtime.IMAGE)]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own runtime, no shell
                [*command, str(its_end.fileno())],
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
            raise
        finally:
            its_end.close()

    def fork(self, settings: str, ends: Sequence[int]) -> Forked:
        """Return a new worker with these settings, connection and lifeline. Raises OSError if the image is lost."""
        from gradcheck.isolation.arena import open_memory  # it needs what only Linux has

        data = settings.encode()
        file = open_memory(len(data), "settings")
        try:
            os.pwrite(file, data, 0)
            socket.send_fds(self._control, [b"fork"], [*ends, file])
            said, files, _, _ = socket.recv_fds(self._control, ANSWER, 1)
        finally:
            os.close(file)
        if not said or not files:
            raise ConnectionError("the image has ended")
        return Forked(int(said), files[0])

    def kill(self) -> None:
        """End it where it may not answer."""
        self._process.kill()

    def close(self) -> None:
        """End it; its forks go on."""
        self._control.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_image: Image | None = None
_is_wanted = False
_owner = 0


def prepare(is_wanted: bool = True) -> None:
    """Fork the workers of this process from an image from now on, or start them as programs again."""
    global _image, _is_wanted, _owner
    _is_wanted, _owner = is_wanted, os.getpid()
    if _image is not None and not is_wanted:
        _image.close()
        _image = None


def is_wanted() -> bool:
    """Return whether this process has asked for an image; a fork of it has not, as both cannot share one."""
    return _is_wanted and _owner == os.getpid()


def forked(settings: str, ends: Sequence[int], environment: dict[str, str]) -> Forked:
    """Return a new worker from the image, which is made at the first call.

    Raises
    ------
    Lost
        The image has ended, or does not answer: from now on workers are programs. It may still have forked.
    """
    global _image
    try:
        if _image is None:
            _image = Image(environment)
        return _image.fork(settings, ends)
    except OSError as problem:
        if _image is not None:
            _image.kill()
        prepare(is_wanted=False)
        raise Lost from problem
