"""Every way in which a report is told."""

from collections.abc import Callable
from dataclasses import dataclass

from gradcheck.reporting.formats import github, json, junit, markdown, text


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
    Format(
        "junit", "for servers of continuous integration: JUnit's XML, a test for each check", junit.render
    ),
    Format("markdown", "for a page: a table of each target, and what is wrong", markdown.render),
    Format("github", "for a workflow on GitHub: annotations, and the summary of its step", github.render),
)

BY_NAME = {each.name: each for each in FORMATS}
