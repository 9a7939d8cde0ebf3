"""How a worker is confined: the levels of isolation, how it is started in each, and how much it may use."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from gradcheck.isolation import runtime
from gradcheck.isolation.view import DEVICES, SYSTEM, View, view_of

PROBE_SECONDS = 10


class Level(StrEnum):
    """How a subject is kept apart, from not at all to the strongest."""

    PROCESS = "process"
    RLIMITS = "rlimits"
    LANDLOCK = "landlock"
    BUBBLEWRAP = "bubblewrap"

    @property
    def rank(self) -> int:
        """How strong it is."""
        return list(Level).index(self)


TITLES = {
    Level.PROCESS: "none: in the judging process, with your rights",
    Level.RLIMITS: "a process of its own with limits on time and memory; it reads and changes your files",
    Level.LANDLOCK: "the same, and it sees only Python, NumPy and its own folder",
    Level.BUBBLEWRAP: "the same in namespaces of its own: no network, no other process, an empty file system",
}


NEEDS = {
    Level.PROCESS: "nothing",
    Level.RLIMITS: "Linux",
    Level.LANDLOCK: "Linux 5.13 or later",
    Level.BUBBLEWRAP: "Linux with the package bubblewrap and user namespaces",
}

UNISOLATED = "runs with your rights: no isolation on this platform"
"""Said first in every report where no level but `process` can be had."""


def has_workers() -> bool:
    """Return whether this platform can run a subject in a worker at all."""
    return sys.platform == "linux" and hasattr(os, "memfd_create") and hasattr(os, "pidfd_open")


@lru_cache(maxsize=1)
def available() -> tuple[Level, ...]:
    """Return the levels that can be had here, the weakest first; each was tried."""
    found = [Level.PROCESS]
    if has_workers():
        from gradcheck.isolation.inside import landlock  # it needs the C library of Linux

        found.append(Level.RLIMITS)
        found += [Level.LANDLOCK] if landlock.version() else []
        found += [Level.BUBBLEWRAP] if _bubblewrap_runs() else []
    return tuple(found)


def strongest() -> Level:
    """Return the strongest level that can be had here."""
    return available()[-1]


def command_in(
    level: Level, command: Sequence[str], folders: Sequence[str], scratch: str, packages: Sequence[str] = ()
) -> list[str]:
    """Return the command that starts another one at a level."""
    if level is not Level.BUBBLEWRAP:
        return list(command)
    return [*bubblewrap(view_of(folders, packages), scratch), *command]


def rules_of(
    level: Level, folders: Sequence[str], scratch: str, packages: Sequence[str] = ()
) -> dict[str, Any] | None:
    """Return what the worker forbids itself at a level."""
    if level is not Level.LANDLOCK:
        return None
    view = view_of(folders, packages)
    readable = [*view.readable(), *SYSTEM, *DEVICES]
    return {"readable": readable, "listable": view.listable(), "writable": [scratch]}


def bubblewrap(view: View, scratch: str) -> list[str]:
    """Return the beginning of a command: bubblewrap, with an otherwise empty file system that cannot be written."""
    binds = [word for path in view.shown for word in ("--ro-bind", path, path)]
    unmasked = [word for path in view.packages for word in ("--ro-bind", path, path)]
    masks = [
        word
        for path in view.masked
        for word in (("--tmpfs", path) if os.path.isdir(path) else ("--ro-bind", "/dev/null", path))
    ]
    return [
        shutil.which("bwrap") or "bwrap",
        *("--unshare-all", "--die-with-parent", "--new-session", "--as-pid-1", "--cap-drop", "ALL"),
        *("--proc", "/proc", *(word for path in DEVICES for word in ("--dev-bind", path, path))),
        *binds,
        *masks,
        *unmasked,
        *("--size", str(2**26), "--tmpfs", scratch, "--remount-ro", "/", "--chdir", scratch, "--"),
    ]


def _bubblewrap_runs() -> bool:
    """Return whether bubblewrap is installed, and permitted: a kernel or a container may forbid what it needs."""
    if shutil.which("bwrap") is None:
        return False
    command = [*bubblewrap(view_of([]), "/tmp"), runtime.python(), "-I", "-S", "-c", ""]  # noqa: S108
    try:
        done = subprocess.run(command, capture_output=True, timeout=PROBE_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


MEGABYTE = 2**20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a submission may use, by default enough for slow loops on small cases.

    Attributes
    ----------
    call : float
        Seconds that one call may take.
    load : float
        Seconds that importing the submission may take.
    total : float
        Seconds that all its calls together may take, with what loading takes.
    memory : int
        Bytes of address space of the process, NumPy and what is shared included.
    result : int
        Bytes of one result.
    file : int
        Bytes of one file that it writes, where it can write at all.
    scratch : int
        Bytes of all files in its working folder.
    losses : int
        A function that has ended its process, or timed out, so often is not called again.
    packages : tuple of str
        Installed packages that it may import, besides NumPy; with them come address space and time to import them.
    """

    call: float = 10.0
    load: float = 20.0
    total: float = 300.0
    memory: int = 4096 * MEGABYTE
    result: int = 1024 * MEGABYTE
    file: int = 16 * MEGABYTE
    scratch: int = 64 * MEGABYTE
    losses: int = 2
    packages: tuple[str, ...] = ()
