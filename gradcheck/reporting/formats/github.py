"""GitHub: an annotation on each function that fails. The command adds the Markdown to the step's summary."""

from collections.abc import Iterator

from gradcheck.report import Report, TargetReport, Verdict
from gradcheck.reporting.annotation import annotation, plain
from gradcheck.reporting.blocks import blocks
from gradcheck.reporting.formats.text import told
from gradcheck.reporting.places import place_of
from gradcheck.reporting.summary import summary
from gradcheck.reporting.wording import advice, name_of
from gradcheck.text import one_line


def render(report: Report, *, colour: bool = False, width: int = 100, dialect: str | None = None) -> str:
    """Return a report as commands of a GitHub workflow, one a line, and its summary.

    Parameters
    ----------
    report : Report
        What was verified.
    colour, width
        Of no meaning here; every format takes them.
    dialect : str, optional
        The dialect that was asked for, which the replay lines repeat.
    """
    lines = [line for target in report.targets for line in _target(target, dialect)]
    return "".join(f"{line}\n" for line in [*lines, plain(summary(report))])


def _target(target: TargetReport, dialect: str | None) -> Iterator[str]:
    if target.error is not None:
        title = f"{name_of(target.target)} was not judged"
        yield annotation("error", title, f"{one_line(target.error, 2000)}\n{advice(target)}")
        return
    for block in blocks(target, dialect):
        level = "error" if block.verdict.is_wrong else "warning"
        yield annotation(level, block.title, told(block), place_of(target.target, block.function))
    for part in target.parts:
        if part.verdict is Verdict.MISSING:
            place = place_of(target.target, part.function)
            yield annotation("warning", f"{part.layer} · {part.part}", f"{part.function} is missing", place)
