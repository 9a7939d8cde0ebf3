"""What became of mutants in Markdown, and the reasons that people have written beside the survivors."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from generated.outcomes import Outcome

BEGIN, END = "<!-- results -->", "<!-- end of results -->"
OPEN = "Open"
"""The heading of survivors without a reason; where there is one but no remedy yet, a heading starts with it."""


def code(text: str) -> str:
    """Return code as it reads in Markdown."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def item(found: Outcome) -> str:
    """Return a survivor as an item of a list; `reasons` reads it back."""
    where = f"{found.file}:{found.line}"
    return f"- {where} {code(found.function)}: {code(found.was)} → {code(found.now)}"


def without_line(line: str) -> str:
    """Return an item without its line's number, which moves."""
    where, _, rest = line.partition(" `")
    return f"{where.rpartition(':')[0]} `{rest}"


def parted(report: str) -> tuple[str, str, str]:
    """Return what stands before the results, the results, and what stands behind them."""
    before, _, rest = report.partition(BEGIN)
    results, _, after = rest.partition(END)
    return before, results, after


def files_in(report: str) -> set[str]:
    """Return the files of which a report tells: rows of its table, and survivors."""
    return set(re.findall(r"^[|-] (\w+/\w+\.py)[ :]", report, re.MULTILINE))


def reasons(report: str) -> dict[str, str]:
    """Return the heading under which each survivor stands in a report's results."""
    found, heading = {}, OPEN
    for line in parted(report)[1].splitlines():
        if line.startswith("### "):
            heading = line.removeprefix("### ")
        elif line.startswith("- ") and " → " in line:
            found[without_line(line)[2:]] = heading
    return found


def grouped(found: Sequence[Outcome], known: dict[str, str]) -> dict[str, list[str]]:
    """Return the survivors by the reason that is known for them, in the order of the report."""
    groups: dict[str, list[str]] = {heading: [] for heading in (*dict.fromkeys(known.values()), OPEN)}
    for each in found:
        if each.survived:
            line = item(each)
            groups[known.get(without_line(line)[2:], OPEN)].append(line)
    return {heading: lines for heading, lines in groups.items() if lines}


def table(found: Sequence[Outcome], known: dict[str, str]) -> Iterator[str]:
    """Yield the lines of the table: a row a file, and the sum."""
    columns = ("mutants", "killed by the suite", "only by the layers' tests", "equivalent", "open")
    counts: dict[str, Counter[str]] = {}
    for each in found:
        count = counts.setdefault(each.file, Counter())
        is_open = known.get(without_line(item(each))[2:], OPEN).startswith(OPEN)
        ends = (each.suite is not None, each.tests is not None, each.survived and not is_open, each.survived)
        count.update(["mutants", next(name for name, is_so in zip(columns[1:], ends, strict=True) if is_so)])
    counts["all"] = sum(counts.values(), Counter())
    yield f"| file | {' | '.join(columns)} |"
    yield "|---|" + "---:|" * len(columns)
    for file, count in counts.items():
        yield f"| {file} | {' | '.join(str(count[name]) for name in columns)} |"


def killers(found: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines of the table of what noticed how many first."""
    yield "| noticed first by | mutants |"
    yield "|---|---:|"
    counts = Counter(each.suite for each in found if each.suite is not None)
    yield from (f"| {name} | {count} |" for name, count in counts.most_common())


def markdown(found: Sequence[Outcome], old: str) -> str:
    """Return a report with new results between its markers, and the reasons that stood there."""
    known = reasons(old)
    before, _, after = parted(old)
    lines = [*table(found, known), "", *killers(found), "", "## Survivors", ""]
    for heading, items in grouped(found, known).items():
        lines += [f"### {heading}", "", *items, ""]
    return "\n".join([before + BEGIN, "", *lines, END]) + (after or "\n")
