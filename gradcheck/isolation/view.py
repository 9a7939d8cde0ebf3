"""What an isolated worker may see of the file system: Python, NumPy, the runtime, and the submission."""

import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradcheck.isolation import runtime
from gradcheck.subjects.loading.ownership import SUITE_FOLDERS, is_below

PACKAGES = ("site-packages", "dist-packages")
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
SYSTEM = ("/proc/cpuinfo", "/proc/meminfo", "/proc/self", "/sys/devices/system/cpu", "/etc/localtime")
ROOT = Path(__file__).parents[2]
OURS = (*SUITE_FOLDERS.values(), *(str(ROOT / name) for name in ("tests", "benchmarks")))
"""What no submission is to read: the answers."""


@dataclass(frozen=True)
class View:
    """What may be read: files, and folders with what is in them, but for what is masked.

    `packages` are those of the shown that may lie in a masked folder. `own` are the submission's folders: a link in one
    of them leads nowhere but to what is shown anyway.
    """

    shown: tuple[str, ...]
    masked: tuple[str, ...]
    packages: tuple[str, ...]
    own: tuple[str, ...] = ()

    def readable(self) -> list[str]:
        """Return the same as paths of which everything may be read."""
        found: list[str] = []
        for path in self.shown:
            hidden = [each for each in self.masked if is_below(each, path)]
            found += _without(path, hidden, path not in self.own) if hidden else [path]
        return found

    def listable(self) -> list[str]:
        """Return the folders that are shown in part: their names may be read."""
        return [path for path in self.shown if any(is_below(each, path) for each in self.masked)]


def view_of(folders: Sequence[str], packages: Sequence[str] = ()) -> View:
    """Return what a worker needs to see for a submission in these folders, that may import these packages."""
    libraries = _standard_library()
    installed = (*map(str, runtime.libraries()), *packages)
    needed = [runtime.python(), str(runtime.runtime().parent), *installed, *libraries]
    masked = [os.path.join(folder, name) for folder in libraries for name in PACKAGES]
    masked += [path for folder in folders for path in _private(folder)]
    shown = dict.fromkeys([*needed, *shared_libraries(), *folders])
    return View(
        tuple(path for path in shown if os.path.exists(path)),
        tuple(path for path in dict.fromkeys(masked) if os.path.exists(path)),
        installed,
        tuple(folders),
    )


def _standard_library() -> list[str]:
    extensions = sysconfig.get_config_var("DESTSHARED") or ""
    found = {os.path.realpath(place) for place in (os.path.dirname(os.__file__), extensions) if place}
    return sorted(path for path in found if not any(path != each and is_below(path, each) for each in found))


def shared_libraries() -> list[str]:
    """Return where the system's shared libraries are, and Python's own; not the other packages there."""
    named = [path for top in ("/lib", "/usr/lib") for path in Path(top).glob("*-linux-*")]
    flat = [path for top in ("/lib64", "/usr/lib64") for path in Path(top).glob("*.so*")]
    own = Path(sys.base_prefix, "lib").glob("*.so*")
    return [*map(str, (*named, *flat, *own)), "/etc/ld.so.cache"]


def _private(folder: str) -> Iterator[str]:
    """Yield what lies in a submission's folder and is not its own: hidden files, and this project."""
    hidden = (path for path in _entries(folder) if os.path.basename(path).startswith("."))
    yield from (path for path in hidden if not os.path.islink(path))
    yield from (path for path in OURS if path != folder and is_below(path, folder))


def _without(folder: str, hidden: Sequence[str], with_links: bool) -> list[str]:
    """Return what is in a folder, but not what is hidden, in as few paths as that takes.

    A rule about a link would be one about what it leads to, so those that somebody else made are left out.
    """
    found: list[str] = []
    for entry in _entries(folder):
        inside = [path for path in hidden if is_below(path, entry)]
        if os.path.islink(entry) and not with_links:
            continue
        if not inside:
            found.append(entry)
        elif entry not in inside:
            found += _without(entry, inside, with_links)
    return found


def _entries(folder: str) -> list[str]:
    try:
        return sorted(os.path.join(folder, name) for name in os.listdir(folder))
    except OSError:
        return []
