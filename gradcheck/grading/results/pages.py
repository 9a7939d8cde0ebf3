"""Pages of a grading as self-contained HTML: no script, no request; readable on paper and by a screen reader."""

from base64 import b64encode
from collections.abc import Collection
from functools import lru_cache
from hashlib import sha256
from statistics import mean, median
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from gradcheck.grading.journal import Entry
from gradcheck.grading.results import counted, shown
from gradcheck.grading.results.failing import Failing, failing
from gradcheck.grading.rubric import Hint, Rubric
from gradcheck.grading.scoring import PartScore
from gradcheck.report import Verdict
from gradcheck.text import one_line

MOST_NAMED = 12
"""How many of those who made a mistake are named with it."""

WORDS = {
    Verdict.PASS: "right",
    Verdict.FAIL: "wrong",
    Verdict.ERROR: "raises an error",
    Verdict.TIMEOUT: "takes too long",
    Verdict.MISSING: "not written",
    Verdict.INCONCLUSIVE: "not judged",
    Verdict.SKIP: "not judged",
}

MARKS = {"pass": "\N{CHECK MARK}", "fail": "\N{BALLOT X}", "missing": "\N{EN DASH}", "open": "?"}
"""Next to the colour, which not every reader sees."""


@lru_cache(maxsize=1)
def _templates() -> Environment:
    loader = PackageLoader("gradcheck.grading.results")
    environment = Environment(
        loader=loader,
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = loader.get_source(environment, "style.css")[0]
    environment.filters["ticks"] = _ticks
    # The page's own style, and no other one: a browser refuses what is not of this hash.
    environment.globals["style"] = Markup(style)  # noqa: S704 - a file of the suite
    environment.globals["style_hash"] = f"sha256-{b64encode(sha256(style.encode()).digest()).decode()}"
    return environment


def _ticks(text: str) -> Markup:
    """Return a text with what stands between two backticks as code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return escape(text)
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(piece) if k % 2 else piece for k, piece in enumerate(pieces))


def of_submission(entry: Entry, rubric: Rubric, hint: Hint, *, is_over: bool) -> str:
    """Return the page for a student."""
    score = entry.score
    parts = [each for each in score.parts if shown.is_shown(each, is_over=is_over)]
    explained: set[str] = set()
    return (
        _templates()
        .get_template("submission.html")
        .render(
            title=f"{entry.name}: {score.score:g} of {score.max:g}",
            name=entry.name,
            assignment=one_line(rubric.title or rubric.name),
            score=f"{score.score:g}",
            max=f"{score.max:g}",
            share=100 * score.score / score.max if score.max else 0.0,
            is_late=entry.is_late,
            error=_error(entry),
            pending=shown.for_a_person(entry),
            parts=[
                {"id": f"part-{number}", **_part(entry, rubric, each, hint, explained)}
                for number, each in enumerate(parts, 1)
            ],
            hidden=len(score.parts) - len(parts),
            notes=[
                (one_line(part.function or part.layer), note)
                for part in parts
                for note in shown.remarks(entry, rubric, part, hint)
            ],
        )
    )


def _error(entry: Entry) -> str | None:
    is_own = entry.target.error is not None and not entry.is_ours
    return one_line(shown.without_seeds(entry.target.error or "")) if is_own else None


def _part(entry: Entry, rubric: Rubric, part: PartScore, hint: Hint, explained: set[str]) -> dict[str, Any]:
    failures: list[Failing] = [
        failing(each, shown.facts(each, hint), shown.lesson(entry, part, each, hint), explained)
        for each in shown.failures(entry, rubric, part, hint)
    ]
    return {
        **_result(part.verdict),
        "function": one_line(part.function) if part.function else None,
        "layer": part.layer,
        "part": part.part,
        "points": f"{part.points:g}",
        "max": f"{part.max:g}",
        "why": shown.why(part, hint) if part.verdict is not Verdict.MISSING else None,
        "messages": [one_line(each, 1000) for each in shown.messages(entry, rubric, part)],
        "failures": failures,
    }


def _result(verdict: Verdict) -> dict[str, str]:
    """Return a verdict in plain words, with a mark and the name of its colour."""
    kind = {Verdict.PASS: "pass", Verdict.MISSING: "missing"}.get(verdict, "open")
    kind = "fail" if verdict.is_wrong else kind
    return {"kind": kind, "mark": MARKS[kind], "word": WORDS[verdict]}


def of_class(entries: Collection[Entry], rubric: Rubric) -> str:
    """Return the page of the whole class."""
    counts = counted.functions(entries, rubric)
    return (
        _templates()
        .get_template("class.html")
        .render(
            title=f"{rubric.title or rubric.name}: {len(entries)} submissions",
            assignment=one_line(rubric.title or rubric.name),
            facts=list(_facts(entries).items()),
            bins=counted.bins(entries),
            mistakes=counted.mistakes(entries),
            most_named=MOST_NAMED,
            unclear=[
                (e.name, [one_line(r) for r in e.score.needs_a_person])
                for e in entries
                if e.score.needs_a_person
            ],
            functions=counts,
            unjudged=[f"{each.layer} ({each.part})" for each in counts if each.is_unjudged],
            stopped=counted.stopped(entries),
            slowest=counted.slowest(entries),
            rows=[_row(entry) for entry in entries],
        )
    )


def _facts(entries: Collection[Entry]) -> dict[str, str]:
    shares = counted.shares(entries)
    person = sum(bool(entry.score.needs_a_person) for entry in entries)
    late = sum(entry.is_late for entry in entries)
    found = {
        "submissions" if len(entries) != 1 else "submission": str(len(entries)),
        "mean of the points": f"{mean(shares):.0f} %" if shares else "-",
        "median": f"{median(shares):.0f} %" if shares else "-",
        "for a person": str(person),
    }
    return found | ({"late": str(late)} if late else {})


def _row(entry: Entry) -> dict[str, Any]:
    score = entry.score
    return {
        **_result(score.verdict),
        **({"word": "not loaded"} if entry.target.error and score.verdict is Verdict.ERROR else {}),
        "name": entry.name,
        "score": f"{score.score:g}",
        "max": f"{score.max:g}",
        "share": f"{100 * score.score / score.max:.0f} %" if score.max else "-",
        "late": entry.is_late,
        "person": bool(score.needs_a_person),
        "seconds": f"{entry.seconds:.1f}",
    }
