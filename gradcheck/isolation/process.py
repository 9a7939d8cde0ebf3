"""One worker process as the judge sees it: started, asked, and ended with everything below it."""

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

from gradcheck.isolation import image, runtime
from gradcheck.isolation.allowed import allowed
from gradcheck.isolation.levels import Level, Limits, command_in, rules_of
from gradcheck.subjects.loading import temporary
from gradcheck.text import one_line

PATIENCE = 6.0
"""Seconds that the supervisor gets to end what is below it."""

ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "LANG": "C.UTF-8"}
TICK = 0.1
"""Seconds after which it is asked whether a deadline has passed."""

MOST_STATUS = 2**16
PROCESSES = 256


Begun = Callable[[Limits, Sequence[str], tuple[int, int]], "image.Forked | subprocess.Popen[bytes]"]
"""Starts a worker at these ends of its connection and its lifeline."""


class Process:
    """A worker that has been started.

    Parameters
    ----------
    level : Level
        How it is kept apart.
    limits : Limits
        What it may use.
    folders : sequence of str
        Where the submission lies.
    """

    is_forkable: ClassVar[bool] = True
    """Whether the prepared image has what it needs."""

    def __init__(self, level: Level, limits: Limits, folders: Sequence[str]) -> None:
        from gradcheck.isolation.inside import kernel  # it needs the C library of Linux

        kernel.close_memory()  # from now on, as there is someone who might write into it
        self._made = temporary.made("scratch")
        self.scratch = self._made.path
        self._level = level
        self._process: image.Forked | subprocess.Popen[bytes]
        try:
            try:
                self._begin(limits, folders, self._forked if self._is_forkable else self._started)
            except image.Lost:
                self.leave()  # with its ends: a fork that comes too late must not answer for this one
                self._begin(limits, folders, self._started)
        except BaseException:
            with contextlib.suppress(AttributeError):  # where no connection could be made
                self.leave()
            self._made.remove()
            raise

    def _begin(self, limits: Limits, folders: Sequence[str], begun: Begun) -> None:
        """Start it with a connection and a lifeline of its own. Raises OSError."""
        self.connection, its_end = socket.socketpair()
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self.connection.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", 0, int(TICK * 1e6)))
        self._lifeline, its_lifeline = socket.socketpair()
        try:
            self._process = begun(limits, folders, (its_end.fileno(), its_lifeline.fileno()))
        finally:
            its_end.close()
            its_lifeline.close()

    @property
    def _is_forkable(self) -> bool:
        """Whether the prepared image can become it: bubblewrap makes its namespaces for a program."""
        return self.is_forkable and self._level is not Level.BUBBLEWRAP and image.is_wanted()

    def _forked(self, limits: Limits, folders: Sequence[str], ends: tuple[int, int]) -> image.Forked:
        """Return it as a fork of the prepared image. Raises image.Lost."""
        settings = json.dumps(self._settings(limits, folders))
        return image.forked(self._image(limits), settings, ends, ENVIRONMENT)

    def _image(self, limits: Limits) -> list[str]:
        """Return the program that is its prepared image, and what that is given."""
        return _image_of_workers()

    def _started(
        self, limits: Limits, folders: Sequence[str], ends: tuple[int, int]
    ) -> "subprocess.Popen[bytes]":
        """Return it as a program that was started. Raises OSError."""
        return subprocess.Popen(  # noqa: S603 - our own runtime, no shell
            self._command(limits, folders, ends),
            pass_fds=ends,
            **self._surroundings(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _settings(self, limits: Limits, folders: Sequence[str]) -> dict[str, Any]:
        """Return what it may do and use. Raises OSError."""
        found = allowed(limits.packages)
        return {
            "scratch": str(self.scratch),
            "most_scratch": limits.scratch,
            "seconds": int(limits.total) + 10,
            "processes": PROCESSES,
            "landlock": rules_of(self._level, folders, str(self.scratch), found.paths),
            "packages": found.folder,
            "memory": limits.memory + found.mapped,
            **{name: value for name, value in asdict(limits).items() if name in ("file", "result")},
        }

    def _command(self, limits: Limits, folders: Sequence[str], ends: tuple[int, int]) -> list[str]:
        """Return the command that starts it. Raises OSError."""
        folder = runtime.runtime()
        own = [runtime.python(), "-I", "-S", "-B", str(folder / runtime.MAIN), *map(str, ends)]
        command = [*own, json.dumps(self._settings(limits, folders))]
        paths = allowed(limits.packages).paths
        return command_in(self._level, command, folders, str(self.scratch), paths)

    def _surroundings(self) -> dict[str, Any]:
        """Return where it starts."""
        return {"cwd": self.scratch, "env": ENVIRONMENT}

    def ending(self) -> str:
        """Return how the process ended, in words; it must have ended, or be about to."""
        self._lifeline.settimeout(PATIENCE)
        try:
            ending = json.loads(self._lifeline.recv(MOST_STATUS))
            code, why, output = int(ending["code"]), ending["why"], str(ending["output"])
        except (OSError, ValueError, KeyError, TypeError):
            return "ended its process"
        if isinstance(why, str):
            return one_line(why)
        return self._ended(code, output.strip().rpartition("\n")[2])

    def _ended(self, code: int, last: str) -> str:
        """Return what a status means, and the last line that was printed."""
        return f"{_in_words(code)}{f': {one_line(last, 120)}' if last and code else ''}"

    def end(self) -> None:
        """End the process and everything below it, and remove its folder."""
        self.leave()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.wait()
        self._made.remove()

    def leave(self) -> None:
        """Let go of the process: it ends when no process holds it any more."""
        self.connection.close()
        self._lifeline.close()


def _image_of_workers() -> list[str]:
    return [str(runtime.runtime() / runtime.IMAGE)]


def begin_image() -> None:
    """Have workers forked from an image, which is started now. Where that cannot be, each is started as a program."""
    image.prepare()
    try:
        image.begin(_image_of_workers(), ENVIRONMENT)
    except OSError:
        image.prepare(is_wanted=False)


def _in_words(code: int) -> str:
    """Return what an exit status means."""
    if code == 0:
        return "ended its process"
    if code > 0:
        return f"ended its process with exit code {code}"
    try:
        return f"ended its process by {signal.Signals(-code).name}"
    except ValueError:
        return f"ended its process by signal {-code}"
