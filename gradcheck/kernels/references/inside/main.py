"""The process of a kernel that is judged against a reference; `gradcheck.kernels.inside.main` says how it starts."""

import json
import sys
from typing import Any


def serve(connection: int, settings: dict[str, Any]) -> None:
    """Become the kernel's process, which has the whole suite and the judge's path."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "gradcheck"]:
        del sys.modules[name]
    sys.path[:] = settings["path"]
    from gradcheck.kernels.inside.hosting import host
    from gradcheck.kernels.references.inside.hosting import CandidateHost

    host(connection, settings, CandidateHost)


if __name__ == "__main__":
    given = json.loads(sys.argv[3])
    sys.path.insert(0, given["runtime"])
    from gradcheck.isolation.inside.supervisor import supervise

    supervise(int(sys.argv[1]), int(sys.argv[2]), given, serve)
