"""Folders for the length of a run; the next run removes those of one that was killed.

A folder is locked for as long as its owner lives: no name and no number of a process says that as surely.
"""

import contextlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

try:
    import fcntl
except ImportError:  # on Windows, where nothing is swept
    fcntl = None  # type: ignore[assignment]

PREFIX = "gradcheck-"
KINDS = ("runtime", "scratch", "allowed", "zip")
NEW = f".{PREFIX}new-"
"""The beginning of a folder's name until it is locked."""

OLD = 3600.0
"""Seconds after which a folder that was never locked is taken for one of a run that was killed."""


@dataclass(frozen=True)
class Temporary:
    """A folder, and the open file by which it is locked."""

    path: Path
    lock: int | None

    def remove(self) -> None:
        """Remove the folder with everything in it."""
        removed(self.path)
        if self.lock is not None:
            with contextlib.suppress(OSError):
                os.close(self.lock)


def made(kind: str) -> Temporary:
    """Return a new folder. Raises OSError."""
    top = tempfile.gettempdir()
    _swept(top)
    new = Path(tempfile.mkdtemp(prefix=NEW, dir=top))
    lock = _locked(new)
    path = new.with_name(f"{PREFIX}{kind}-{new.name.removeprefix(NEW)}")
    new.rename(path)
    return Temporary(path, lock)


@contextlib.contextmanager
def temporary(kind: str) -> Iterator[Path]:
    """Give a new folder for the length of a ``with`` block. Raises OSError."""
    folder = made(kind)
    try:
        yield folder.path
    finally:
        folder.remove()


def sweep(top: str) -> None:
    """Remove what runs that were killed have left in a folder."""
    for path in _ours(top):
        lock = _locked(path)
        if lock is not None:
            removed(path)
            os.close(lock)


@lru_cache(maxsize=1)
def _swept(top: str) -> None:
    sweep(top)


def _ours(top: str) -> list[Path]:
    """Return the folders of this user that may be left over; a link is none."""
    if fcntl is None:
        return []
    found = []
    with contextlib.suppress(OSError), os.scandir(top) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                about = entry.stat(follow_symlinks=False)
                own = stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid()
                named = entry.name.startswith(tuple(f"{PREFIX}{kind}-" for kind in KINDS))
                forgotten = entry.name.startswith(NEW) and time.time() - about.st_mtime > OLD
                if own and (named or forgotten):
                    found.append(Path(entry.path))
    return found


def _locked(path: Path) -> int | None:
    """Lock a folder; None where another process has it, or where the file system cannot."""
    if fcntl is None:
        return None
    file = -1
    try:
        file = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if file >= 0:
            os.close(file)
        return None
    return file


def removed(top: Path) -> None:
    """Remove a folder, whatever a submission made in it: folders that nobody may enter, or thousands in each other.

    Folders are moved up before they are emptied, so that no path becomes long.
    """
    count = 0
    with contextlib.suppress(OSError):
        while entries := _entries(top):
            before = count
            for entry in entries:
                for child in _entries(entry):
                    count += 1
                    if child.is_dir() and not child.is_symlink():
                        child.chmod(stat.S_IRWXU)
                        child.rename(top / f"{count}.{os.urandom(8).hex()}")
                    else:
                        child.unlink()
                entry.rmdir() if entry.is_dir() and not entry.is_symlink() else entry.unlink()
                count += 1
            if count == before:
                break
        top.rmdir()


def _entries(path: Path) -> list[Path]:
    """Return what is in a folder, which may be entered from now on; nothing for a file or a link."""
    if path.is_symlink() or not path.is_dir():
        return []
    path.chmod(stat.S_IRWXU)
    return list(path.iterdir())
