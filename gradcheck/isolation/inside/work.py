"""The submission's process: its limits, its isolation, and then the loop."""

import socket
from typing import Any

from gradcheck.isolation.inside import kernel, landlock, seccomp


def work(connection: int, settings: dict[str, Any]) -> None:
    """Give up rights, and serve the judge until it closes the connection."""
    kernel.limit(settings["memory"], settings["seconds"], settings["file"], settings["processes"])
    kernel.no_new_privileges()
    held = {"landlock": _sees_little(settings["landlock"]), "seccomp": seccomp.refuse()}
    from gradcheck.isolation import wire
    from gradcheck.isolation.inside.loader import Loader, hush
    from gradcheck.isolation.inside.serving import Server

    hush()
    to_judge = socket.socket(fileno=connection)
    wire.send(to_judge, [0, "ready", held], wire.Outgoing())
    server = Server(to_judge, settings["result"])
    loader = Loader(server)
    server.serve({"load": loader.load, "support": loader.support, "seed": loader.seed})


def _sees_little(rules: dict[str, list[str]] | None) -> bool:
    return rules is not None and landlock.restrict(rules["readable"], rules["listable"], rules["writable"])
