"""The process of a kernel: a supervisor, and below it the process in which the kernel runs.

Started as ``python -P main.py CONNECTION LIFELINE SETTINGS``. The supervisor has no more than a submission's has.
"""

import json
import sys
from typing import Any


def serve(connection: int, settings: dict[str, Any]) -> None:
    """Become the kernel's process, which has the whole suite and the judge's path."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "gradcheck"]:
        del sys.modules[name]
    sys.path[:] = settings["path"]
    from gradcheck.kernels.inside.hosting import host

    host(connection, settings)


if __name__ == "__main__":
    given = json.loads(sys.argv[3])
    sys.path.insert(0, given["runtime"])
    from gradcheck.isolation.inside.supervisor import supervise

    supervise(int(sys.argv[1]), int(sys.argv[2]), given, serve)
