"""The prepared image of the search for repairs: a process with the whole suite, forked for each submission.

Started as ``python -I -S -B image.py CONTROL SUITE PACKAGES``. It never runs a submission's code.
"""

import os
import socket
import sys
from functools import partial
from typing import Any


def serve(connection: int, settings: dict[str, Any]) -> None:
    """Give up rights, and search for what the judge asks until it closes the connection."""
    from gradcheck.isolation.inside.supervisor import give_up
    from gradcheck.judging.inside.searching import answer

    answer(connection, give_up(settings))


if __name__ == "__main__":
    control, suite, packages = sys.argv[1:]
    os.environ.pop("PYTHONPATH", None)
    sys.path[0] = suite
    sys.path += [packages] if packages else []
    from gradcheck.isolation.inside import image, kernel
    from gradcheck.isolation.inside.supervisor import supervise
    from gradcheck.judging.inside import searching  # noqa: F401 - with it, all of the suite

    kernel.close_memory()
    kernel.no_new_privileges()
    image.serve(socket.socket(fileno=int(control)), partial(supervise, serve=serve))
