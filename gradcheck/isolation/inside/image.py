"""The prepared image: a process with NumPy and the worker's own code, forked for each submission.

Started as ``python -I -S -B image.py CONTROL``. It never runs a submission's code, and learns nothing about one: the
settings come through a file that only the fork reads. What a fork does to its memory, the image does not see.
"""

import contextlib
import json
import os
import random
import socket
import sys
from collections.abc import Callable
from typing import Any

Become = Callable[[int, int, dict[str, Any]], None]
"""Makes a fork what it is to be, with its connection, lifeline and settings."""

BYTES = 16
MOST_SETTINGS = 2**22

ENDS = 3
"""The files that come with a request: connection, lifeline, and the file with the settings."""


def serve(control: socket.socket, become: Become) -> None:
    """Fork for each request until the judge closes the connection; answer with the process's number and descriptor."""
    while True:
        asked, files, _, _ = socket.recv_fds(control, BYTES, ENDS)
        _reap()
        if not asked:
            return
        if len(files) == ENDS:
            _fork(control, files, become)
        for file in files:
            os.close(file)


def _fork(control: socket.socket, files: list[int], become: Become) -> None:
    child = os.fork()
    if not child:
        control.close()
        with contextlib.suppress(BaseException):
            _become(become, *files)
        os._exit(71)
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(child)
        socket.send_fds(control, [str(child).encode()], [descriptor])
        os.close(descriptor)


def _reap() -> None:
    """Collect the forks that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


def _become(become: Become, connection: int, lifeline: int, given: int) -> None:
    """Become what is asked for, with everything of its own that a process has that was started as a program."""
    import numpy as np

    from gradcheck.isolation.inside import kernel

    with open(given, "rb") as file:
        settings = json.loads(file.read(MOST_SETTINGS))
    os.setsid()
    os.chdir(settings["scratch"])
    kernel.open_memory()  # as that of a program: the supervisor looks at the submission's files, and closes its own
    random.seed()
    np.random.seed()
    become(connection, lifeline, settings)


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__)))))
    # What a worker would import after it has given up rights: with it, NumPy.
    from gradcheck.isolation import wire  # noqa: F401
    from gradcheck.isolation.inside import kernel, loader, serving  # noqa: F401
    from gradcheck.isolation.inside.supervisor import supervise

    kernel.close_memory()
    kernel.no_new_privileges()
    serve(socket.socket(fileno=int(sys.argv[1])), supervise)
