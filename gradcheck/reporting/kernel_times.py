"""Times of a kernel as text: a table of the problems, and one line that says it all."""

from collections import Counter

from gradcheck.report import Verdict
from gradcheck.reporting import table
from gradcheck.reporting.table import Column
from gradcheck.timing.times import Timing, TimingReport


def as_text(report: TimingReport, colour: bool = False, width: int = 100) -> str:
    """Return a report as text."""
    rows = table.printed(table.of_words(_columns(report), width), colour, width)
    return f"{report.target}    ({report.title}, {report.dtype})\n\n{rows}\n{summary(report)}\n"


def summary(report: TimingReport) -> str:
    """Return the whole report in one line."""
    counts = Counter(timing.verdict for timing in report.timings)
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    gate = "" if report.allowed is None else f", at most {report.allowed:.0%} slower"
    against = f" against {report.against}" if report.against else ""
    many = "problem" if len(report.timings) == 1 else "problems"
    return (
        f"{len(report.timings)} {many} of {report.layer} in {report.dtype}{against}{gate}: {said}; "
        f"{report.title}; {report.seconds:.1f} s"
    )


def _columns(report: TimingReport) -> list[Column]:
    timings = report.timings
    return [
        Column("problem", tuple(timing.problem.partition(" ")[2] for timing in timings)),
        Column("verdict", tuple(timing.verdict for timing in timings)),
        Column("ms", tuple(_milliseconds(timing) for timing in timings), is_number=True),
        Column("other ms", tuple(_other(timing) for timing in timings), expendable=2, is_number=True),
        Column("ratio", tuple(_number(timing.ratio) for timing in timings), is_number=True),
        Column("noise", tuple(_percent(timing.noise) for timing in timings), expendable=1, is_number=True),
        Column("why", tuple(timing.reason or "" for timing in timings), folds=True),
    ]


def _milliseconds(timing: Timing) -> str:
    return "" if timing.times is None else f"{1000 * timing.times.typical:.3f}"


def _other(timing: Timing) -> str:
    return "" if timing.other is None else f"{1000 * timing.other.typical:.3f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
