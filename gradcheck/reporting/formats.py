"""Every kind of answer in every format: the table that ``--format`` chooses from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gradcheck.kernels.report import KernelReport
from gradcheck.report import Report
from gradcheck.reporting import (
    github,
    json,
    junit,
    kernels,
    kill_matrix,
    markdown,
    text,
    times,
    wording,
)
from gradcheck.reporting.kill_matrix import Matrix
from gradcheck.timing.times import Comparison, TimingReport


class Renderer(Protocol):
    """A function ``as_<format>`` from an answer to text. It ignores the options that mean nothing to it."""

    def __call__(self, answer: Any, /, *, colour: bool, width: int, dialect: str | None) -> str:
        """Return the answer as text."""


@dataclass(frozen=True)
class Format:
    """One format of answers.

    Attributes
    ----------
    name : str
        What ``--format`` calls it.
    title : str
        What it is good for.
    renderers : mapping
        The function that renders each kind of answer that has this format.
    """

    name: str
    title: str
    renderers: Mapping[type, Renderer]

    def render(
        self, answer: Any, *, colour: bool = False, width: int = 100, dialect: str | None = None
    ) -> str:
        """Return an answer in this format; the options are those of the function `render`."""
        return self.renderers[type(answer)](answer, colour=colour, width=width, dialect=dialect)


SUMMARIES: Mapping[type, Callable[[Any], str]] = {
    Report: wording.summary,
    KernelReport: kernels.summary,
    TimingReport: times.timing_summary,
    Comparison: times.comparison_summary,
    Matrix: kill_matrix.summary,
}
"""Every kind of answer, and the function that puts one into one line."""

FORMATS: tuple[Format, ...] = (
    Format(
        "text",
        "for people: each failure with the line that shows it again, then a table",
        {
            Report: text.as_text,
            KernelReport: kernels.as_text,
            TimingReport: times.timing_as_text,
            Comparison: times.comparison_as_text,
            Matrix: kill_matrix.as_text,
        },
    ),
    Format(
        "json",
        'for programs: the schema "gradcheck/1", as docs/report.md describes it',
        dict.fromkeys(SUMMARIES, json.as_json),
    ),
    Format(
        "junit",
        "for servers of continuous integration: JUnit's XML, a test for each check",
        {Report: junit.as_junit},
    ),
    Format(
        "markdown",
        "for a page: a table of each target, and what is wrong",
        {
            Report: markdown.as_markdown,
            KernelReport: kernels.as_markdown,
            Matrix: kill_matrix.as_markdown,
        },
    ),
    Format(
        "github",
        "for a workflow on GitHub: annotations, and the summary of its step",
        {Report: github.as_github},
    ),
)

BY_NAME = {each.name: each for each in FORMATS}


def names(kind: type) -> list[str]:
    """Return the names of the formats that a kind of answer has: the choices of ``--format``."""
    return [each.name for each in FORMATS if kind in each.renderers]


def render(
    answer: Any, format_name: str, *, colour: bool = False, width: int = 100, dialect: str | None = None
) -> str:
    """Return an answer in a format.

    Parameters
    ----------
    answer : Report, KernelReport, TimingReport, Comparison or Matrix
        What a command found.
    format_name : str
        One of `names` of the answer's type.
    colour : bool
        Whether to write terminal escapes.
    width : int
        The columns that tables and sentences keep to. Lines that are to be copied are never broken.
    dialect : str, optional
        The dialect that was asked for, which the replay lines of a `Report` repeat.

    Returns
    -------
    str
        Lines without trailing blanks, and a newline at the end.
    """
    return BY_NAME[format_name].render(answer, colour=colour, width=width, dialect=dialect)


def summary(answer: Any) -> str:
    """Return an answer in one line, without a newline."""
    return SUMMARIES[type(answer)](answer)
