"""The search for repairs in a process of its own: the submission is loaded once, and each part is searched in turn."""

import socket
from pathlib import Path
from typing import Any

import msgspec

from gradcheck.isolation import wire
from gradcheck.isolation.inside.loader import hush
from gradcheck.isolation.wire import Outgoing
from gradcheck.judging.mending import Failed, Mending
from gradcheck.judging.plan import Plan
from gradcheck.subjects.loading import Adapter, Bounds, Loaded, LoadError, load


def answer(connection: int, held: dict[str, bool]) -> None:
    """Answer until the judge closes the connection: first what to load, then each part."""
    hush()
    judge = socket.socket(fileno=connection)
    wire.send(judge, ["ready", held], Outgoing())
    try:
        _, submission, plan = wire.receive(judge).header
        with _loaded(**submission) as loaded:
            _search(judge, loaded, Plan(**{key: _tuples(value) for key, value in plan.items()}))
    except LoadError:
        wire.send(judge, ["failed"], Outgoing())
    except wire.Gone:
        return


def _search(judge: socket.socket, loaded: Loaded, plan: Plan) -> None:
    with Mending(loaded, plan) as mending:
        wire.send(judge, ["loaded"], Outgoing())
        while True:
            part = msgspec.convert(wire.receive(judge).header[1], Failed)
            wire.send(judge, ["mended", msgspec.to_builtins(mending.mended(part))], Outgoing())


def _loaded(
    path: str, shown: str, texts: dict[str, str], withheld: list[str], adapter: list[str] | None, root: str
) -> Any:
    known = {Path(place): text for place, text in texts.items()}
    given = Adapter(*adapter) if adapter else None
    return load(path, shown, known, frozenset(withheld), given, Bounds(Path(root)))


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
