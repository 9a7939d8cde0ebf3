"""Tables of times: a kernel's on its problems (`TimingReport`), and those of functions and `fast` (`Comparison`)."""

from collections import Counter
from collections.abc import Sequence

from gradcheck.report import Verdict
from gradcheck.reporting import table
from gradcheck.reporting.table import Column
from gradcheck.text import one_line
from gradcheck.timing.times import Comparison, Quartiles, Row, Times, Timing, TimingReport, mean_ratio


def timing_as_text(report: TimingReport, *, colour: bool = False, width: int = 100, **_: object) -> str:
    """Return the times of a kernel as text: a table of the problems, and a summary."""
    rows = table.render(_timing_columns(report.timings), colour, width)
    return f"{report.target}    ({report.title}, {report.dtype})\n\n{rows}\n{timing_summary(report)}\n"


def timing_summary(report: TimingReport) -> str:
    """Return the times of a kernel in one line."""
    counts = Counter(timing.verdict for timing in report.timings)
    verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    gate = "" if report.allowed is None else f", at most {report.allowed:.0%} slower"
    against = f" against {report.against}" if report.against else ""
    many = "problem" if len(report.timings) == 1 else "problems"
    return (
        f"{len(report.timings)} {many} of {report.layer} in {report.dtype}{against}{gate}: {verdicts}; "
        f"{report.title}; {report.seconds:.1f} s"
    )


def _timing_columns(timings: Sequence[Timing]) -> list[Column]:
    return [
        Column("problem", tuple(timing.problem.partition(" ")[2] for timing in timings)),
        Column("verdict", tuple(timing.verdict for timing in timings)),
        Column("ms", tuple(_typical_ms(timing.times) for timing in timings), is_number=True),
        Column(
            "other ms", tuple(_typical_ms(timing.other) for timing in timings), expendable=2, is_number=True
        ),
        Column("ratio", tuple(_ratio(timing.ratio) for timing in timings), is_number=True),
        Column("noise", tuple(_percent(timing.noise) for timing in timings), expendable=1, is_number=True),
        Column("why", tuple(timing.reason or "" for timing in timings), folds=True),
    ]


def _typical_ms(times: Times | None) -> str:
    return "" if times is None else f"{1000 * times.typical:.3f}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def comparison_as_text(comparison: Comparison, *, colour: bool = False, width: int = 100, **_: object) -> str:
    """Return a comparison as text: the machine, a table, what was not timed, and a summary."""
    head = f"{comparison.machine}\n{_settings(comparison)}\n\n"
    body = table.render(_comparison_columns(comparison.rows), colour, width)
    return f"{head}{body}\n{_notes(comparison.rows)}{comparison_summary(comparison)}\n"


def _settings(comparison: Comparison) -> str:
    return (
        f"{comparison.target} ({comparison.dialect}) compared with fast; {comparison.problems}, {comparison.dtype}, "
        f"threads: {comparison.threads}; ms at best, and the quartiles over the repeats"
    )


def _comparison_columns(rows: Sequence[Row]) -> list[Column]:
    is_alone = len({row.function for row in rows if row.part == "forward"}) < 2
    number = {"is_number": True}
    return [
        Column("function", tuple(row.function for row in rows), expendable=6 if is_alone else 0),
        Column("geometry", tuple(row.geometry for row in rows)),
        Column("count", tuple(str(row.count) for row in rows), expendable=5, **number),
        Column("part", tuple(row.part for row in rows)),
        Column("ms", tuple(_best_ms(row.times) for row in rows), **number),
        Column("quartiles", tuple(_quartiles(row.times) for row in rows), expendable=2, **number),
        Column("GFLOP/s", tuple(_short(row.gflops) for row in rows), **number),
        Column("fast ms", tuple(_best_ms(row.fast) for row in rows), expendable=1, **number),
        Column("quartiles", tuple(_quartiles(row.fast) for row in rows), expendable=3, **number),
        Column("ratio", tuple(_short(row.ratio) for row in rows), **number),
    ]


def _best_ms(times: Quartiles | None) -> str:
    return "" if times is None else _short(1000 * times.best)


def _quartiles(times: Quartiles | None) -> str:
    return "" if times is None else f"{_short(1000 * times.lower)}-{_short(1000 * times.upper)}"


def _short(number: float | None) -> str:
    """Return a number with three digits, or all of those before the point."""
    return "" if number is None else f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def _notes(rows: Sequence[Row]) -> str:
    """Return a line for each function that was not timed, and for each result that is not that of `fast`."""
    untimed = Counter((row.function, row.why) for row in rows if row.why)
    lines = [
        f"{function}: {one_line(why)} ({count} of the rows)" for (function, why), count in untimed.items()
    ]
    lines += [f"{row.function}, {row.geometry}: NOT the result of fast" for row in rows if row.equal is False]
    return "".join(f"{line}\n" for line in lines) + ("\n" if lines else "")


def comparison_summary(comparison: Comparison) -> str:
    """Return a comparison in one line."""
    means = {
        part: mean_ratio(row for row in comparison.rows if row.part == part) for part in _parts(comparison)
    }
    ratios = [f"{part} {_short(mean)}" for part, mean in means.items() if mean is not None]
    if not ratios:
        return "nothing could be timed"
    return f"time against fast, geometric mean: {', '.join(ratios)}"


def _parts(comparison: Comparison) -> list[str]:
    return list(dict.fromkeys(row.part for row in comparison.rows))
