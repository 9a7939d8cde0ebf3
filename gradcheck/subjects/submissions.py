"""What a folder holds: one submission, or several that have nothing to do with each other."""

from collections import Counter
from pathlib import Path

from gradcheck.subjects.loading import LoadError
from gradcheck.subjects.loading.notebook import SUFFIX as NOTEBOOK
from gradcheck.subjects.loading.source import is_wanted, modules_in

PYTHON = ".py"
INIT = "__init__.py"


def submissions(target: str, *, each: bool = False) -> tuple[str, ...]:
    """Return the targets that are judged for one: itself, or what a folder of several submissions holds.

    Code that was written by different people must not share a process: what one of them changes there, such as a
    function of NumPy, the next one would run with.

    Parameters
    ----------
    target : str
        A path, or the dotted name of a module.
    each : bool
        Whether everything in a folder is a submission of its own. Otherwise that is so where no ``__init__.py`` makes
        the folder one package, and where two of its folders have a file of the same name.
    """
    folder = Path(target)
    if not folder.is_dir() or folder.is_symlink():
        return (target,)
    if each:
        return tuple(str(path) for path in _entries(folder) if _is_submission(path)) or (target,)
    try:
        there = {path: _names(path) for path in _entries(folder) if path.is_dir()}
    except LoadError:  # of which it is judging that tells
        return (target,)
    counts = Counter(name for names in there.values() for name in names)
    if (folder / INIT).exists() or max(counts.values(), default=0) < 2:
        return (target,)
    files = [str(path) for path in _entries(folder) if path.suffix == PYTHON and path.is_file()]
    folders = [str(path) for path, names in there.items() if names or path.is_symlink()]
    return (*files, *(found for path in folders for found in submissions(path)))


def _entries(folder: Path) -> list[Path]:
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return []
    return [path for path in found if is_wanted(path.stem if path.is_file() else path.name)]


def _is_submission(path: Path) -> bool:
    suffixes = (PYTHON, NOTEBOOK, ".zip")
    return path.is_dir() or (path.suffix.lower() in suffixes and path.is_file())


def _names(folder: Path) -> set[str]:
    """Return the names of the modules in a folder, wherever they lie in it; none for a link, which is not followed."""
    if folder.is_symlink():
        return set()
    found = modules_in(folder, PYTHON) or modules_in(folder, NOTEBOOK)
    return {path.name for path in found} - {INIT}
