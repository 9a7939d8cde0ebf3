"""Installed packages that a submission may import, each with what it needs, linked into a folder of their own."""

import atexit
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackagePath, packages_distributions
from pathlib import Path, PurePosixPath

from gradcheck.isolation.requirements import canonical, with_needs
from gradcheck.isolation.runtime import INSIDE
from gradcheck.subjects.loading import temporary
from gradcheck.subjects.loading.ownership import SUITE, is_installed, is_suite
from gradcheck.text import meant

ALWAYS = frozenset({"numpy", *sys.stdlib_module_names})
"""What every worker has."""

METADATA = (".dist-info", ".egg-info")
SHARED_LIBRARY = frozenset({".so", ".pyd", ".dylib"})


@dataclass(frozen=True)
class Allowed:
    """Packages that can be shown to a worker.

    Attributes
    ----------
    folder : str
        Where Python finds them; empty without any.
    paths : tuple of str
        The files and folders that must be readable.
    mapped : int
        Bytes of their shared libraries, which need as much address space.
    """

    folder: str = ""
    paths: tuple[str, ...] = ()
    mapped: int = 0


def refuse_unknown(names: Iterable[str]) -> None:
    """Raise ValueError if a name is not that of an installed package that a submission may have."""
    wanted = [name for name in names if name not in ALWAYS]
    known = packages_distributions() if wanted else {}
    for name in wanted:
        if name == SUITE:
            raise ValueError(f"{SUITE} has the answers: no submission may import it")
        if name not in known:
            guess = meant(name, known.keys() - {SUITE})
            raise ValueError(
                f"{name} is not installed{guess}: install it, or leave it out of what is allowed"
            )


@lru_cache
def installed() -> frozenset[str]:
    """Return the top-level names that could be allowed, as they lie in the folders of installed packages."""
    folders = [folder for folder in sys.path if is_installed(folder)]
    return frozenset(found.name for found in pkgutil.iter_modules(folders)) - {SUITE}


@lru_cache
def allowed(names: tuple[str, ...]) -> Allowed:
    """Return the packages of these names and of all that they require, made at the first call for this process."""
    wanted = [name for name in names if name not in ALWAYS]
    if not wanted:
        return Allowed()
    made = temporary.made("allowed")
    atexit.register(made.remove)
    top = made.path
    found = _distributions(wanted)
    links = {link: place for files in found for link, place in _links(files)}
    links |= {link: place for name in wanted if name not in _tops(links) for link, place in _elsewhere(name)}
    folder = top / INSIDE
    for link, place in links.items():
        (folder / link).parent.mkdir(parents=True, exist_ok=True)
        (folder / link).symlink_to(place)
    top.chmod(0o755)
    places = dict.fromkeys(map(str, links.values()))
    return Allowed(str(folder), (str(top), *places), sum(map(_mapped, found)))


def _distributions(names: Sequence[str]) -> list[list[PackagePath]]:
    """Return the files of the distributions that have these packages, and of those that these require."""
    known = packages_distributions()
    left_out = {canonical(one) for one in ("numpy", *known.get(SUITE, ()))}  # the suite may be required, too
    found = with_needs(one for name in names for one in known.get(name, ()))
    return [
        [file for file in one.files or () if file.parts[0] != ".." and not file.is_absolute()]
        for name, one in found.items()
        if name not in left_out
    ]


def _links(files: Sequence[PackagePath]) -> Iterator[tuple[PurePosixPath, Path]]:
    """Yield what is to lie where in the folder, and where it lies now, in few paths."""
    packages = {file.parent for file in files if file.name == "__init__.py"}
    done = set()
    for file in files:
        link = _outermost(file, packages)
        if (
            link not in done
            and (place := Path(str(file.locate())).parents[len(file.parts) - 1] / link).exists()
        ):
            yield link, place.resolve()
        done.add(link)


def _outermost(file: PurePosixPath, packages: Collection[PurePosixPath]) -> PurePosixPath:
    """Return the outermost folder around a file that is one distribution's: others may have files in a namespace."""
    above = list(file.parents)[-2::-1]
    return next((each for each in above if each in packages or each.name.endswith(METADATA)), file)


def _tops(links: Iterable[PurePosixPath]) -> set[str]:
    """Return the names that can be imported."""
    return {link.parts[0].partition(".")[0] for link in links if not link.parts[0].endswith(METADATA)}


def _elsewhere(name: str) -> Iterator[tuple[PurePosixPath, Path]]:
    """Yield where a package lies that is installed in place, as ``pip install -e`` does."""
    spec = importlib.util.find_spec(name)
    for place in (spec.submodule_search_locations or [spec.origin or ""]) if spec else ():
        if os.path.exists(place) and not is_suite(place):
            yield PurePosixPath(os.path.basename(place)), Path(place).resolve()


def _mapped(files: Iterable[PackagePath]) -> int:
    """Return how many bytes the shared libraries among files have."""
    return sum(file.size or 0 for file in files if not SHARED_LIBRARY.isdisjoint(file.suffixes))
