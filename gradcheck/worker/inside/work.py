"""The submission's process: its limits, its isolation, and then the loop."""

import socket
from typing import Any

from gradcheck.worker.inside import kernel


def work(connection: int, settings: dict[str, Any]) -> None:
    """Give up rights, and serve the judge until it closes the connection."""
    kernel.limit(settings["memory"], settings["seconds"], settings["file"], settings["processes"])
    kernel.no_new_privileges()
    from gradcheck.worker.inside.loader import Loader, hush
    from gradcheck.worker.inside.serving import Server

    hush()
    server = Server(socket.socket(fileno=connection), settings["result"])
    loader = Loader(server)
    server.serve({"load": loader.load, "support": loader.support, "seed": loader.seed})
