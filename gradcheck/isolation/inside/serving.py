"""The loop inside the worker: a request comes, the subject's code runs, an answer goes."""

import contextlib
import errno
import fcntl
import operator
import os
import resource
import socket
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradcheck.calling.arrays import arrays_in, overwrite_in
from gradcheck.calling.placeholders import forgets_return
from gradcheck.calling.raising import Relayed, Trouble, builtin_cause, trouble_of
from gradcheck.calling.steps import Steps
from gradcheck.isolation import wire
from gradcheck.isolation.inside.memory import Memory
from gradcheck.isolation.wire import Outgoing
from gradcheck.text import one_line

MOST_ENTRIES = 4096
MOST_TEXT = 2000
NAME = 80

FREE = wire.MOST_FILES + 56
"""How many more files it must be possible to open after a call: the next request may bring many."""

GIVEN_UP = 70
"""The exit code."""

Roots = list[dict[str, Any]]


class Server:
    """Everything the judge may ask for.

    Parameters
    ----------
    connection : socket
        To the judge.
    most : int
        The most bytes that one result may hold.
    """

    def __init__(self, connection: socket.socket, most: int) -> None:
        self._connection = connection
        self._memory = Memory(self._granted, most)
        self._handles: dict[int, Any] = {}
        self._count = 0
        self._given: list[tuple[list[Any], dict[Any, Any], dict[Any, Any]]] = []
        self.roots: Roots = []
        self._steps: Steps | None = None

    def count(self, is_on: bool) -> int:
        """Begin to count the lines that calls run, or end it; return how many they were."""
        found = 0 if self._steps is None else self._steps.count
        self._steps = Steps() if is_on else None
        return found

    def serve(self, extra: Mapping[str, Callable[..., Any]]) -> None:
        """Answer until the judge closes the connection, or until too few files can be opened to go on.

        A call that leaves too many files open ends the process, so that it is the one that is blamed. Whatever gets
        past that shows in the next request, whose files do not arrive. That request is not carried out.
        """
        most = max(0, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - FREE)
        while True:
            try:
                frame = wire.receive(self._connection, takes_files=True)
            except wire.Gone:
                return
            if not self._attend(frame):
                wire.send(self._connection, [frame.header[0], "full"], Outgoing())
                return
            was_free, out = self._is_free(most), Outgoing()
            answer = self._answer(frame, extra, out)
            if was_free and not self._is_free(most):
                _give_up("it left too many files open")
            wire.send(self._connection, answer, out)

    def _is_free(self, number: int) -> bool:
        """Return whether a descriptor is free. The kernel gives it away only when all lower ones are taken."""
        try:
            found = fcntl.fcntl(self._connection, fcntl.F_DUPFD_CLOEXEC, number)
        except OSError:
            return False
        os.close(found)
        return bool(found == number)

    def _attend(self, frame: wire.Frame) -> bool:
        """Take in what comes with a request: memory to map and to forget, handles to forget.

        Return whether all of it has arrived: no file can be received where no more can be opened.
        """
        fresh, dropped, free = frame.header[1]
        if len(frame.files) < len(fresh):
            return False
        try:
            for (number, size), file in zip(fresh, frame.files, strict=True):
                self._memory.map(number, size, file)
        except OSError as problem:
            if problem.errno != errno.EMFILE:
                raise
            return False
        for number in dropped:
            self._memory.unmap(number)
        for number in free:
            self._handles.pop(number, None)
        return True

    def _answer(self, frame: wire.Frame, extra: Mapping[str, Callable[..., Any]], out: Outgoing) -> list[Any]:
        number, _, what, *arguments = frame.header
        self._given = []
        try:
            if what in extra:
                return [number, "value", extra[what](*arguments), [], []]
            value = self._performed(what, [self._unpacked(each, frame.raw) for each in arguments])
            return [number, "value", self._result(value, out), *self._changes(out)]
        except BaseException as problem:  # noqa: BLE001 - whatever a subject raises travels to the judge
            trouble = trouble_of(problem)
            answer = ["trouble", trouble.kind, trouble.said, builtin_cause(trouble.cause)]
            return [number, "value", answer, *self._changes(out)]

    def _changes(self, out: Outgoing) -> tuple[list[Any], list[Any]]:
        """Return what changed besides the result: dicts that were given, and earlier results."""
        return self._written_back(out), self._memory.changed(out)

    def _performed(self, what: str, arguments: list[Any]) -> Any:
        first, *rest = arguments
        if what == "call":
            with self._steps or contextlib.nullcontext():
                return first(*rest[0], **rest[1])
        if what == "iter":
            return _first(first)
        if what == "arrays":
            return list(arrays_in(first))[:MOST_ENTRIES]
        if what == "overwrite":
            return overwrite_in(first, dict(zip(*rest, strict=True)))
        return OPERATIONS[what](first, *rest)

    def _granted(self, size: int) -> tuple[int, int]:
        """Ask the judge for memory."""
        wire.send(self._connection, [0, "grant", size], Outgoing())
        frame = wire.receive(self._connection, takes_files=True)
        if not frame.files:
            raise MemoryError(f"no room for a result of {size} bytes")
        return frame.files[0], frame.header[0]

    # From the judge.

    def _unpacked(self, node: Any, raw: bytearray) -> Any:
        if not isinstance(node, list):
            return node
        tag = node[0]
        if tag == "shared":
            return self._memory.shared(node)
        if tag == "scalar":
            return wire.inline(node, raw)[()]
        if tag in ("handle", "root"):
            return self.found(node)
        if tag == "complex":
            return complex(node[1], node[2])
        if tag == "dict":
            return self._dict(node, raw)
        items = [self._unpacked(each, raw) for each in node[1]]
        return tuple(items) if tag == "tuple" else items

    def _dict(self, node: list[Any], raw: bytearray) -> dict[Any, Any]:
        made = {self._unpacked(key, raw): self._unpacked(value, raw) for key, value in node[1]}
        self._given.append((node, made, dict(made)))
        return made

    def found(self, node: list[Any]) -> Any:
        """Return the object that the judge knows by a node."""
        return self._held(node[1]) if node[0] == "handle" else self.roots[node[1]][node[2]]

    def _held(self, number: int) -> Any:
        if number not in self._handles:
            raise Relayed(Trouble("crashed", "left something that is not there any more"))
        return self._handles[number]

    # To the judge.

    def _result(self, value: Any, out: Outgoing) -> Any:
        """Return how a result goes back: a tuple or a list is unpacked, one level deep."""
        if issubclass(type(value), (tuple, list)) and len(value) <= MOST_ENTRIES:
            tag = "tuple" if issubclass(type(value), tuple) else "list"
            return [tag, [self._packed(each, out) for each in value]]
        return self._packed(value, out)

    def _packed(self, value: Any, out: Outgoing) -> Any:
        if type(value) is str:
            return one_line(value, MOST_TEXT)
        if type(value) in wire.SCALARS and not (type(value) is int and abs(value) >= wire.MOST_INTEGER):
            return value
        if type(value) is complex:
            return ["complex", value.real, value.imag]
        packed = None
        if issubclass(type(value), np.ndarray):
            packed = self._memory.packed(value, out)
        elif issubclass(type(value), (np.number, np.bool)):
            packed = self._memory.packed(np.asarray(value), out, "scalar")
        return packed if packed is not None else self.held(value)

    def held(self, value: Any) -> list[Any]:
        """Keep an object here, and return what the judge calls it by."""
        self._count += 1
        self._handles[self._count] = value
        return ["handle", self._count, callable(value), named(value)]

    def _written_back(self, out: Outgoing) -> list[list[Any]]:
        """Return what the subject wrote into the dicts that it was given, in the order in which they came."""
        changes = []
        for number, (_, now, before) in enumerate(self._given):
            new = [
                [self._packed(key, out), self._result(value, out)]
                for key, value in list(now.items())[:MOST_ENTRIES]
                if key not in before or before[key] is not value
            ]
            gone = [self._packed(key, out) for key in before if key not in now]
            if new or gone:
                changes.append([number, new, gone])
        return changes


OPERATIONS: dict[str, Callable[..., Any]] = {
    "getattr": getattr,
    "setattr": setattr,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "len": len,
    "contains": operator.contains,
    "forgets": forgets_return,
}


def _give_up(why: str) -> None:
    """End this process; the judge reports why."""
    with contextlib.suppress(OSError):
        os.write(2, why.encode())
    os._exit(GIVEN_UP)


def _first(values: Any) -> list[Any]:
    """Return what iterating gives, up to a limit."""
    found = []
    for value in values:
        found.append(value)
        if len(found) >= MOST_ENTRIES:
            break
    return found


def named(value: Any) -> str:
    """Return what sort of thing a value is."""
    if issubclass(type(value), np.ndarray):
        return one_line(f"ndarray of {value.dtype}", NAME)
    return one_line(type(value).__name__, NAME)
