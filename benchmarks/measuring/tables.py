"""The tables of docs/performance.md, as Markdown, and the places in the pages that they go into."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from checking import Checking, Cost, Profile
from gradcheck.timing.times import Quartiles
from measuring.book import Book, Row
from measuring.checks import exponent
from measuring.goals import GOALS, SPREADS, against, mean, of_matmul, scores, times_faster

Cells = Sequence[str]

EXTENT: dict[str, Callable[[list[float]], float]] = {"least": min, "mean": mean, "most": max}

SLOWEST = 10
"""Rows of the table of the shapes that take longest against PyTorch."""

PLACE = re.compile(r"(<!-- (?!end -->)([^>]+) -->\n).*?(<!-- end -->)", flags=re.DOTALL)
"""``<!-- goals -->`` begins the place of the table of that name in a page, ``<!-- end -->`` ends it."""


def table(head: Cells, rows: Sequence[Cells], words: int = 1) -> str:
    """Return a table; all columns but the first `words` are numbers, to the right."""
    rule = ["---" if place < words else "---:" for place in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def number(value: float | None) -> str:
    """Return a number with three digits, or all of those before the point; nothing for None."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def rates(book: Book) -> str:
    """Return the machine and what it can do at best."""
    head = ("", "threads", "matmul, GFLOP/s", "copy, GB/s")
    rows = [(each.dtype, str(each.threads), number(each.matmul), number(each.copy)) for each in book.rates]
    return f"{book.machine}.\n\n{table(head, rows)}"


def goals(book: Book) -> str:
    """Return what the rows come to, next to what was aimed at; a value that misses its goal is bold."""
    head = ("", "goal", *(f"{count} thread{'s' * (count > 1)}" for count in book.threads))
    rows = []
    for goal in GOALS:
        values = [goal.value(book, count) for count in book.threads]
        cells = [number(v) if v is None or goal.is_met(v) else f"**{number(v)}**" for v in values]
        rows.append((goal.what, goal.aim, *cells))
    return table(head, rows, words=2)


def spreads(book: Book) -> str:
    """Return least, mean and most of the comparisons, and the shapes that take longest against PyTorch."""
    head = (
        "",
        *(f"{count} thread{'s' * (count > 1)}: {which}" for count in book.threads for which in EXTENT),
    )
    rows = []
    for what, score, wanted in SPREADS:
        found = [scores(book, count, score, wanted) for count in book.threads]
        values = [number(of(each) if each else None) for each in found for of in EXTENT.values()]
        rows.append((what, *values))
    return table(head, rows)


def slowest(book: Book) -> str:
    """Return the dense convolutions with the largest multiples of PyTorch's time."""
    dense = [row for row in book.rows if row.kind == "dense" and row.ratio("torch") is not None]
    found = sorted(dense, key=lambda row: -(row.ratio("torch") or 0))[:SLOWEST]
    rows = [
        (
            row.problem.split()[1],
            row.part,
            row.dtype,
            str(row.threads),
            _times(row)[0],
            number(row.ratio("torch")),
        )
        for row in found
    ]
    return table(("shape", "part", "dtype", "threads", "ms", "PyTorch"), rows, words=3)


def shapes(book: Book, dtype: str, part: str) -> str:
    """Return a row for every convolution: the time on all threads, and the comparisons."""
    rows = [row for row in book.rows if row.kind != "layer" and (row.dtype, row.part) == (dtype, part)]
    most = max((row.threads for row in rows), default=1)
    head = (
        *("shape", "sets", "limit", "ms", "quartiles", "GFLOP/s"),
        *(f"PyTorch, {count}" for count in sorted({row.threads for row in rows})),
        *("textbook", "matmul", "roofline", "MiB"),
    )
    found = [_shape(book, row) for row in rows if row.threads == most]
    return table(head, found, words=3)


def _shape(book: Book, row: Row) -> Cells:
    counts = [other for other in book.rows if other.same_but_threads(row)]
    share, limit = _of_roofline(book, row)
    return (
        row.problem.split()[1],
        ", ".join(row.sets),
        limit,
        *_times(row),
        number(row.operations / row.times["fast"].best / 1e9 if row.operations else None),
        *(number(against("torch")(other)) for other in sorted(counts, key=lambda other: other.threads)),
        number(times_faster("textbook")(row)),
        number(of_matmul(row)),
        number(share),
        _mib(row.extra),
    )


def _mib(extra: int | None) -> str:
    return "" if extra is None else f"{extra / 2**20:.1f}"


def _times(row: Row) -> Cells:
    times = row.times["fast"]
    return number(1000 * times.best), f"{number(1000 * times.lower)}-{number(1000 * times.upper)}"


def _of_roofline(book: Book, row: Row) -> tuple[float | None, str]:
    """Return the share of what the machine can do at best, and what limits that."""
    rate = book.rate(row.dtype, row.threads)
    if rate is None:
        return None, ""
    least, limit = rate.roofline(row.operations, row.traffic)
    return least / row.times["fast"].best, limit


