"""Pages of a grading as self-contained HTML: no script, no request; readable on paper and by a screen reader."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from statistics import mean, median
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from gradcheck.grading.journal import Entry
from gradcheck.grading.results import shown
from gradcheck.grading.rubric import Hint, Rubric
from gradcheck.grading.scoring import PartScore
from gradcheck.report import Severity, Verdict
from gradcheck.text import one_line

COPIED = frozenset({"case", "again", "worst entry"})
WIDEST = 24
MARKS = {"pass": "\N{CHECK MARK}", "fail": "\N{MULTIPLICATION X}", "open": "?"}
"""Next to the colour, which not everybody sees."""


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("gradcheck.grading.results"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def of_submission(entry: Entry, rubric: Rubric, hint: Hint, *, is_over: bool) -> str:
    """Return the page for a student."""
    score = entry.score
    parts = [each for each in score.parts if shown.is_shown(each, is_over=is_over)]
    return (
        _templates()
        .get_template("submission.html")
        .render(
            title=f"{entry.name}: {score.score:g} of {score.max:g}",
            name=entry.name,
            assignment=rubric.title or rubric.name,
            score=f"{score.score:g}",
            max=f"{score.max:g}",
            error=one_line(entry.target.error) if entry.target.error and not entry.is_ours else None,
            pending=[one_line(each) for each in score.needs_a_person],
            parts=[_part(entry, rubric, each, hint) for each in parts],
            hidden=len(score.parts) - len(parts),
            copied=COPIED,
        )
    )


def _part(entry: Entry, rubric: Rubric, part: PartScore, hint: Hint) -> dict[str, Any]:
    kind = _kind(part.verdict)
    return {
        "function": one_line(part.function) if part.function else None,
        "layer": part.layer,
        "part": part.part,
        "verdict": part.verdict,
        "kind": kind,
        "mark": MARKS[kind],
        "points": f"{part.points:g}",
        "max": f"{part.max:g}",
        "why": shown.why(part, hint),
        "messages": shown.messages(entry, rubric, part),
        "failures": [
            {"title": one_line(each.title), "lead": shown.lead(each), "facts": list(shown.facts(each, hint))}
            for each in shown.failures(entry, part, hint)
        ],
        "notes": shown.remarks(entry, rubric, part, hint),
    }


def _kind(verdict: Verdict) -> str:
    if verdict is Verdict.PASS:
        return "pass"
    return "fail" if verdict.is_wrong or verdict is Verdict.MISSING else "open"


def of_class(entries: Sequence[Entry], rubric: Rubric) -> str:
    """Return the page of the whole class."""
    scores = [entry.score.score for entry in entries]
    return (
        _templates()
        .get_template("class.html")
        .render(
            title=f"{rubric.title or rubric.name}: {len(entries)} submissions",
            assignment=rubric.title or rubric.name,
            max=f"{rubric.max:g}",
            mean=f"{mean(scores):.1f}" if scores else "-",
            median=f"{median(scores):g}" if scores else "-",
            bins=_bins(entries),
            mistakes=_mistakes(entries),
            unclear=[
                (e.name, [one_line(r) for r in e.score.needs_a_person])
                for e in entries
                if e.score.needs_a_person
            ],
            rows=[_row(entry) for entry in entries],
        )
    )


def _row(entry: Entry) -> dict[str, Any]:
    kind = _kind(entry.score.verdict)
    return {
        "name": entry.name,
        "score": f"{entry.score.score:g}",
        "max": f"{entry.score.max:g}",
        "verdict": str(entry.score.verdict),
        "kind": kind,
        "mark": MARKS[kind],
        "late": "late" if entry.is_late else "",
        "seconds": f"{entry.seconds:.1f}",
    }


def _bins(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return how many submissions have which share of their points, in tenths."""
    shares = [entry.score.score / entry.score.max for entry in entries if entry.score.max]
    counts = Counter(min(9, int(10 * share)) for share in shares)
    most = max(counts.values(), default=1)
    return [
        {
            "title": f"{10 * tenth} to {10 * tenth + 10} %",
            "count": counts[tenth],
            "width": f"{WIDEST * counts[tenth] / most:.2f}",
        }
        for tenth in range(9, -1, -1)
    ]


def _mistakes(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return how many submissions made which mistake, the commonest first."""
    made = Counter(key for entry in entries for key in _of_entry(entry))
    return [
        {"part": part, "mistake": mistake, "count": count}
        for (part, mistake), count in sorted(made.items(), key=lambda item: (-item[1], item[0]))
    ]


def _of_entry(entry: Entry) -> set[tuple[str, str]]:
    found = set()
    for part in entry.target.parts:
        wrong = [f for f in part.findings if f.severity is Severity.FAULT and f.verdict.is_wrong]
        names = {finding.mutant for finding in wrong if finding.mutant}
        names = names or ({"no name"} if wrong else set())
        found |= {(f"{part.layer} ({part.part})", name) for name in names}
    return found
