"""One submission and the workers that it lives in, one after the other: a fresh one where one was lost."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gradcheck.calling.raising import Trouble
from gradcheck.isolation import wire
from gradcheck.isolation.allowed import installed
from gradcheck.isolation.foreign import Failed, Foreign, foreign
from gradcheck.isolation.inside import kernel
from gradcheck.isolation.levels import Level, Limits
from gradcheck.isolation.packing import Packer
from gradcheck.isolation.process import Process
from gradcheck.isolation.wire import Garbled, Gone, Outgoing
from gradcheck.subjects.loading import Adapter, Loaded, LoadError, Namespace
from gradcheck.subjects.loading.errors import Unavailable
from gradcheck.subjects.loading.ownership import is_below
from gradcheck.text import one_line

UNFIT = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)
"""What is raised where something unforeseen arrives."""

MOST_HEADER = 2**22
"""Bytes of the text of an answer: with all names that a file defines it is a tenth of that."""

ROOM_FOR_CHANGES = 2**23
"""Bytes by which an answer may be longer than its result: results of earlier calls that have changed."""

MOST_MEMBERS, MOST_NAME = 10_000, 200
"""How many names a module may have, and of how many characters; what is beyond is left out."""

MOST_PATH = 4096
KINDS = ("not found", "unsupported", "import")

FULL = Trouble("crashed", "left so many files open that nothing could be called any more")


class Full(Exception):
    """No file can be opened in the worker any more: this request was not carried out, and is not to blame."""


@dataclass(frozen=True)
class Worker:
    """A process and what the judge shares with it."""

    process: Process
    packer: Packer


class Session:
    """A submission in a worker.

    Parameters
    ----------
    path : str
        Where the submission lies, absolute, or a module's dotted name.
    shown : str
        What it is called in messages.
    folders : sequence of str
        What of the file system is the submission's; the first is the outermost that it may import from.
    level : Level
        How it is kept apart.
    limits : Limits
        What it may use.
    texts : mapping, optional
        The code of notebooks, by their path.
    adapter : Adapter, optional
        What is judged in place of what the submission defines: it travels as text, as notebooks do.
    """

    def __init__(
        self,
        path: str,
        shown: str,
        folders: Sequence[str],
        level: Level,
        limits: Limits,
        texts: Mapping[str, str] | None = None,
        adapter: Adapter | None = None,
    ) -> None:
        self.path = path
        self.shown = shown
        self.folders = folders
        self.level = level
        self.limits = limits
        self.texts = dict(texts or {})
        self.adapter = adapter
        self.life = 0
        self._worker: Worker | None = None
        self._losses: Counter[str] = Counter()
        self._last: dict[str, Trouble] = {}
        self._spent = 0.0
        self._number = 0
        self._last_called: str | None = None
        self._free: list[int] = []
        self._supports: list[str] = []
        self._seed: int | None = None
        self._count = 0
        self._facts: dict[tuple[Any, ...], Any] = {}

    # What a submission as a whole is asked.

    def load(self) -> Loaded:
        """Start a worker, import the submission in it, and return what stands for its members. Raises LoadError."""
        spaces, notes, left_alone = self._start()
        self._count = len(spaces)
        found = [
            Namespace(one_line(name), self._own(path), self._members(number, members))
            for number, (name, path, members) in enumerate(spaces)
        ]
        return Loaded(
            self.shown,
            tuple(found),
            tuple(one_line(note) for note in notes),
            self.seed,
            self.support,
            self.lives,
            self.apart,
            max(0, left_alone),
            self.counted,
            self,
        )

    def _own(self, path: str | None) -> str | None:
        """Return a module's file, if it is the submission's: its text may be read for hints."""
        if path is None or len(path) > MOST_PATH or "\0" in path:
            return None
        return one_line(path) if is_below(os.path.realpath(path), os.path.realpath(self.folders[0])) else None

    def edited(self, texts: Mapping[str, str]) -> "Session":
        """Return a session of the same submission with other texts in the place of some files, not yet loaded."""
        again = {**self.texts, **texts}
        return Session(self.path, self.shown, self.folders, self.level, self.limits, again, self.adapter)

    def lives(self) -> int:
        """Return how many workers were lost."""
        return self.life

    def support(self, name: str) -> list[dict[str, Any]]:
        """Add a support module's names to the submission's namespaces, and return them for each."""
        self._supports.append(name)
        try:
            added = self._asked("support", self.limits.load, name)
        except Failed:
            added = None
        # A submission that has damaged its interpreter may keep the worker from importing anything.
        members = added if isinstance(added, list) and all(map(_is_member, added)) else []
        return [self._members(number, members) for number in range(self._count)]

    def seed(self, number: int) -> None:
        """Make what the submission draws from the global generator repeat, in this life and the next."""
        self._seed = number
        if self._worker is not None:
            self._asked("seed", self.limits.call, number)

    def counted(self, run: Callable[[], object]) -> int:
        """Return how many lines of the submission's code a function of the judge runs; 0 if the worker is lost."""
        try:
            self._asked("count", self.limits.call, True)
            run()
            found = self._asked("count", self.limits.call, False)
        except Failed:
            return 0
        return found if type(found) is int and found > 0 else 0

    @contextmanager
    def apart(self) -> Iterator[None]:
        """In a forked judge, use a new worker and leave the parent's worker untouched."""
        kernel.die_with_parent()
        if self._worker is not None:
            self._worker.process.leave()
            self._worker = None
        self._forget()
        try:
            yield
        finally:
            self.close()

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.packer.close()
            self._worker.process.end()
            self._worker = None

    def free(self, node: list[Any], life: int) -> None:
        """Note that the worker may forget an object."""
        if life == self.life:
            self._free.append(node[1])

    # One request.

    def request(self, what: str, label: str, *arguments: Any) -> Any:
        """Have the worker do something, and return what comes of it. Raises Failed."""
        # A fresh worker for each of many cases would take its time limit each time.
        if self._losses[label] >= self.limits.losses:
            raise Failed(self._last[label])
        worker = self._alive()
        out, dicts = Outgoing(), list[dict[Any, Any]]()
        nodes = worker.packer.request(arguments, out, dicts)
        try:
            frame = self._exchanged(worker, label, [what, *nodes], out, self.limits.call)
            packer = worker.packer
            packer.arena.read_back()
            _, _, value, written, changed = frame.header
            packer.write_back(written, dicts, frame.raw)
            packer.changed(changed, frame.raw)
            return packer.result(value, frame.raw, label)
        except Failed as problem:
            raise Failed(self._doubted(problem.trouble)) from None
        except Full:
            self._lost_by_the_last(label)
            return self.request(what, label, *arguments)
        except Garbled as problem:
            raise self._lost(label, Trouble("crashed", f"gave {problem}")) from None
        except UNFIT:
            raise self._lost(label, Trouble("crashed", "gave something that is no result")) from None
        finally:
            worker.packer.close_grants()

    def facts(self, thing: Foreign) -> Any:
        """Have the worker describe a function or a class. Raises Failed."""
        node = self._alive().packer.node(thing)
        if tuple(node) not in self._facts:
            self._facts[tuple(node)] = self._asked("describe", self.limits.call, node)
        return self._facts[tuple(node)]

    def _asked(self, what: str, seconds: float, *arguments: Any) -> Any:
        """Return what the worker's own code answers."""
        worker = self._alive()
        try:
            return self._exchanged(worker, what, [what, *arguments], Outgoing(), seconds).header[2]
        except Full:
            self._lost_by_the_last(what)
            return self._asked(what, seconds, *arguments)
        except Garbled as problem:
            raise self._lost(what, Trouble("crashed", f"gave {problem}")) from None

    def _exchanged(
        self, worker: Worker, label: str, request: list[Any], out: Outgoing, seconds: float
    ) -> wire.Frame:
        """Send a request and return the answer, of the right form. Raises Failed if the worker is lost."""
        started = time.monotonic()
        # Of all lives together: a subject that is slow on each of many cases must not hold the judge for hours.
        seconds = min(seconds, self.limits.total - self._spent)
        try:
            if seconds <= 0:
                raise TimeoutError
            answer = self._answer(worker, request, out, started + seconds)
            self._last_called = None if request[0] == "load" else label
            return answer
        except (TimeoutError, BlockingIOError):
            why = f"did not return within {seconds:.3g} s"
            if seconds <= 0 or self._spent + seconds >= self.limits.total:
                why = self._stopped
            raise self._lost(label, Trouble("timed out", why)) from None
        except (Gone, OSError):
            raise self._lost(label, Trouble("crashed", worker.process.ending())) from None
        finally:
            self._spent += time.monotonic() - started

    def _answer(self, worker: Worker, request: list[Any], out: Outgoing, deadline: float) -> wire.Frame:
        connection, arena = worker.process.connection, worker.packer.arena
        self._number += 1
        notices = [[[chunk.number, chunk.size] for chunk in arena.fresh], arena.dropped, self._free]
        files = [chunk.file for chunk in arena.fresh]
        wire.send(connection, [self._number, notices, *request], out, files, deadline)
        arena.handed_over()
        arena.dropped, self._free = [], []
        while True:
            most = min(worker.packer.room + ROOM_FOR_CHANGES, wire.MOST_BYTES)
            frame = wire.receive(connection, deadline, most_header=MOST_HEADER, most_bytes=most)
            header = frame.header
            if isinstance(header, list) and len(header) == 3 and header[1] == "grant":
                granted = worker.packer.grant(header[2])
                files, number = ([granted[0]], granted[1]) if granted else ([], 0)
                wire.send(connection, [number], Outgoing(), files, deadline)
            elif isinstance(header, list) and len(header) == 5 and header[:2] == [self._number, "value"]:
                return frame
            elif header == [self._number, "full"]:
                raise Full
            else:
                raise Garbled("an answer to something else")

    def _doubted(self, trouble: Trouble) -> Trouble:
        """Return a failure; blamed on the adapter only if there is one, and one that can have raised it."""
        if trouble.kind not in ("unadapted", "left out"):
            return trouble
        if self.adapter is None:
            return Trouble("crashed", trouble.said, trouble.cause)
        kind = trouble.kind if self.adapter.leaves_out else "unadapted"
        return Trouble(kind, trouble.said, trouble.cause)

    # Lives.

    @property
    def _stopped(self) -> str:
        return f"was stopped: all calls together may take {self.limits.total:.3g} s"

    def _alive(self) -> Worker:
        """Return the worker; a fresh one, with everything brought in again, where there is none."""
        if self._worker is None:
            if (
                self._spent >= self.limits.total
            ):  # a new worker would be stopped at once, for each call that is left
                raise Failed(Trouble("timed out", self._stopped))
            try:
                self._start()
            except LoadError as problem:
                raise Failed(Trouble("crashed", f"cannot be loaded again: {problem.message}")) from None
            for name in self._supports:
                self._asked("support", self.limits.load, name)
            if self._seed is not None:
                self._asked("seed", self.limits.call, self._seed)
        assert self._worker is not None
        return self._worker

    def _start(self) -> tuple[list[Any], list[Any], int]:
        """Start a worker and import the submission. Raises LoadError."""
        try:
            process = Process(self.level, self.limits, self.folders)
        except OSError as problem:
            why = f"the worker for {self.shown} cannot be started: {problem.strerror or problem}"
            raise Unavailable(why, "unsupported") from None
        self._worker = Worker(process, Packer(self, self.life, self.limits.result))
        try:
            self._wait_until_ready(process)
            withheld = sorted(installed() - set(self.limits.packages))
            adapter = None if self.adapter is None else [self.adapter.shown, self.adapter.text]
            asked = (self.path, self.shown, self.texts, withheld, adapter, self.folders[0])
            answer = self._asked("load", self.limits.load, *asked)
            if _is(answer, ["failed", str, str]) and answer[2] in KINDS:
                raise LoadError(answer[1], answer[2])
            if not _is(answer, ["loaded", list, list, int]) or not all(map(_is_space, answer[1])):
                raise LoadError(f"{self.shown} did not load as Python code does", "import")
            return answer[1], answer[2], answer[3]
        except Failed as problem:
            raise LoadError(f"importing {self.shown} {problem.trouble.said}", "import") from None
        except LoadError:
            self.close()
            raise

    def _wait_until_ready(self, process: Process) -> Any:
        """Wait for the worker's own code, before it touches the submission; return what it says of itself.

        Raises LoadError.
        """
        try:
            _, what, held = wire.receive(process.connection, time.monotonic() + self.limits.load).header
        except (Gone, OSError, Garbled):
            what, held = process.ending(), {}
        if what != "ready" or (self.level is Level.LANDLOCK and not held["landlock"]):
            raise Unavailable(
                f"the worker for {self.shown} did not start at the level {self.level}: {what}", "import"
            )
        return held

    def _lost(self, label: str, trouble: Trouble) -> Failed:
        """End the worker, and return the failure that reports it."""
        self.close()
        self._forget()
        self._losses[label] += 1
        self._last[label] = trouble
        return Failed(trouble)

    def _lost_by_the_last(self, label: str) -> None:
        """End the worker, and blame what was called last: it is not called again. Raises Failed if nothing was."""
        if self._last_called is None:
            raise self._lost(label, FULL)
        last = self._last_called
        self._lost(last, FULL)
        self._losses[last] = self.limits.losses

    def _forget(self) -> None:
        """Note that there will be another worker: nothing that lived in the last one is there any more."""
        self.life += 1
        self._free, self._facts = [], {}

    def _members(self, number: int, members: list[Any]) -> dict[str, Any]:
        """Return what stands for a namespace's members."""
        found: dict[str, Any] = {}
        for name, value in members[:MOST_MEMBERS]:
            if len(name) > MOST_NAME or not name.isidentifier():
                continue  # no function of a layer; what looks for near ones takes its time with a long one
            if isinstance(value, list):
                _, is_callable, sort = value
                node = ["root", number, name]
                found[name] = foreign(self, node, name, one_line(sort, 80), is_callable is True)
            else:
                found[name] = value
        return found


def _is(value: Any, form: list[Any]) -> bool:
    """Return whether a value has the form: a list of these words and of things of these types."""
    return (
        isinstance(value, list)
        and len(value) == len(form)
        and all(
            isinstance(each, wanted) if isinstance(wanted, type) else each == wanted
            for each, wanted in zip(value, form, strict=True)
        )
    )


def _is_space(space: Any) -> bool:
    """Return whether this is a module's name, its file, and its members."""
    if not (_is(space, [str, str, list]) or _is(space, [str, type(None), list])):
        return False
    return all(_is_member(member) for member in space[2])


def _is_member(member: Any) -> bool:
    if not isinstance(member, list) or len(member) != 2 or not isinstance(member[0], str):
        return False
    value = member[1]
    if isinstance(value, int | float | type(None)):
        return not isinstance(value, int) or abs(value) < wire.MOST_INTEGER
    return _is(value, ["root", bool, str])
