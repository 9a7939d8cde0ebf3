"""Bring someone's code into this process as it was found, and leave the process as it was."""

import importlib
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gradcheck.subjects.loading.adapting import Adapter, adapted, is_adapters
from gradcheck.subjects.loading.archive import unpacked
from gradcheck.subjects.loading.errors import LoadError, MissingModule
from gradcheck.subjects.loading.modules import Loaded, Namespace, import_source
from gradcheck.subjects.loading.packages import Packages
from gradcheck.subjects.loading.restoring import hide, quiet, restored, show_suite
from gradcheck.subjects.loading.source import Bounds, Source, find
from gradcheck.subjects.loading.stubs import Phase, StubFinder

__all__ = ["Adapter", "Bounds", "LoadError", "Loaded", "MissingModule", "Namespace", "load"]


@contextmanager
def load(
    target: str,
    shown: str | None = None,
    texts: Mapping[Path, str] | None = None,
    withheld: Collection[str] | None = None,
    adapter: Adapter | None = None,
    bounds: Bounds | None = None,
) -> Iterator[Loaded]:
    """Import the code that `target` names, for the length of a ``with`` block.

    Parameters
    ----------
    target : str
        The dotted name of a module (also of one in the current directory), the path of a
        ``.py`` file, or the path of a folder or of a ``.zip`` of one. A bare name that is both
        a folder here and a package means the package if its ``__init__.py`` says anything, else
        the folder.
    shown : str, optional
        What the target is called in messages, if not by its own name.
    texts : mapping, optional
        The code of notebooks by their path, where another process has taken it out already.
    withheld : collection of str, optional
        In a worker, the packages that are installed and that the code may not import. It is only for messages.
    adapter : Adapter, optional
        What to run afterwards: the only namespace is then its own.
    bounds : Bounds, optional
        How far the code may reach, where it is kept apart.

    Yields
    ------
    Loaded
        One namespace for each module. Its functions may import what lies next to them as long
        as the block lasts.

    Raises
    ------
    LoadError
        There is nothing of this name, or it or the adapter cannot be imported.
    MissingModule
        Not from here: from the subject, when it uses a module that is not installed.
    """
    with unpacked(target) as place:
        found = find(target, place, texts, bounds)
        phase = Phase(withheld, found.packages.above)
        with _loaded(found, shown or target, phase, adapter) as loaded:
            yield loaded


@contextmanager
def _loaded(found: Source, shown: str, phase: Phase, adapter: Adapter | None) -> Iterator[Loaded]:
    source = replace(found, target=shown)
    owns = source.packages.owns
    with restored(lambda path: owns(path) or is_adapters(path)) as before:
        sys.meta_path.append(StubFinder(owns, phase))
        with quiet(source.target), _first(source.packages):
            hide(_names(source))
            loaded = import_source(source)
            loaded = replace(loaded, notes=(*loaded.notes, *phase.notes))
            loaded = loaded if adapter is None else adapted(loaded, source, adapter)
        phase.loading = False
        show_suite(before)
        yield loaded


@contextmanager
def _first(packages: Packages) -> Iterator[None]:
    """Search the subject's folders first; afterwards last, so that nothing else finds them."""
    folders = [str(folder) for folder in packages.search]
    importlib.invalidate_caches()
    before = list(sys.path)
    sys.path[:] = folders + before
    yield
    sys.path[:] = before + [folder for folder in sys.path if folder not in before]


def _names(source: Source) -> set[str]:
    """Return the top-level names that the modules of files may be imported by."""
    names = {source.packages.name_of(path).partition(".")[0] for path in source.files}
    for folder in source.packages.search if source.files else ():
        names |= {path.stem for path in folder.glob("*.py")}
        names |= {path.parent.name for path in folder.glob("*/__init__.py")}
    return names
