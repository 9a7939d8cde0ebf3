"""The process in which repairs are searched for, as the judge sees it. Whatever it answers is checked."""

import atexit
import contextlib
import json
import select
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
IMAGE = "gradcheck/judging/inside/image.py"
NEEDS = ("msgspec", "threadpoolctl")
"""The packages that the suite itself needs to search."""

PART = 30.0
"""Seconds by the clock that the search of one function may take, on however busy a machine."""

ALL = 120.0
"""Seconds by the clock that the search of all functions of a submission may take."""

TRIES = 2
"""How often processes are started: a submission may end the one in which it is edited."""

MOST_HEADER = 2**20
ASKED = ("dialect", "adapter", "layers", "checks", "promised", "declared", "cases", "thorough", "seed")
"""What of a plan the search must know."""

UNFIT = (Gone, Garbled, OSError, TimeoutError, ValueError, LookupError, TypeError)


class Searching(Process):
    """The process: walled in as the submission's worker is, with the suite inside."""

    def _image(self, limits: Limits) -> list[str]:
        suite, _ = _suite()
        return [str(suite / IMAGE), str(suite), allowed((*NEEDS, *limits.packages)).folder]

    def _settings(self, limits: Limits, folders: Sequence[str]) -> dict[str, Any]:
        own = allowed((*NEEDS, *limits.packages))
        suite, inside = _suite()
        paths = (str(suite.parent), *inside, *own.paths)
        return {
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

    def _command(self, limits: Limits, folders: Sequence[str], ends: tuple[int, int]) -> list[str]:
        suite, inside = _suite()
        settings = json.dumps(self._settings(limits, folders))
        command = [runtime.python(), "-I", "-S", "-B", str(suite / MAIN), *map(str, ends), settings]
        paths = (str(suite.parent), *inside, *allowed((*NEEDS, *limits.packages)).paths)
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
    """Return what processes of the submission's own say would mend its parts: as far as they come.

    Each takes the next part until none is left. One that is lost takes its part with it; the others go on, or new ones.
    """
    waiting, end, found = list(parts), time.monotonic() + ALL, list[Mended]()
    for _ in range(TRIES):
        lanes = [Lane(session, plan, end) for _ in range(min(plan.processes, len(waiting)))]
        try:
            while any(lane.is_open for lane in lanes):
                for lane in _ready(lanes):
                    found += lane.advanced(waiting)
        finally:
            for lane in lanes:
                lane.close()
        if not waiting:
            break
    order = {(part.layer, part.part, part.function): number for number, part in enumerate(parts)}
    return sorted(found, key=lambda each: order.get((each.layer, each.part, each.function), len(order)))


class Lane:
    """One process that searches, and what it is waited for: to start, to load, to search a part."""

    def __init__(self, session: Session, plan: Plan, end: float) -> None:
        self._steps = [["load", _submission(session), {name: getattr(plan, name) for name in ASKED}]]
        self._deadline, self._end = time.monotonic() + session.limits.load + PART, end
        self._expected = "ready"
        self._process: Searching | None = None
        with contextlib.suppress(*UNFIT):
            self._process = Searching(session.level, session.limits, session.folders)

    @property
    def is_open(self) -> bool:
        """Whether it is waited for."""
        return self._process is not None

    @property
    def left(self) -> float:
        """Seconds until it is given up."""
        return self._deadline - time.monotonic()

    @property
    def connection(self) -> Any:
        """Where its answer comes."""
        assert self._process is not None
        return self._process.connection

    def advanced(self, waiting: list[Failed]) -> list[Mended]:
        """Take its answer, give it the next part that waits, and return what it has found."""
        try:
            what, *answer = _answer(self.connection, self._deadline)
            if what != self._expected:
                raise Garbled(f"{what!r} where {self._expected!r} was expected")
            found = [msgspec.convert(answer[0], Mended)] if what == "mended" else []
            self._give(waiting)
        except UNFIT:
            self.close()
            return []
        return found

    def _give(self, waiting: list[Failed]) -> None:
        if self._steps:
            self._expected, request = "loaded", self._steps.pop()
        elif waiting and self._end > time.monotonic():
            self._expected = "mended"
            request = ["search", msgspec.to_builtins(waiting.pop(0))]
            self._deadline = min(time.monotonic() + PART, self._end)
        else:
            self.close()
            return
        wire.send(self.connection, request, Outgoing(), deadline=self._deadline)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.end()
            self._process = None


def _ready(lanes: Sequence[Lane]) -> list[Lane]:
    """Wait for answers, and return the lanes that have one, or that are given up."""
    there = [lane for lane in lanes if lane.is_open]
    patience = max(0.0, min((lane.left for lane in there), default=0.0))
    readable, _, _ = select.select([lane.connection for lane in there], [], [], patience)
    return [lane for lane in there if lane.connection in readable or lane.left <= 0]


def _submission(session: Session) -> dict[str, Any]:
    return {
        "path": session.path,
        "shown": session.shown,
        "texts": session.texts,
        "withheld": sorted(installed() - set(session.limits.packages)),
        "adapter": None if session.adapter is None else [session.adapter.shown, session.adapter.text],
        "root": session.folders[0],
    }


def _answer(connection: Any, deadline: float) -> list[Any]:
    header = wire.receive(connection, deadline, most_header=MOST_HEADER).header
    if not isinstance(header, list) or not header:
        raise Garbled("no answer")
    return header
