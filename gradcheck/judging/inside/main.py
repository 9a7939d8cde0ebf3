"""The process in which repairs of a submission are searched for: a supervisor, and below it the search.

Started as ``python -I -S -B main.py CONNECTION LIFELINE SETTINGS``. It has the same walls as a submission's own worker,
and the whole suite within them.
"""

import json
import os
import sys
from typing import Any


def serve(connection: int, settings: dict[str, Any]) -> None:
    """Give up rights, and search for what the judge asks until it closes the connection."""
    from gradcheck.isolation.inside.supervisor import give_up

    held = give_up(settings)
    for name in [name for name in sys.modules if name.partition(".")[0] == "gradcheck"]:
        del sys.modules[name]
    sys.path[0] = settings["suite"]
    sys.path += [settings["packages"]] if settings["packages"] else []
    from gradcheck.judging.inside.searching import answer

    answer(connection, held)


if __name__ == "__main__":
    given = json.loads(sys.argv[3])
    sys.path.insert(0, given["runtime"])
    from gradcheck.isolation.inside.supervisor import supervise

    os.environ.pop("PYTHONPATH", None)
    supervise(int(sys.argv[1]), int(sys.argv[2]), given, serve)
