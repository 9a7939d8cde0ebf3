"""A report on a kernel as Markdown: a badge, a table of the problems without times, and what is wrong.

Two machines that find the same write the same, but for the versions in the first line.
"""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

from gradcheck.kernels.report import KernelReport, ProblemReport, Rounding
from gradcheck.report import Verdict
from gradcheck.reporting.kernels import failures
from gradcheck.reporting.markdown import code, table

TITLES = ("problem", "verdict", "ulps", "allowed", "where", "not passed")
COLOURS = {
    Verdict.PASS: "brightgreen",
    Verdict.SKIP: "lightgrey",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.MISSING: "orange",
}


def as_markdown(report: KernelReport, **_: object) -> str:
    """Return a report on a kernel as Markdown."""
    names = f"{code(report.target)} as {code(report.layer)} in {code(report.dtype)}"
    lines = [
        badge(report),
        "",
        f"{names}, {code(report.title)}, seed {report.seed}",
        "",
        table(TITLES, map(_row, report.problems), ("ulps", "allowed")),
        *(f"- {note}" for note in map(code, report.notes)),
        *_failures(report),
    ]
    return "\n".join(lines) + "\n"


def badge(report: KernelReport) -> str:
    """Return the verdict as an image of shields.io, whose alternative text says the same."""
    counts = Counter(problem.verdict for problem in report.problems)
    judged = len(report.problems) - counts[Verdict.SKIP]
    says = f"{report.layer} {report.dtype} {counts[Verdict.PASS]} of {judged}"
    parts = (quote(each.replace("-", "--").replace("_", "__"), safe="") for each in ("gradcheck", says))
    colour = COLOURS.get(report.verdict, "red")
    return f"![gradcheck: {says}](https://img.shields.io/badge/{'-'.join(parts)}-{colour})"


def _row(problem: ProblemReport) -> tuple[str, ...]:
    worst = _worst(problem)
    unclear = [each for each in problem.outcomes if each.verdict not in (Verdict.PASS, Verdict.SKIP)]
    if problem.verdict is Verdict.SKIP:
        unclear = list(problem.outcomes[:1])
    why = ", ".join(code(outcome.reason or outcome.check) for outcome in unclear)
    verdict = f"**{problem.verdict}**" if problem.verdict.is_wrong else str(problem.verdict)
    return code(problem.problem.partition(" ")[2]), verdict, *worst, why


def _worst(problem: ProblemReport) -> tuple[str, str, str]:
    """Return the largest error on reals, what is allowed there, and where that is."""
    found = [rounding for outcome in problem.outcomes for rounding in outcome.roundings]
    if not found:
        return "", "", ""
    worst: Rounding = max(found, key=lambda rounding: rounding.ulps)
    place = f"{worst.tensor}[{', '.join(map(str, worst.index))}]"
    return f"{worst.ulps:.3g}", "" if worst.allowed is None else f"{worst.allowed:.3g}", code(place)


def _failures(report: KernelReport) -> Iterator[str]:
    for text in failures(report):
        title, *lines = text.splitlines()
        yield f"- {code(title)}"
        yield from (f"  - {code(line.strip())}" for line in lines)
