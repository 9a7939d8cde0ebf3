"""A submission as bytes, for another machine: the file or the folder itself, and nothing of what lies next to it."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

MOST = 256 * 2**20
"""Bytes of a submission that is sent."""


class TooLarge(Exception):
    """A submission has more bytes than are sent."""


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """A file with its content, a link with what it leads to, or a folder with neither; `place` is within the whole."""

    place: bytes
    content: bytes | None = None
    leads_to: bytes | None = None


class Carried(msgspec.Struct, frozen=True):
    """A submission: its last name, and its pieces. A file has one piece, without a place."""

    name: bytes
    pieces: tuple[Piece, ...]


def packed(path: str) -> bytes:
    """Return a submission as bytes. What cannot be read is left out, as where it is judged in its place.

    Raises
    ------
    TooLarge
        It has more than `MOST` bytes.
    """
    size, pieces = 0, list[Piece]()
    for piece in _pieces(Path(path)):
        size += len(piece.content or b"")
        if size > MOST:
            raise TooLarge(f"it has more than {MOST // 2**20} MB, and is not sent: judge it without --dask")
        pieces.append(piece)
    return msgspec.msgpack.encode(Carried(os.fsencode(os.path.basename(path)), tuple(pieces)))


def _pieces(top: Path) -> Iterator[Piece]:
    if not top.is_dir():
        yield Piece(b"", top.read_bytes())
        return
    for folder, folders, files in os.walk(top):
        for name in (*folders, *files):
            path = Path(folder, name)
            place = os.fsencode(path.relative_to(top))
            if path.is_symlink():
                yield Piece(place, leads_to=os.fsencode(os.readlink(path)))
            elif path.is_dir():
                yield Piece(place)
            elif path.is_file():
                yield from _file(path, place)


def _file(path: Path, place: bytes) -> Iterator[Piece]:
    try:
        if path.stat().st_size > MOST:
            raise TooLarge(f"{path.name} is too large to be sent")
        yield Piece(place, path.read_bytes())
    except OSError:
        return


def unpacked_into(folder: Path, data: bytes) -> str:
    """Write what was packed into a folder, and return its path. The bytes come from the grading, not from a submission.

    Raises
    ------
    OSError
        There is no room.
    """
    carried = msgspec.msgpack.decode(data, type=Carried)
    top = folder / os.fsdecode(carried.name)
    links = [piece for piece in carried.pieces if piece.leads_to is not None]
    if [piece.place for piece in carried.pieces] != [b""]:
        top.mkdir()
    for piece in carried.pieces:
        path = top / os.fsdecode(piece.place)
        if piece.content is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(piece.content)
        elif piece.leads_to is None:
            path.mkdir(parents=True, exist_ok=True)
    for piece in links:  # last: nothing is written through one
        os.symlink(os.fsdecode(piece.leads_to or b""), top / os.fsdecode(piece.place))
    return str(top)
