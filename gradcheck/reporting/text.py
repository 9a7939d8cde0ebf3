"""A report as text for people: the failures, one table for each target, and a summary in one line."""

from collections.abc import Iterator, Mapping, Sequence

from gradcheck.report import CheckReport, PartReport, Report, TargetReport, Verdict
from gradcheck.reporting import table
from gradcheck.reporting.failures import Fact, Failure, Wrapping, failures_of
from gradcheck.reporting.table import Column
from gradcheck.reporting.wording import (
    advice,
    asked,
    failed_checks,
    left_alone,
    name_of,
    not_judged,
    notes,
    summary,
    unasked,
    understood,
    unisolated,
)
from gradcheck.text import one_line

INDENT = "  "
LABEL = 16
PROSE = 100
"""Our own sentences are wrapped at this width at the latest."""

STYLES: dict[str, str] = {
    Verdict.FAIL: "bold red",
    Verdict.ERROR: "bold red",
    Verdict.TIMEOUT: "bold red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.MISSING: "magenta",
    Verdict.PASS: "green",
    Verdict.SKIP: "dim",
}


def as_text(report: Report, *, colour: bool = False, width: int = 100, dialect: str | None = None) -> str:
    """Return a report as text. `dialect` is the one that was asked for, which the replay lines repeat."""
    page = Page(colour, width)
    if first := unisolated(report.targets):
        page.sentence("", INDENT, first, width)
        page.line()
    several = len(report.targets) > 1
    for target in report.targets:
        for each in failures_of(target, dialect, report.seed):
            page.failure(each, name_of(target.target) if several else None)
    for target in report.targets:
        page.target(target)
    page.sentence("", INDENT, summary(report), width, STYLES[report.verdict])
    return page.text()


def failures(target: TargetReport, dialect: str | None = None) -> str:
    """Return the failures of one target as they stand in the text, without its table."""
    return "\n".join(map(failure, failures_of(target, dialect)))


def failure(found: Failure) -> str:
    """Return one failure as it stands in the text."""
    page = Page(colour=False, width=PROSE)
    page.failure(found, None)
    return page.text().rstrip("\n") + "\n"


def unjudged(target: TargetReport) -> str:
    """Return why a target could not be judged, and what to do."""
    page = Page(colour=False, width=PROSE)
    page.target(target)
    return page.text()


