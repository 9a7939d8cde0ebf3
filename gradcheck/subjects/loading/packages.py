"""Guess which folders above a file its author means to be packages."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradcheck.subjects.loading.ownership import is_below, is_installed, is_suite, is_taken
from gradcheck.subjects.loading.reading import beginning

LARGEST = 2**24
"""How many bytes of a file are looked through for imports."""

# By pattern, not by syntax tree: Python 2 files count as well.
_RELATIVE = re.compile(rb"^[ \t]*from[ \t]+(\.+)", re.MULTILINE)
_ABSOLUTE = re.compile(rb"^[ \t]*(?:from|import)[ \t]+(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Packages:
    """The packages of a subject and where its imports may look.

    Attributes
    ----------
    root : Path
        Files below this folder are the subject's own.
    search : tuple of Path
        What goes in front of ``sys.path``.
    chain : tuple of Path
        The package folders from the outermost to the innermost; none for a lone file.
    above : frozenset of str
        The names of the folders above the outermost one that may be a package: what is imported from them is not there.
    """

    root: Path
    search: tuple[Path, ...]
    chain: tuple[Path, ...] = ()
    above: frozenset[str] = frozenset()

    def owns(self, path: str) -> bool:
        """Whether a file is the subject's, not a library's and not this project's."""
        return bool(path) and is_below(path, str(self.root)) and not is_installed(path) and not is_suite(path)

    def shown(self, path: Path) -> str:
        """Return a file's path as messages have it."""
        return os.path.relpath(path, self.root)

    def name_of(self, path: Path) -> str:
        """Return the dotted name under which a file is imported."""
        relative = path.with_suffix("").relative_to(self.root)
        parts = [part.replace(".", "_") for part in relative.parts]
        if len(parts) > 1 and parts[-1] == "__init__":
            parts.pop()
        parts[0] += "_" * is_taken(parts[0])
        return ".".join(parts)


def packages_of(
    folder: Path, files: Sequence[Path], at_least: int = 0, outermost: Path | None = None
) -> Packages:
    """Return the packages that the modules in `folder` are part of.

    Parameters
    ----------
    folder : Path
        The absolute path of the folder the modules lie in.
    files : sequence of Path
        The modules; how many folders are packages follows from what they import.
    at_least : int
        How many folders, counted from `folder` upwards, are packages in any case.
    outermost : Path, optional
        The outermost folder that may be a package, which the caller has chosen: nothing that a file says leads above
        it. Without one, there is no limit.

    Returns
    -------
    Packages
        A folder counts where it has an ``__init__.py``, a relative import needs it, or an
        absolute one calls it by its name.
    """
    depth = max(at_least, _with_init(folder), _needed(folder, files))
    if depth:
        depth = max(depth, _needed(folder, folder.glob("*.py")))
    lineage = (folder, *folder.parents)
    depth = min(depth, len(lineage) - 1)
    within = lineage if outermost is None else lineage[: lineage.index(outermost) + 1]
    depth = min(depth, len(within))
    parents = (path.parent for path in files)
    search = dict.fromkeys(
        (folder, *parents, *within[depth : depth + 1], *within[-1:] * (outermost is not None))
    )
    above = frozenset(path.name for path in lineage[len(within) :])
    return Packages(lineage[depth], tuple(search), lineage[:depth][::-1], above)


def _with_init(folder: Path) -> int:
    depth = 0
    for place in (folder, *folder.parents):
        if not os.path.isfile(place / "__init__.py"):
            break
        depth += 1
    return depth


def _needed(folder: Path, files: Iterable[Path]) -> int:
    texts = [(path, _read(path)) for path in files]
    return max((depth for path, text in texts for depth in _depths(folder, path, text)), default=0)


def _depths(folder: Path, path: Path, text: bytes) -> Iterator[int]:
    deeper = len(path.parent.relative_to(folder).parts)
    for dots in _RELATIVE.findall(text):
        yield len(dots) - deeper
    for match in _ABSOLUTE.findall(text):
        name = match.decode(errors="replace")
        if not _has_sibling(path, name) and not is_taken(name):
            yield _nearest(folder, name)


def _nearest(folder: Path, name: str) -> int:
    """Return how far up the nearest folder called `name` is, 0 where there is none."""
    ancestors = enumerate((folder, *folder.parents), start=1)
    return next((depth for depth, ancestor in ancestors if ancestor.name == name), 0)


def _has_sibling(path: Path, name: str) -> bool:
    return os.path.exists(path.parent / f"{name}.py") or os.path.exists(path.parent / name)


def _read(path: Path) -> bytes:
    """Return what a file says, or how it begins; nothing for a pipe or a device, which may never end."""
    try:
        return beginning(path, LARGEST)
    except OSError:
        return b""
