"""How a command reaches a person: progress on the terminal, where and how wide the answer is written, the exit code."""

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import click

from gradcheck.commands.ending import say
from gradcheck.report import Verdict
from gradcheck.reporting import formats
from gradcheck.text import one_line

NOTHING_WRONG, WRONG, NOT_JUDGED = 0, 1, 2
CLEARED = "\r\x1b[2K"
"""Empties the line that a terminal's cursor is in."""

UNBROKEN = 10_000
"""The width of what is piped: wide enough that no line is broken."""


def exit_code(verdicts: Iterable[Verdict], *, strict: bool = False, is_judged: bool = True) -> int:
    """Return what a command exits with.

    Parameters
    ----------
    verdicts : iterable of Verdict
        Of parts or of problems.
    strict : bool
        Whether what is missing, inconclusive or not judged counts as wrong.
    is_judged : bool
        Whether everything that was asked for has a verdict. What is wrong counts for more than what has none.
    """
    unclear = {Verdict.MISSING, Verdict.INCONCLUSIVE} if strict else set()
    if any(verdict.is_wrong or verdict in unclear for verdict in verdicts):
        return WRONG
    return NOTHING_WRONG if is_judged else NOT_JUDGED


@dataclass(frozen=True, kw_only=True)
class Output:
    """How an answer is written, and where: to a file, or to stdout. A command declares the options."""

    format: str
    path: Path | None

    @property
    def colour(self) -> bool:
        """Whether the answer has terminal escapes."""
        return self.path is None and colour()

    @property
    def width(self) -> int:
        """How wide a line may be."""
        return width() if self.path is None else UNBROKEN

    def deliver(self, answer: Any, dialect: str | None = None) -> None:
        """Write an answer to stdout, or to a file and then a summary to stderr; replay lines repeat the dialect."""
        text = formats.render(answer, self.format, colour=self.colour, width=self.width, dialect=dialect)
        if self.path is None:
            write(text)
            return
        try:
            _replace(self.path, text)
        except OSError as problem:
            raise click.UsageError(f"cannot write {str(self.path)!r}: {problem.strerror}.") from None
        say(f"{formats.summary(answer)}; written to {self.path}")


def write(text: str) -> None:
    """Write to stdout, in the characters it has; its reader may have gone."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, "stdout is closed")
    try:
        click.echo(_in_characters_of(sys.stdout, text), nl=False)
    except OSError as problem:
        # On Windows, a pipe that nobody reads any more is an invalid argument.
        if not isinstance(problem, BrokenPipeError) and problem.errno != errno.EINVAL:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _in_characters_of(file: TextIO, text: str) -> str:
    """Return text with a question mark for each character that a file does not have."""
    encoding = file.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _replace(path: Path, text: str) -> None:
    """Write a file as a whole or not at all: a run that is ended leaves the last report. Raises OSError."""
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():  # a device, such as /dev/stdout
        place.write_text(text, encoding="utf-8", newline="\n")
        return
    new = place.with_name(f".{place.name[:100]}.{os.getpid()}.new")
    try:
        new.write_text(text, encoding="utf-8", newline="\n")
        if place.exists():
            shutil.copymode(place, new)
        new.replace(place)
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def colour() -> bool:
    """Return whether stdout wants terminal escapes."""
    if sys.stdout is None:
        return False
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not is_plain


def width() -> int:
    """Return how wide a line on stdout may be."""
    return shutil.get_terminal_size((100, 24)).columns if sys.stdout and sys.stdout.isatty() else UNBROKEN


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Give a callback that shows one line on stderr, which goes away afterwards; on no terminal it shows nothing."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda text: None
        return
    # The very file: while a subject runs, sys.stderr is another one.
    file, room = sys.stderr, shutil.get_terminal_size((100, 24)).columns - 1
    try:
        yield lambda text: click.echo(
            CLEARED + _in_characters_of(file, one_line(text)[:room]), file, nl=False
        )
    finally:
        click.echo(CLEARED, file, nl=False)
