"""A report as Markdown, for a step's summary or a comment; and Markdown that the text of others cannot break."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from gradcheck.report import Report, TargetReport, Verdict
from gradcheck.reporting.failures import failures_of
from gradcheck.reporting.wording import failed_checks, name_of, summary, unisolated
from gradcheck.text import one_line

TITLES = ("function", "layer", "part", "verdict", "failed")


def as_markdown(report: Report, *, dialect: str | None = None, **_: object) -> str:
    """Return a report as Markdown: for each target a table, and what is wrong."""
    first = unisolated(report.targets)
    lines = [
        f"## gradcheck: {report.verdict}",
        "",
        *([first, ""] if first else []),
        code(summary(report)),
        "",
    ]
    for target in report.targets:
        adapter = f", adapter {code(name_of(target.adapter))}" if target.adapter else ""
        lines += [f"### {code(name_of(target.target))}{adapter}", "", *_target(target, dialect), ""]
    return "\n".join(lines)


def _target(target: TargetReport, dialect: str | None) -> Iterator[str]:
    if target.error is not None:
        yield f"Not judged: {code(target.error)}"
        return
    rows = [
        (code(part.function), part.layer, part.part, _strong(part.verdict), failed_checks(part))
        for part in target.parts
    ]
    yield table(TITLES, rows)
    for failure in failures_of(target, dialect):
        yield f"- {code(f'{failure.title} {failure.verdict.upper()}')} {code(failure.lead)}"
        yield from (f"  - {fact.label} {code(fact.text)}" for fact in failure.facts if fact.label)


def _strong(verdict: Verdict) -> str:
    return f"**{verdict}**" if verdict.is_wrong else str(verdict)


def code(text: str) -> str:
    """Return text in a code span, where nothing is markup; the two characters that end a span or a cell give way."""
    return f"`{one_line(text).replace('`', chr(0x2BC)).replace('|', chr(0xA6))}`" if text else ""


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[str] = ()) -> str:
    """Return a table whose cells are Markdown already; the columns with the titles `numbers` are right-aligned."""
    rule = ["---:" if title in numbers else "---" for title in titles]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (titles, rule, *rows))
