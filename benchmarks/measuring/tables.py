"""The tables of docs/performance.md, as Markdown."""

from collections.abc import Callable, Iterator, Sequence

from measuring.book import Book, Row
from measuring.goals import GOALS, against, of_matmul, times_faster
from measuring.rates import roofline

Cells = Sequence[str]


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
    """Return what the rows come to beside what was aimed at; what misses it is bold."""
    head = ("", "goal", *(f"{count} thread{'s' * (count > 1)}" for count in book.threads))
    rows = []
    for goal in GOALS:
        values = [goal.value(book, count) for count in book.threads]
        told = [number(v) if v is None or goal.is_met(v) else f"**{number(v)}**" for v in values]
        rows.append((goal.what, goal.aim, *told))
    return table(head, rows, words=2)


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
    least, limit = roofline(row.operations, row.traffic, rate)
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
    """Return rows with those alike beside each other, in the order in which they first occur."""
    order = list(dict.fromkeys(map(by, rows)))
    return sorted(rows, key=lambda row: (order.index(by(row)), row.part != "forward", row.threads))


def growth(book: Book) -> str:
    """Return the memory beside arguments and results by the number of samples."""
    sizes = sorted({size for each in book.growth for size in each.extra})
    rows = [(each.problem, each.part, *(_mib(each.extra[size]) for size in sizes)) for each in book.growth]
    return table(("", "part", *(f"MiB at N={size}" for size in sizes)), rows, words=2)


def performance(book: Book) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every table of a book."""
    yield "machine", rates(book)
    yield "goals", goals(book)
    for dtype in ("float64", "float32"):
        yield f"layers {dtype}", layers(book, dtype)
        for part in ("forward", "backward"):
            yield f"{part} {dtype}", shapes(book, dtype, part)
    yield "memory", growth(book)
