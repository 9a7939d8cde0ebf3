"""Unpack a zip into a folder of its own, and refuse what no honest zip of source files holds."""

import io
import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gradcheck.subjects.loading.errors import LoadError, Unavailable
from gradcheck.subjects.loading.temporary import temporary

MOST_ENTRIES = 5000
LARGEST = 200 * 2**20
"""The most bytes that a zip may have, packed or unpacked."""

MOST_LISTED = 2**22
"""The most bytes that the list of entries may have."""

DEEPEST = 32
CHUNK = 2**16
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
_ENCRYPTED = 0x1


def is_archive(target: str) -> bool:
    """Return whether a target is a zip."""
    return target.lower().endswith(".zip") and os.path.isfile(target)


class Bounded(io.BufferedReader):
    """A zip of which no more is read at once than the list of its entries may have.

    The list has a length that the zip itself says: all of it would be read, and millions of entries be made of it.
    """

    def __init__(self, path: str) -> None:
        super().__init__(io.FileIO(path))

    def read(self, size: int | None = -1, /) -> bytes:
        """Return so many bytes. Raises ValueError."""
        if size is not None and size > MOST_LISTED:
            raise ValueError(f"the list of its entries has {size} bytes")
        return super().read(size)


@contextmanager
def unpacked(target: str) -> Iterator[str]:
    """Give the folder that a ``.zip`` unpacks to, and remove it at the end; any other target as it is.

    Raises
    ------
    LoadError
        The zip is damaged, encrypted or too large, or an entry would end up outside of the folder.
    """
    if not is_archive(target):
        yield target
        return
    with _room(target) as place:
        folder = place / (Path(target).stem.strip(". ") or "submission")
        folder.mkdir()
        _extract(target, folder)
        yield str(_innermost(folder))


@contextmanager
def _room(target: str) -> Iterator[Path]:
    """Give a new folder. Raises LoadError if there can be none."""
    try:
        made = temporary("zip")
        place = made.__enter__()
    except OSError as error:
        raise Unavailable(f'"{target}" cannot be unpacked: {error.strerror}', "unsupported") from None
    try:
        yield place
    finally:
        made.__exit__(None, None, None)


def _extract(target: str, folder: Path) -> None:
    try:
        if Path(target).stat().st_size > LARGEST:
            raise _too_large(target)
        with Bounded(target) as file, zipfile.ZipFile(file) as archive:
            _extract_all(target, archive, folder)
    except _DAMAGED as error:
        raise LoadError(f'"{target}" is damaged, or no zip file: {error}', "unsupported") from None
    except OSError as error:
        raise LoadError(f'"{target}" cannot be unpacked: {error.strerror}', "unsupported") from None


def _extract_all(target: str, archive: zipfile.ZipFile, folder: Path) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise LoadError(f'"{target}" has {len(entries)} entries; {MOST_ENTRIES} at most', "unsupported")
    places = [(entry, _place(target, entry, folder)) for entry in entries]
    room = LARGEST
    for entry, place in places:
        if entry.is_dir():
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as packed, place.open("xb") as file:
            room = _copy(target, packed, file, room)


def _copy(target: str, packed: IO[bytes], file: IO[bytes], room: int) -> int:
    """Copy an entry, and return how much room is left. The size that an entry claims is not believed."""
    while chunk := packed.read(CHUNK):
        room -= len(chunk)
        if room < 0:
            raise _too_large(target)
        file.write(chunk)
    return room


def _place(target: str, entry: zipfile.ZipInfo, folder: Path) -> Path:
    """Return where an entry belongs. Backslashes separate, too: zips made on Windows have them."""
    why = _unsafe(entry)
    if why:
        raise LoadError(f'"{target}" is not unpacked: its entry "{entry.filename}" {why}', "unsupported")
    return folder.joinpath(*_parts(entry))


def _parts(entry: zipfile.ZipInfo) -> list[str]:
    return [part for part in entry.filename.replace("\\", "/").split("/") if part not in ("", ".")]


def _unsafe(entry: zipfile.ZipInfo) -> str | None:
    """Say what is wrong with an entry, if anything is."""
    name = entry.filename.replace("\\", "/")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is neither a file nor a folder"
    # A drive within a path replaces all that is in front of it, on Windows.
    if name.startswith("/") or any(part[1:2] == ":" for part in name.split("/")):
        return "has an absolute path"
    if ".." in name.split("/"):
        return 'leads out of the folder by ".."'
    if name.count("/") > DEEPEST:
        return "lies too deep"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if not entry.is_dir() and entry.compress_type not in _METHODS:
        return "is neither stored nor deflated"
    return None


def _innermost(folder: Path) -> Path:
    """Return the folder that all is in: most people zip a folder, not what is in it."""
    shutil.rmtree(folder / "__MACOSX", ignore_errors=True)
    inside = [place for place in folder.iterdir() if not place.name.startswith(".")]
    return _innermost(inside[0]) if len(inside) == 1 and inside[0].is_dir() else folder


def _too_large(target: str) -> LoadError:
    return LoadError(f'"{target}" is larger than {LARGEST // 2**20} MiB, packed or unpacked', "unsupported")