def layers(book: Book, dtype: str) -> str:
    """Return a row for every other layer: times on all threads against PyTorch."""
    rows = [row for row in book.rows if row.kind == "layer" and row.dtype == dtype]
    head = ("layer", "part", "threads", "ms", "quartiles", "PyTorch", "roofline", "MiB")
    return table(head, [_layer(book, row) for row in _sorted(rows, lambda row: row.problem)], words=2)


def _layer(book: Book, row: Row) -> Cells:
    return (
        row.problem,
        row.part,
        str(row.threads),
        *_times(row),
        number(against("torch")(row)),
        number(_of_roofline(book, row)[0]),
        _mib(row.extra),
    )


def _sorted(rows: Sequence[Row], by: Callable[[Row], str]) -> list[Row]:
    """Return rows with those alike next to each other, in the order in which they first occur."""
    order = list(dict.fromkeys(map(by, rows)))
    return sorted(rows, key=lambda row: (order.index(by(row)), row.part != "forward", row.threads))


def growth(book: Book) -> str:
    """Return the memory besides arguments and results by the number of samples."""
    sizes = sorted({size for each in book.growth for size in each.extra})
    rows = [(each.problem, each.part, *(_mib(each.extra[size]) for size in sizes)) for each in book.growth]
    return table(("", "part", *(f"MiB at N={size}" for size in sizes)), rows, words=2)


def performance(book: Book) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every table of a book."""
    yield "machine", rates(book)
    yield "goals", goals(book)
    yield "spreads", spreads(book)
    yield "slowest", slowest(book)
    for dtype in ("float64", "float32"):
        yield f"layers {dtype}", layers(book, dtype)
        for part in ("forward", "backward"):
            yield f"{part} {dtype}", shapes(book, dtype, part)
    yield "memory", growth(book)


def single(found: Checking) -> str:
    """Return what one passing check takes, and PyTorch's own."""
    return _taken(found.single, "one check of all three gradients")


def whole(found: Checking) -> str:
    """Return what a whole gradient takes, by colour and one entry at a time."""
    return _taken(found.whole, "the whole gradient")


def _taken(times: Mapping[str, Quartiles], what: str) -> str:
    best = next(iter(times.values())).best
    rows = [
        (
            name,
            number(1000 * each.best),
            f"{number(1000 * each.lower)}-{number(1000 * each.upper)}",
            number(each.best / best),
        )
        for name, each in times.items()
    ]
    return table((what, "ms", "quartiles", "times as long"), rows)


def curve(found: Checking) -> str:
    """Return what a probe costs by the number of elements."""
    rows = [
        (
            f"{point.elements:,}",
            number(1000 * point.probe),
            number(1000 * point.layer),
            number(point.probe / point.layer),
            number(1e9 * point.probe / point.elements),
        )
        for point in found.curve
    ]
    head = ("elements of x", "probe, ms", "two forwards and a backward, ms", "ratio", "ns an element")
    power = (
        f"Over the upper half it grows with the power {exponent(found.curve):.2f} of the number of elements."
    )
    return f"{table(head, rows)}\n\n{power}"


def profile(found: Profile) -> str:
    """Return the costliest functions of a command."""
    parts = [_costs(found, found.costs, "own seconds"), *([_checks(found)] if found.checks else [])]
    return f"`{found.what}`, {found.seconds:.1f} s.\n\n" + "\n\n".join(parts)


def _costs(found: Profile, costs: list[Cost], what: str) -> str:
    rows = [
        (f"`{cost.where}`", f"{cost.calls:,}", f"{cost.own:.2f}", f"{cost.own / found.seconds:.0%}")
        for cost in costs
    ]
    return table(("", "calls", what, "share"), rows)


def _checks(found: Profile) -> str:
    rows = [
        (f"`{cost.where}`", f"{cost.calls:,}", f"{cost.all:.2f}", f"{cost.all / found.seconds:.0%}")
        for cost in found.checks
    ]
    return table(("check, with all that it calls", "calls", "seconds", "share"), rows)


def checking(found: Checking) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every table that there are results for."""
    if found.single:
        yield "single", single(found)
    if found.whole:
        yield "whole", whole(found)
    if found.curve:
        yield "curve", curve(found)
    for name, each in found.profiles.items():
        yield f"profile {name}", profile(each)


def filled(text: str, tables: Mapping[str, str]) -> str:
    """Return a document with its tables replaced; one that there is no text for is left as it is."""

    def replaced(match: re.Match[str]) -> str:
        start, name, end = match.groups()
        return f"{start}\n{tables[name]}\n\n{end}" if name in tables else match[0]

    return PLACE.sub(replaced, text)


def places(text: str) -> list[str]:
    """Return the names of the tables that a document has a place for."""
    return [match[2] for match in PLACE.finditer(text)]
