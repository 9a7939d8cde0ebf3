"""A comparison with `fast` as a table, and as JSON."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from gradcheck.reporting import table
from gradcheck.text import one_line
from gradcheck.timing.times import Comparison, Quartiles, Row, mean_ratio


def as_json(comparison: Comparison) -> str:
    """Return the comparison as JSON."""
    return msgspec.json.format(msgspec.json.encode(comparison), indent=2).decode() + "\n"


def as_text(comparison: Comparison, colour: bool, width: int) -> str:
    """Return the comparison for people: the machine, a table, and what it comes to."""
    head = f"{comparison.machine}\n{_settings(comparison)}\n\n"
    body = table.printed(table.of_words(_columns(comparison.rows), width), colour, width)
    return f"{head}{body}\n{_notes(comparison.rows)}{summary(comparison)}\n"


def _settings(comparison: Comparison) -> str:
    return (
        f"{comparison.target} ({comparison.dialect}) beside fast; {comparison.problems}, {comparison.dtype}, "
        f"threads: {comparison.threads}; ms at best, and the quartiles over the repeats"
    )


def _columns(rows: Sequence[Row]) -> list[table.Column]:
    is_alone = len({row.function for row in rows if row.part == "forward"}) < 2
    number = {"is_number": True}
    return [
        table.Column("function", tuple(row.function for row in rows), expendable=6 if is_alone else 0),
        table.Column("geometry", tuple(row.geometry for row in rows)),
        table.Column("count", tuple(str(row.count) for row in rows), expendable=5, **number),
        table.Column("part", tuple(row.part for row in rows)),
        table.Column("ms", tuple(_ms(row.times) for row in rows), **number),
        table.Column("quartiles", tuple(_quartiles(row.times) for row in rows), expendable=2, **number),
        table.Column("GFLOP/s", tuple(_short(row.gflops) for row in rows), **number),
        table.Column("fast ms", tuple(_ms(row.fast) for row in rows), expendable=1, **number),
        table.Column("quartiles", tuple(_quartiles(row.fast) for row in rows), expendable=3, **number),
        table.Column("ratio", tuple(_short(row.ratio) for row in rows), **number),
    ]


def _ms(times: Quartiles | None) -> str:
    return "" if times is None else _short(1000 * times.best)


def _quartiles(times: Quartiles | None) -> str:
    return "" if times is None else f"{_short(1000 * times.lower)}-{_short(1000 * times.upper)}"


def _short(number: float | None) -> str:
    """Return a number with three digits, or all of those before the point."""
    return "" if number is None else f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def _notes(rows: Sequence[Row]) -> str:
    """Return a line for everything that was not timed, or whose result is not that of `fast`."""
    untimed = Counter((row.function, row.why) for row in rows if row.why)
    told = [
        f"{function}: {one_line(why)} ({count} of the rows)" for (function, why), count in untimed.items()
    ]
    told += [f"{row.function}, {row.geometry}: NOT the result of fast" for row in rows if row.equal is False]
    return "".join(f"{line}\n" for line in told) + ("\n" if told else "")


def summary(comparison: Comparison) -> str:
    """Return the comparison in one line."""
    means = {
        part: mean_ratio(row for row in comparison.rows if row.part == part) for part in _parts(comparison)
    }
    told = [f"{part} {_short(mean)}" for part, mean in means.items() if mean is not None]
    if not told:
        return "nothing could be timed"
    return f"time against fast, geometric mean: {', '.join(told)}"


def _parts(comparison: Comparison) -> list[str]:
    return list(dict.fromkeys(row.part for row in comparison.rows))
