"""Every way in which a report is told."""

from collections.abc import Callable
from dataclasses import dataclass

from gradcheck.formats import json, text


@dataclass(frozen=True)
class Format:
    """One way of telling a report.

    Attributes
    ----------
    name : str
        What ``--format`` calls it.
    title : str
        What it is good for.
    render : callable
        ``render(report, *, colour=False, width=100, dialect=None) -> str``. `width` is that of the
        terminal, in columns; `dialect` the one that was asked for, which replay lines repeat.
    """

    name: str
    title: str
    render: Callable[..., str]


FORMATS: tuple[Format, ...] = (
    Format("text", "for people: each failure with the line that shows it again, then a table", text.render),
    Format("json", 'for programs: the schema "gradcheck/1", as docs/report.md describes it', json.render),
)

BY_NAME = {each.name: each for each in FORMATS}
