"""The process in which repairs are searched for, as the judge sees it. Whatever it answers is checked."""

import atexit
import contextlib
import json
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from gradcheck.isolation import runtime, wire
from gradcheck.isolation.allowed import allowed, installed
from gradcheck.isolation.levels import Limits, command_in, rules_of
from gradcheck.isolation.process import PROCESSES, Process
from gradcheck.isolation.session import Session
from gradcheck.isolation.wire import Garbled, Gone, Outgoing
from gradcheck.judging.mending import Failed, Mended
from gradcheck.judging.plan import Plan
from gradcheck.subjects.loading import temporary
from gradcheck.subjects.loading.ownership import SUITE, SUITE_FOLDERS

MAIN = "gradcheck/judging/inside/main.py"
NEEDS = ("msgspec", "threadpoolctl")
"""The packages that the suite itself needs to search."""

PART = 30.0
"""Seconds by the clock that the search of one function may take, on however busy a machine."""

ALL = 120.0
"""Seconds by the clock that the search of all functions of a submission may take."""

MOST_HEADER = 2**20
ASKED = ("dialect", "adapter", "layers", "checks", "promised", "declared", "cases", "thorough", "seed")
"""What of a plan the search must know."""

UNFIT = (Gone, Garbled, OSError, TimeoutError, ValueError, LookupError, TypeError)


class Searching(Process):
    """The process: walled in as the submission's worker is, with the suite inside."""

    def _command(self, limits: Limits, folders: Sequence[str], ends: tuple[int, int]) -> list[str]:
        own = allowed((*NEEDS, *limits.packages))
        suite, inside = _suite()
        paths = (str(suite.parent), *inside, *own.paths)
        settings = {
            "scratch": str(self.scratch),
            "most_scratch": limits.scratch,
            "seconds": int(limits.total) + 10,
            "processes": PROCESSES,
            "landlock": rules_of(self._level, folders, str(self.scratch), paths),
            "packages": own.folder,
            "memory": limits.memory + own.mapped,
            "file": limits.file,
            "result": limits.result,
            "runtime": str(runtime.runtime()),
            "suite": str(suite),
        }
        command = [
            runtime.python(),
            "-I",
            "-S",
            "-B",
            str(suite / MAIN),
            *map(str, ends),
            json.dumps(settings),
        ]
        return command_in(self._level, command, folders, str(self.scratch), paths)


@lru_cache(maxsize=1)
def _suite() -> tuple[Path, tuple[str, ...]]:
    """Return a folder in which Python finds the suite and NumPy, and nothing else; and what lies behind its links."""
    made = temporary.made("runtime")
    atexit.register(made.remove)
    folder = made.path / runtime.INSIDE
    (folder / SUITE).mkdir(parents=True)
    own = Path(SUITE_FOLDERS[SUITE])
    for entry in own.iterdir():
        if entry.suffix == ".py" or (entry.is_dir() and entry.name != "__pycache__"):
            (folder / SUITE / entry.name).symlink_to(entry)
    for name, place in SUITE_FOLDERS.items():
        link = folder.joinpath(*name.split("."))
        if not link.exists():
            link.symlink_to(place)
    for library in runtime.libraries():
        (folder / library.name).symlink_to(library)
    made.path.chmod(0o755)
    return folder, tuple(SUITE_FOLDERS.values())


def prepare() -> None:
    """Make the folders that every search of this process uses, and that go with it."""
    _suite()
    allowed(NEEDS)


def searched(session: Session, plan: Plan, parts: Sequence[Failed]) -> list[Mended]:
    """Return what a process of the submission's own says would mend its parts: as far as it comes."""
    found: list[Mended] = []
    with contextlib.suppress(*UNFIT):
        process = Searching(session.level, session.limits, session.folders)
        try:
            found += _answers(process, session, plan, parts, found)
        finally:
            process.end()
    return found


def _answers(
    process: Process, session: Session, plan: Plan, parts: Sequence[Failed], found: list[Mended]
) -> list[Mended]:
    """Add what is answered for each part, until the process is lost."""
    limit = session.limits.load + PART
    _exchanged(process, None, limit)
    adapter = None if session.adapter is None else [session.adapter.shown, session.adapter.text]
    submission = {
        "path": session.path,
        "shown": session.shown,
        "texts": session.texts,
        "withheld": sorted(installed() - set(session.limits.packages)),
        "adapter": adapter,
        "root": session.folders[0],
    }
    asked = {name: getattr(plan, name) for name in ASKED}
    if _exchanged(process, ["load", submission, asked], limit)[0] != "loaded":
        return []
    end = time.monotonic() + ALL
    for part in parts:
        left = min(PART, end - time.monotonic())
        what, answer = _exchanged(process, ["search", msgspec.to_builtins(part)], left)
        if what == "mended":
            found.append(msgspec.convert(answer, Mended))
    return []


def _exchanged(process: Process, request: Any, seconds: float) -> Any:
    """Send a request, if there is one, and return the answer."""
    deadline = time.monotonic() + seconds
    if request is not None:
        wire.send(process.connection, request, Outgoing(), deadline=deadline)
    header = wire.receive(process.connection, deadline, most_header=MOST_HEADER).header
    if not isinstance(header, list) or not header:
        raise Garbled("no answer")
    return header
