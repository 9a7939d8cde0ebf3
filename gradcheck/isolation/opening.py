"""Bringing a submission in: into this process, or into a worker."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from importlib.machinery import PathFinder
from pathlib import Path

from gradcheck.calling.raising import Relayed
from gradcheck.calling.watchdog import watched
from gradcheck.isolation.levels import NEEDS, Level, Limits, has_workers, strongest
from gradcheck.subjects.loading import Adapter, Bounds, Loaded, LoadError, load
from gradcheck.subjects.loading.archive import is_archive, unpacked
from gradcheck.subjects.loading.errors import not_supported
from gradcheck.subjects.loading.ownership import SUITE_FOLDERS, is_below, suite_place
from gradcheck.subjects.loading.source import Source, find

WISHES = ("files", "strongest", *Level)
"""What may be asked for."""


def level_for(target: str, wish: str) -> Level:
    """Return the level at which a target is to run.

    Parameters
    ----------
    target : str
        What to load.
    wish : str
        The name of a level; ``"strongest"``; or ``"files"``: the strongest for files and folders, none for modules.

    Raises
    ------
    LoadError
        There is nothing of this name, or no worker on this platform.
    """
    if _is_apart(target, wish):
        return strongest()
    level = Level.PROCESS if wish == "files" else Level(wish)
    if level is not Level.PROCESS and not has_workers():
        why = f"the isolation {level.value!r} needs {NEEDS[level]}; on this platform there is only 'process'"
        raise LoadError(why, "unsupported")
    return level


def opened(
    target: str,
    level: Level,
    limits: Limits | None = None,
    *,
    wish: str = Level.PROCESS,
    adapter: Adapter | None = None,
    root: str | None = None,
) -> AbstractContextManager[Loaded]:
    """Import the code that `target` names at a level, for the length of a ``with`` block.

    Where a worker was wished for and the platform has none, this process keeps to the limits on time.

    Raises
    ------
    LoadError
        There is nothing of this name, or it cannot be imported.
    """
    if level is not Level.PROCESS:
        return in_worker(target, level, limits, adapter, root)
    if _is_apart(target, wish):
        return in_watched_process(target, limits or Limits(), adapter)
    return load(target, adapter=adapter)


def _is_apart(target: str, wish: str) -> bool:
    """Return whether a target is to run in a worker where there are any. Raises LoadError."""
    return wish == "strongest" or (wish == "files" and (is_archive(target) or bool(find(target).files)))


@contextmanager
def in_watched_process(target: str, limits: Limits, adapter: Adapter | None = None) -> Iterator[Loaded]:
    """Import the code that `target` names in this process, with the limits on time, for the length of a ``with`` block.

    Raises
    ------
    LoadError
        There is nothing of this name, or it cannot be imported, or not in time.
    """
    with watched(limits.call, limits.total, limits.losses) as watchdog, ExitStack() as stack:
        try:
            loaded = watchdog.run(
                target, lambda: stack.enter_context(load(target, adapter=adapter)), limits.load
            )
        except Relayed as problem:
            raise LoadError(f"importing {target} {problem.trouble.said}", "import") from None
        yield loaded


@contextmanager
def in_worker(
    target: str,
    level: Level = Level.RLIMITS,
    limits: Limits | None = None,
    adapter: Adapter | None = None,
    root: str | None = None,
) -> Iterator[Loaded]:
    """Import the code that `target` names in a worker process, for the length of a ``with`` block.

    Parameters
    ----------
    target : str
        The path of a file, of a folder or of a zip, or the dotted name of a module.
    level : Level
        How the worker is kept apart.
    limits : Limits, optional
        What it may use.
    adapter : Adapter, optional
        What is judged in place of what the code defines. It runs in the worker, after the code.
    root : str, optional
        The folder of the package that a file or a folder is part of; the code may read it, and nothing above. By
        default a file has its folder, a folder itself, and a module its outermost package.

    Raises
    ------
    LoadError
        There is nothing of this name, or it cannot be imported.
    """
    from gradcheck.isolation.session import Session  # it needs what only Linux has

    with unpacked(target) as place:
        bounds = Bounds(None if root is None or is_archive(target) else Path(root))
        source = find(target, place, bounds=bounds)  # what is not there, or no Python file, needs no process
        path = os.path.abspath(place) if source.files else _path_of(source)
        found = source if source.files else find(path, bounds=Bounds(_around(path, source)))
        texts = {str(path): text for path, text in found.texts.items()}
        session = Session(path, target, [str(found.own)], level, limits or Limits(), texts, adapter)
        try:
            loaded = session.load()
            yield replace(loaded, notes=tuple(dict.fromkeys((*found.left_out, *loaded.notes))))
        finally:
            session.close()


def _around(path: str, source: Source) -> Path | None:
    """Return the folder of the outermost package of a module that lies at a path; None where it is in no package."""
    ours = next((Path(folder) for folder in reversed(SUITE_FOLDERS.values()) if is_below(path, folder)), None)
    if ours is not None:
        return ours
    names = source.target.split(".")
    parents = Path(path).parents
    return parents[len(names) - 2] if 1 < len(names) <= len(parents) else None


def _path_of(source: Source) -> str:
    """Return the file or the folder of a module, found without running any of it. Raises LoadError."""
    own = suite_place(source.module)
    for path in _places(source) if own is None else (own, own.with_suffix(".py")):
        if path.is_file() or (path.is_dir() and path != Path()):
            return str(path.absolute())
    raise not_supported(source.target)


def _places(source: Source) -> tuple[Path, ...]:
    """Return where a module may lie, found along the search path."""
    top, *rest = source.target.split(".")
    spec = PathFinder.find_spec(top, [str(path) for path in source.packages.search])
    spec = spec or PathFinder.find_spec(top)
    places = list(spec.submodule_search_locations or ()) if spec else []
    folder = Path(places[0], *rest) if places else Path(spec.origin or "") if spec and not rest else Path()
    return (folder.with_suffix(".py") if rest else folder, folder)
