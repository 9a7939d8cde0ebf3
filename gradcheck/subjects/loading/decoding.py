"""The text of a file, as Python reads it, and two encodings that Python refuses although they say what they are."""

import codecs
import io
import tokenize

from gradcheck.subjects.loading.reading import beginning

BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Byte order marks, and what they stand for. That of UTF-32 begins with that of UTF-16."""

SAVE = "save it as UTF-8"


class Remark(Exception):
    """Something about a file that does not keep it from being run."""


def text_of(path: str | None, most: int) -> str | None:
    """Return the text that a Python file begins with, of so many bytes; None if there is none that can be read."""
    if path is None or not path.endswith(".py"):
        return None
    try:
        return decoded(beginning(path, most), path)[0]
    except (OSError, SyntaxError):
        return None


def decoded(data: bytes, filename: str) -> tuple[str, Remark | None]:
    """Return the text of a file, with line ends as Python has them, and what there is to say about it.

    Raises
    ------
    SyntaxError
        If it is in no encoding that it names.
    """
    mark = next((mark for mark in BOMS if data.startswith(mark)), b"")
    remark = None
    if mark and BOMS[mark] != "utf-8":
        name = BOMS[mark][:6].upper()
        remark = Remark(f"is in {name}, which Python itself refuses: {SAVE}")
        text = _as(data[len(mark) :], BOMS[mark], filename)
    else:
        text, remark = _plain(data, filename)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    _refuse_nul(text, filename)
    return text, remark


def _plain(data: bytes, filename: str) -> tuple[str, Remark | None]:
    """Return the text of a file that is in UTF-8, or in what its first lines say."""
    _refuse_nul(data.decode("latin-1"), filename)
    encoding, named = _named(data, filename)
    if named:
        return _as(data, encoding, filename), None
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        latin = data.decode("latin-1")
        line, column = _line(latin, error.start), _column(latin, error.start)
        byte = f"byte 0x{data[error.start]:02x}"
        what = f"{byte} is not UTF-8: {SAVE}, or begin it with the line # -*- coding: latin-1 -*-"
        if not _only_in_comments(data):
            raise _refused(filename, latin, error.start, f"column {column}: {what}") from None
        remark = Remark(f"is refused by Python as a program, for a comment in line {line}: {what}")
        return data.decode("utf-8", "replace"), remark


def _named(data: bytes, filename: str) -> tuple[str, bool]:
    """Return the encoding that the first lines name; UTF-8 and False where they name none."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        if str(error.msg).startswith("unknown encoding"):
            raise SyntaxError(f"{error.msg}: write utf-8", (filename, 1, 1, None)) from None
        return "utf-8", False
    return encoding, encoding not in ("utf-8", "utf-8-sig")


def _as(data: bytes, encoding: str, filename: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        lines = data.count(b"\n", 0, error.start) + 1
        message = (
            f"byte 0x{data[error.start]:02x} is not {encoding}, which the file says that it is in: {SAVE}"
        )
        raise SyntaxError(message, (filename, lines, 1, None)) from None


def _only_in_comments(data: bytes) -> bool:
    """Return whether all that is not UTF-8 is in comments."""
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return False
    comments = "".join(token.string for token in tokens if token.type == tokenize.COMMENT)
    return sum(map(_is_escaped, text)) == sum(map(_is_escaped, comments))


def _is_escaped(character: str) -> bool:
    return "\udc80" <= character <= "\udcff"


def _refuse_nul(text: str, filename: str) -> None:
    position = text.find("\0")
    if position < 0:
        return
    message = f"column {_column(text, position)} has a NUL byte: the file is damaged, or no text; delete it"
    if text.count("\0") > len(text) // 4:  # two bytes for each letter, of which one is NUL
        message = f"it seems to be in UTF-16 without a byte order mark: {SAVE}"
    raise _refused(filename, text, position, message)


def _refused(filename: str, text: str, position: int, message: str) -> SyntaxError:
    return SyntaxError(message, (filename, _line(text, position), _column(text, position), None))


def _line(text: str, position: int) -> int:
    return text[:position].replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1


def _column(text: str, position: int) -> int:
    return position - max(text.rfind("\n", 0, position), text.rfind("\r", 0, position))
