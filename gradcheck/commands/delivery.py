"""What a command does with its answer: where it is written, how wide, and what the command exits with."""

import os
import shutil
import sys
from pathlib import Path

import click

NOTHING_WRONG, WRONG, NOT_JUDGED, INTERRUPTED = 0, 1, 2, 130
UNBROKEN = 10_000
"""The width of what is piped: wide enough that no line is broken."""


def deliver(told: str, output: Path | None, in_short: str) -> None:
    """Write to stdout, or to a file, and then one line to stderr."""
    if output is None:
        write(told)
        return
    try:
        output.write_text(told, encoding="utf-8")
    except OSError as problem:
        raise click.UsageError(f"cannot write {str(output)!r}: {problem.strerror}.") from None
    click.echo(f"{in_short}; written to {output}", err=True)


def write(text: str) -> None:
    """Write to stdout, in the characters it has; who reads it may have gone."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        click.echo(text.encode(encoding, "replace").decode(encoding), nl=False)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def colour() -> bool:
    """Return whether stdout wants terminal escapes."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not is_plain


def width() -> int:
    """Return how wide a line may be."""
    return shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else UNBROKEN
