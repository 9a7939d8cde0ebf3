"""A report on a kernel as text: what is wrong, a table of the problems, the spread of rounding errors, a summary."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from gradcheck.kernels.report import UNJUDGED, USUAL, KernelOutcome, KernelReport, ProblemReport, Rounding
from gradcheck.report import Finding, Verdict
from gradcheck.reporting import table
from gradcheck.reporting.markdown import code
from gradcheck.reporting.markdown import table as markdown_table
from gradcheck.reporting.table import Column
from gradcheck.reporting.wording import shell_word
from gradcheck.text import one_line

BINS = ("0", "1/2", "1", "2", "4", "16", "256", "more")
"""Up to how many units in the last place the entries of each bin of `Rounding.histogram` are off."""


def as_text(report: KernelReport, *, colour: bool = False, width: int = 100, **_: object) -> str:
    """Return a report on a kernel as text."""
    wrong = "".join(f"{text}\n\n" for text in failures(report))
    rows = table.render(_columns(report), colour, width)
    spread = _spread(report, colour, width)
    notes = "".join(f"  note  {one_line(note)}\n" for note in report.notes)
    looked = f"  looked for  {'; '.join(report.looked_for)}\n" if report.looked_for else ""
    heading = f"{report.target}    ({report.title}, {report.dtype})\n{notes}{looked}"
    return f"{wrong}{heading}\n{rows}{spread}\n{summary(report)}\n"


def as_markdown(report: KernelReport, **_: object) -> str:
    """Return a report on a kernel as Markdown: a line for a badge, a table of the problems, and what is wrong."""
    rows = [
        (
            code(problem.problem.partition(" ")[2]),
            f"**{problem.verdict}**" if problem.verdict.is_wrong else str(problem.verdict),
            *_worst_cells(problem),
            code(_why(problem)),
        )
        for problem in report.problems
    ]
    # Without the time: machines that find the same write the same.
    lines = [f"## {_badge(report)}", "", code(summary(report).rpartition("; ")[0]), ""]
    lines += [f"- {code(note)}" for note in report.notes]
    lines += [f"- looked for: {', '.join(map(code, report.looked_for))}"] if report.looked_for else []
    lines += ["", markdown_table(TITLES, rows, ("ulp", "bound"))]
    for text in failures(report):
        first, *rest = text.split("\n")
        lines += [f"- {code(first)}", *(f"  - {code(each.strip())}" for each in rest)]
    return "\n".join(lines) + "\n"


TITLES = ("problem", "verdict", "ulp", "bound", "where", "why")


def _badge(report: KernelReport) -> str:
    """Return a report in a line that fits on a badge, such as ``gradcheck: pass, 57 problems, float32, worst 2 ulp``.

    The worst is the entry that takes the largest part of its bound.
    """
    many = "problem" if len(report.problems) == 1 else "problems"
    line = f"gradcheck: {report.verdict}, {len(report.problems)} {many}, {report.dtype}"
    every = [each for problem in report.problems for each in _roundings(problem)]
    if not every:
        return line
    worst = max(every, key=lambda each: each.share)
    bound = f" (bound {worst.allowed:.3g})" if worst.allowed is not None else ""
    return f"{line}, worst {worst.ulps:.3g} ulp{bound}"


def _roundings(problem: ProblemReport) -> list[Rounding]:
    return [rounding for outcome in problem.outcomes for rounding in outcome.roundings]


def _worst_cells(problem: ProblemReport) -> tuple[str, str, str]:
    """Return the largest error of a problem in units, what was allowed there, and where that is."""
    every = _roundings(problem)
    if not every:
        return "", "", ""
    worst = max(every, key=lambda each: each.ulps)
    place = "" if worst.index is None else f"{worst.tensor}[{', '.join(map(str, worst.index))}]"
    return f"{worst.ulps:.3g}", "" if worst.allowed is None else f"{worst.allowed:.3g}", code(place)


def summary(report: KernelReport) -> str:
    """Return the whole report in one line."""
    counts = Counter(problem.verdict for problem in report.problems)
    verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    many = "problem" if len(report.problems) == 1 else "problems"
    return (
        f"{len(report.problems)} {many} of {report.layer} in {report.dtype}: {verdicts}; "
        f"{report.title}; seed {report.seed}; {report.seconds:.1f} s"
    )


def failures(report: KernelReport) -> Iterator[str]:
    """Yield each kind of failure once, on the first problem that shows it, with the number of further problems."""
    groups: dict[tuple[str, str | None, Verdict], list[tuple[ProblemReport, Finding]]] = {}
    for problem in report.problems:
        for finding in (each for outcome in problem.outcomes for each in outcome.findings):
            groups.setdefault((finding.check, finding.tensor, finding.verdict), []).append((problem, finding))
    for found in groups.values():
        yield "\n".join(_failure(report, *found[0], others=len(found) - 1))


def _failure(report: KernelReport, problem: ProblemReport, finding: Finding, others: int) -> Iterator[str]:
    tensor = f" · {finding.tensor}" if finding.tensor else ""
    yield f"{report.layer}{tensor}    {finding.verdict.upper()}    ({finding.check})"
    yield f"  {one_line(finding.message)}"
    yield f"  problem         {problem.problem}"
    if finding.index is not None and finding.got is not None and finding.expected is not None:
        place = f"{finding.tensor}[{', '.join(map(str, finding.index))}]"
        allowed = f"within {finding.bound:.2g}" if finding.bound else "exact arithmetic: no tolerance"
        yield f"  worst entry     {place}: yours {finding.got:.10g}, expected {finding.expected:.10g}  ({allowed})"
    if finding.where is not None:
        yield f"  where           {finding.where}"
    if others:
        yield f"  and             on {others} more"
    yield f"  again           {again(report, problem, finding.check)}"


def again(report: KernelReport, problem: ProblemReport, check: str) -> str:
    """Return the command that shows a failure again."""
    words = ["gradcheck", "kernel", report.target, "--problem", problem.problem, "--dtype", report.dtype]
    options = [f"--check {check}", *_of_layer(report), *report.options]
    if report.seed:
        options.append(f"--seed {report.seed}")
    return " ".join([*map(shell_word, words), *options])


def _of_layer(report: KernelReport) -> list[str]:
    """Return the option that names the layer, where the command needs one; a reference is not of a layer."""
    is_reference = any(option.startswith("--reference ") for option in report.options)
    return [] if is_reference or report.layer == USUAL else [f"--layer {report.layer}"]


def _columns(report: KernelReport) -> list[Column]:
    problems = report.problems
    return [
        Column("problem", tuple(problem.problem.partition(" ")[2] for problem in problems)),
        Column("verdict", tuple(problem.verdict for problem in problems)),
        Column("ulps", tuple(_ulps(problem) for problem in problems), expendable=1, is_number=True),
        Column("bound", tuple(_share(problem) for problem in problems), expendable=2, is_number=True),
        Column("seconds", tuple(f"{problem.seconds:.2f}" for problem in problems), 3, is_number=True),
        Column("why", tuple(_why(problem) for problem in problems), folds=True),
    ]


def _ulps(problem: ProblemReport) -> str:
    found = [rounding.ulps for outcome in problem.outcomes for rounding in outcome.roundings]
    return f"{max(found):.3g}" if found else ""


def _share(problem: ProblemReport) -> str:
    """Return the part of the allowed error that the worst entry took."""
    found = [rounding.share for outcome in problem.outcomes for rounding in outcome.roundings]
    return f"{max(found):.1%}" if found else ""


def _why(problem: ProblemReport) -> str:
    """Return the checks that did not pass, or why none of them ran."""
    unclear = [outcome for outcome in problem.outcomes if outcome.verdict not in (Verdict.PASS, Verdict.SKIP)]
    if problem.verdict is Verdict.SKIP:
        unclear = sorted(problem.outcomes, key=_is_general)[:1]
    return ", ".join(map(_reason, unclear))


def _is_general(outcome: KernelOutcome) -> bool:
    """Return whether what a check says of itself is not about this call."""
    return not (outcome.reason or "").startswith(UNJUDGED)


def _reason(outcome: KernelOutcome) -> str:
    return one_line(outcome.reason) if outcome.reason else outcome.check


def _spread(report: KernelReport, colour: bool, width: int) -> str:
    """Return the spread of each result's rounding errors, over all problems; empty where no reals were judged."""
    totals = _totals(report)
    if not totals:
        return ""
    shares = [100 * counts / max(counts.sum(), 1) for counts in totals.values()]
    columns = [
        Column("ulps", tuple(totals)),
        *(
            Column(title, tuple(_percentage(share[bin_]) for share in shares), is_number=True)
            for bin_, title in enumerate(BINS)
        ),
    ]
    return "\n" + table.render(columns, colour, width)


def _totals(report: KernelReport) -> dict[str, "np.ndarray[tuple[int, ...], np.dtype[np.int64]]"]:
    """Return how many entries of each result are in each bin."""
    found: dict[str, list[Sequence[int]]] = {}
    for rounding in (
        each for problem in report.problems for outcome in problem.outcomes for each in outcome.roundings
    ):
        found.setdefault(rounding.tensor, []).append(rounding.histogram)
    return {tensor: np.sum(histograms, axis=0) for tensor, histograms in found.items()}


def _percentage(share: float) -> str:
    return f"{share:.1f}%" if share else ""