class Page:
    """The text so far."""

    def __init__(self, colour: bool, width: int) -> None:
        self.width = width
        self._colour = colour
        self._written: list[str] = []

    def text(self) -> str:
        """Return all of it."""
        return "".join(self._written)

    def line(self, *pieces: tuple[str, str]) -> None:
        """Write a line of pieces of text, each with its style; it is never broken."""
        text = "".join(table.styled(text, style, self._colour) for text, style in pieces)
        self._written.append(f"{text.rstrip()}\n")

    def failure(self, found: Failure, target: str | None) -> None:
        """Write a failure; `target` is named where there are several."""
        function = f"({found.function} in {target})" if target else f"({found.function})"
        verdict = (found.verdict.upper(), STYLES[found.verdict])
        self.line((found.title, "bold"), ("    ", ""), verdict, ("    ", ""), (function, "dim"))
        self.sentence(INDENT, INDENT, found.lead, self.width)
        for fact in found.facts:
            self._fact(fact)
        self.line()

    def _fact(self, fact: Fact) -> None:
        label = f"{INDENT}{fact.label.ljust(LABEL)}"
        if fact.kind is Wrapping.COPIED:
            self.line((label, "dim"), (fact.text, "cyan" if fact.label == "again" else ""))
        else:
            width = min(self.width, PROSE) if fact.kind is Wrapping.PROSE else self.width
            self.sentence(label, " " * len(label), fact.text, width)

    def sentence(self, first: str, rest: str, text: str, width: int, style: str = "") -> None:
        """Write text that may be wrapped: `first` stands before its first line, `rest` before the others."""
        for line in table.wrapped(text, max(width - max(len(first), len(rest)), 20)):
            self.line((first, "dim"), (line.rstrip(), style))
            first = rest

    def target(self, target: TargetReport) -> None:
        """Write the table of a target and what is below it, or why there is none."""
        dialect = f"    ({target.dialect})" if target.dialect else ""
        judged = ("", "") if target.error is None else ("    NOT JUDGED", STYLES[Verdict.ERROR])
        kept_apart = "" if target.isolation in (None, "process") else f"    in a worker: {target.isolation}"
        packages = f", with {', '.join(target.packages)}" if target.packages else ""
        adapter = f"    adapter: {name_of(target.adapter)}" if target.adapter else ""
        about = adapter + kept_apart + packages
        self.line((name_of(target.target), "bold"), (dialect, "dim"), (about, "dim"), judged)
        if target.error is not None:
            self.sentence(INDENT, INDENT, one_line(target.error, 2000), self.width)
            self._fact(Fact("what to do", advice(target), Wrapping.PROSE))
        else:
            self.line()
            self._written.append(table.render(_columns(target.parts), self._colour, self.width, STYLES))
            self.line()
        self._below(target)

    def _below(self, target: TargetReport) -> None:
        """Write what is worth knowing besides the verdicts."""
        lines = [*_counts(target), *left_alone(target)] if target.error is None else []
        for text in (*lines, *(f"left out: {one_line(note)}" for note in target.notes)):
            self.sentence(INDENT, INDENT * 2, text, self.width)
        self._block("notes (worth knowing, not wrong)", {} if target.error is not None else notes(target))
        self._block("how each function was understood", understood(target))
        self._block("asked (docs/soundness.md says what lies outside)", asked(target))
        self._block("never asked", unasked(target))
        self._block(
            "not judged (an adapter of a few lines makes it judgeable: --adapter, docs/adapters.md)",
            not_judged(target),
        )
        self.line()

    def _block(self, title: str, found: Mapping[str, Sequence[str]]) -> None:
        """Write sentences about functions under a title."""
        if found:
            self.line((f"{INDENT}{title}", "bold"))
        longest = max(map(len, found), default=0) + 2
        for function, texts in found.items():
            label = f"{INDENT * 2}{function.ljust(longest)}"
            for text in texts:
                self.sentence(label, " " * len(label), text, self.width)
                label = " " * len(label)


def _columns(parts: Sequence[PartReport]) -> list[Column]:
    """Return the columns of a target's table, which has a row for each part."""
    return [
        Column("function", tuple(part.function for part in parts)),
        Column("layer", tuple(part.layer for part in parts), expendable=2),
        Column("part", tuple(part.part for part in parts)),
        Column("verdict", tuple(part.verdict for part in parts)),
        Column("cases", tuple(str(part.cases) for part in parts), expendable=3, is_number=True),
        Column("miss", tuple(_miss_bound(part) for part in parts), expendable=1, is_number=True),
        Column("seconds", tuple(f"{part.seconds:.2f}" for part in parts), expendable=4, is_number=True),
        Column("failed", tuple(failed_checks(part) for part in parts), folds=True),
    ]


def _miss_bound(part: PartReport) -> str:
    """Return the miss bound; it means nothing for a part that is wrong."""
    if part.miss_bound is None or part.verdict.is_wrong:
        return ""
    return f"{part.miss_bound:.0e}" if part.miss_bound else "0"


def _counts(target: TargetReport) -> Iterator[str]:
    """Yield how many checks ran, how many did not, and what the column `miss` means."""
    checks: list[CheckReport] = [check for part in target.parts for check in part.checks]
    ran = sum(check.cases > 0 for check in checks)
    skipped = sum(check.verdict is Verdict.SKIP for check in checks)
    stuck = sum(check.verdict is Verdict.INCONCLUSIVE for check in checks)
    unclear = f", {stuck} inconclusive" if stuck else ""
    yield f"checks: {ran} ran, {skipped} do not apply{unclear}"
    if any(part.miss_bound is not None and not part.verdict.is_wrong for part in target.parts):
        yield "miss: upper bound on the probability that a wrong gradient passed on a case of the battery"
