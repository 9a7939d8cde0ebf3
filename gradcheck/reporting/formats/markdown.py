"""Markdown: what a step's summary or a comment shows."""

from collections.abc import Iterator

from gradcheck.report import Report, TargetReport, Verdict
from gradcheck.reporting.blocks import blocks
from gradcheck.reporting.marks import code, table
from gradcheck.reporting.summary import summary
from gradcheck.reporting.wording import failed_checks, name_of

TITLES = ("function", "layer", "part", "verdict", "failed")


def render(report: Report, *, colour: bool = False, width: int = 100, dialect: str | None = None) -> str:
    """Return a report as Markdown: for each target a table, and what is wrong.

    Parameters
    ----------
    report : Report
        What was verified.
    colour, width
        Of no meaning here; every format takes them.
    dialect : str, optional
        The dialect that was asked for, which the replay lines repeat.
    """
    lines = [f"## gradcheck: {report.verdict}", "", code(summary(report)), ""]
    for target in report.targets:
        lines += [f"### {code(name_of(target.target))}", "", *_target(target, dialect), ""]
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
    for block in blocks(target, dialect):
        yield f"- {code(f'{block.title} {block.verdict.upper()}')} {code(block.lead)}"
        yield from (f"  - {fact.label} {code(fact.text)}" for fact in block.facts if fact.label)


def _strong(verdict: Verdict) -> str:
    return f"**{verdict}**" if verdict.is_wrong else str(verdict)
