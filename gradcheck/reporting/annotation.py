"""Annotations: the lines by which a job on GitHub marks a place in the code."""

import os
from pathlib import Path

from gradcheck.reporting.places import Place
from gradcheck.text import one_line

DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
PROPERTY = DATA | str.maketrans({":": "%3A", ",": "%2C"})


def annotation(level: str, title: str, message: str, place: Place | None = None) -> str:
    """Return one line that marks a place, or the job where there is none.

    Whatever title and message hold, it stays one command: what would end it is written as GitHub asks for.

    Parameters
    ----------
    level : str
        ``error``, ``warning`` or ``notice``.
    title, message : str
        What is shown; the message may have several lines.
    place : Place, optional
        What is marked.
    """
    properties = {**_of_place(place), "title": title}
    told = ",".join(f"{name}={value.translate(PROPERTY)}" for name, value in properties.items())
    return f"::{level} {told}::{message.translate(DATA)}"


def plain(text: str) -> str:
    """Return text as one line that is no command, neither of today's form nor of the old one, ``##[error]``."""
    return one_line(text, 2000).replace("##[", "## [").lstrip(": ")


def _of_place(place: Place | None) -> dict[str, str]:
    if place is None:
        return {}
    root = os.environ.get("GITHUB_WORKSPACE") or os.getcwd()
    path = {"file": Path(os.path.relpath(place.path, root)).as_posix()}
    return path if place.line is None else {**path, "line": str(place.line)}


def add_to_summary(text: str) -> None:
    """Add Markdown to the summary of the job's step, if there is a file for it."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with open(path, "a", encoding="utf-8", errors="replace") as summary:
            summary.write(text)
