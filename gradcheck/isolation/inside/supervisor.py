"""The two processes of a worker: the submission's, and one above it.

The one above outlives the submission's, reports how it ended, and ends whatever it has left behind. It does what the
judge cannot do from outside: every process that the submission starts, however well it hides, becomes its child when
its own parent ends.
"""

import json
import os
import select
import signal
import socket
import stat
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from gradcheck.isolation.inside import kernel, landlock, seccomp

MOST_OUTPUT = 2000
TICK_MS = 200
PATIENCE = 5.0
Serve = Callable[[int, dict[str, Any]], None]
"""Gives up rights, and answers the judge until it closes the connection."""

BLOCK = 2**16
SECTOR = 512
"""The bytes in which the kernel counts what a file takes."""

MOST_ENTRIES = 20_000
DEEPEST = 100
"""How many files and folders a submission may have in its own, and how deep."""

MEMORY = "/memfd:"
"""What the judge's memory is called here; a submission cannot make such files."""


def supervise(connection: int, lifeline: int, settings: dict[str, Any], serve: Serve | None = None) -> None:
    """Run the submission's process until it ends or the judge closes the lifeline; then end everything.

    `serve` is what that process does; by default it is a submission's.
    """
    kernel.adopt_orphans()
    output, its_output = os.pipe()
    child = os.fork()
    if not child:
        os.close(lifeline)
        os.close(output)
        _work(connection, its_output, settings, serve or _serve)
    os.close(connection)
    os.close(its_output)
    _confine(settings)
    ending = _watch(child, lifeline, output, settings)
    end_all()
    if ending is not None:
        _report(lifeline, ending)
    os._exit(0)


def _confine(settings: dict[str, Any]) -> None:
    """Give up what watching and ending need not: code that took it over would gain nothing."""
    kernel.close_memory()
    _limit(settings)
    kernel.no_new_privileges()
    seccomp.refuse(may_signal=True)


def _limit(settings: dict[str, Any]) -> None:
    kernel.limit(settings["memory"], settings["seconds"], settings["file"], settings["processes"])


def _work(connection: int, output: int, settings: dict[str, Any], serve: Serve) -> None:
    """Become the submission's process."""
    kernel.die_with_parent()
    for standard in (1, 2):
        os.dup2(output, standard)
    os.close(output)
    try:
        serve(connection, settings)
    except BaseException:  # noqa: BLE001 - reported to the judge, by way of the supervisor
        os.write(2, traceback.format_exc()[-MOST_OUTPUT:].encode())
        os._exit(70)
    os._exit(0)


def _serve(connection: int, settings: dict[str, Any]) -> None:
    """Give up rights, and answer the judge until it closes the connection."""
    held = give_up(settings)
    # Only now, so that NumPy is loaded within the limits; in a fork of the image all this is there already.
    from gradcheck.isolation import wire
    from gradcheck.isolation.inside.loader import Loader, hush
    from gradcheck.isolation.inside.serving import Server

    # Last, as installed packages are in any Python: nothing of the standard library is replaced.
    sys.path += [settings["packages"]] if settings["packages"] else []
    hush()
    to_judge = socket.socket(fileno=connection)
    wire.send(to_judge, [0, "ready", held], wire.Outgoing())
    server = Server(to_judge, settings["result"])
    loader = Loader(server)
    server.serve(
        {
            "load": loader.load,
            "support": loader.support,
            "seed": loader.seed,
            "describe": loader.describe,
            "count": server.count,
        }
    )


def give_up(settings: dict[str, Any]) -> dict[str, bool]:
    """Give up rights, and return what the kernel sees to from now on."""
    _limit(settings)
    kernel.drop_capabilities()
    kernel.no_new_privileges()
    return {"landlock": _sees_little(settings["landlock"]), "seccomp": seccomp.refuse()}


def _sees_little(rules: dict[str, list[str]] | None) -> bool:
    return rules is not None and landlock.restrict(rules["readable"], rules["listable"], rules["writable"])


def _watch(child: int, lifeline: int, output: int, settings: dict[str, Any]) -> dict[str, Any] | None:
    """Return how the submission's process ended; None when the judge closed the lifeline first."""
    ended, heard, why = os.pidfd_open(child), b"", None
    poll = select.poll()
    for file in (ended, lifeline, output):
        poll.register(file, select.POLLIN)
    while True:
        ready = {file for file, _ in poll.poll(TICK_MS)}
        if output in ready:
            piece = os.read(output, BLOCK)
            heard = (heard + piece)[-MOST_OUTPUT:]
            if not piece:
                poll.unregister(output)
        if lifeline in ready:
            return None
        if ended in ready:
            break
        if why is None:
            why = _excess(child, settings)
            if why is not None:
                os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return {"code": code, "why": why, "output": heard.decode("utf-8", "replace")}


def _excess(child: int, settings: dict[str, Any]) -> str | None:
    """Return what a submission has too much of in its folder, or in files that it holds and nobody sees."""
    try:
        size = _size(settings["scratch"])
    except OverflowError:
        return "has more folders and files than it may"
    return "filled its folder" if size + _unseen(child) > settings["most_scratch"] else None


def _size(folder: str) -> int:
    """Return how many bytes the files in a folder have. Raises OverflowError if it is too deep, or has too many."""
    size, count, pending = 0, 0, [(folder, 0)]
    while pending:
        place, depth = pending.pop()
        try:
            with os.scandir(place) as found:
                for entry in found:
                    size, count = size + _length(entry), count + 1
                    if count > MOST_ENTRIES or depth > DEEPEST:
                        raise OverflowError
                    if entry.is_dir(follow_symlinks=False):
                        pending.append((entry.path, depth + 1))
        except OSError:
            continue
    return size


def _length(entry: "os.DirEntry[str]") -> int:
    try:
        about = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    return _taken(about) if stat.S_ISREG(about.st_mode) else 0


def _taken(about: os.stat_result) -> int:
    """Return the bytes of a file; space may have been set aside for it beyond its end."""
    return max(about.st_size, about.st_blocks * SECTOR)


def _unseen(process: int) -> int:
    """Return how many bytes the files have that a process has open and has removed; not those of the judge's memory."""
    size, place = 0, f"/proc/{process}/fd"
    try:
        for name in os.listdir(place):
            path = f"{place}/{name}"
            about = os.stat(path)
            if (
                stat.S_ISREG(about.st_mode)
                and not about.st_nlink
                and not os.readlink(path).startswith(MEMORY)
            ):
                size += _taken(about)
    except OSError:
        return size
    return size


def _report(lifeline: int, ending: dict[str, Any]) -> None:
    try:
        os.write(lifeline, json.dumps(ending).encode())
    except OSError:
        sys.exit(0)


def end_all() -> None:
    """End every process below this one: first stop them all, so that none can start another, then kill."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        stopped: set[int] = set()
        while found := set(below()) - stopped:
            _signal(found, signal.SIGSTOP)
            stopped |= found
            if time.monotonic() > deadline:
                break
        _signal(stopped, signal.SIGKILL)
        if not _reap():
            return


def _signal(processes: set[int], number: int) -> None:
    for process in processes:
        try:
            os.kill(process, number)
        except OSError:
            continue


def _reap() -> bool:
    """Collect the children that have ended; return whether there are others."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return False
    return True


def below() -> list[int]:
    """Return all processes that descend from this one."""
    parents: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if fields[0] != b"Z":
                parents[int(name)] = int(fields[1])
    found: list[int] = []
    own = {os.getpid()}
    while own:
        own = {process for process, parent in parents.items() if parent in own}
        found += own
    return found
