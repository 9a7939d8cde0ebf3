"""From a report and a rubric to points. The same report and rubric give the same score, always."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gradcheck.contract import PARTS
from gradcheck.grading.rubric import Function, Rubric, Visibility, label_of
from gradcheck.report import PartReport, Severity, TargetReport, Verdict, worst
from gradcheck.text import one_line

DIGITS = 6
"""Points are rounded to so many decimals: a sum of tenths is a tenth."""

PENDING = (Verdict.INCONCLUSIVE, Verdict.SKIP)
"""Verdicts that prove nothing: they cost no points, and a person looks at them."""

MOST_NAMED = 5


class PartScore(msgspec.Struct, frozen=True, kw_only=True):
    """The points of one function of a submission.

    `why` says in a sentence why points are missing or not certain. `pending`: the points were given because nothing is
    proved, and a person should look at it. `own_forward`: it is the derivative of its own forward, which is wrong.
    """

    layer: str
    part: str
    function: str | None
    verdict: Verdict
    points: float
    max: float
    visibility: Visibility = Visibility.VISIBLE
    why: str | None = None
    pending: bool = False
    own_forward: bool = False


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The points of a submission, and the most serious verdict of a part that counts.

    `pending` of the points were given because nothing is proved. `needs_a_person` has a sentence for each thing that a
    person should look at.
    """

    verdict: Verdict
    score: float
    max: float
    pending: float = 0.0
    parts: tuple[PartScore, ...] = ()
    needs_a_person: tuple[str, ...] = ()


def scored(target: TargetReport, rubric: Rubric, *, is_ours: str | None = None) -> Score:
    """Return the points of a submission.

    Parameters
    ----------
    target : TargetReport
        Of the submission.
    rubric : Rubric
        What its functions are worth.
    is_ours : str, optional
        What kept the submission from being judged, where it is no fault of its own: then nothing costs points.
    """
    is_unread = (
        target.error is not None and target.verdict is not Verdict.MISSING
    )  # nothing but stubs is missing
    if is_ours is not None or is_unread:
        return _without_verdicts(target.error or "", rubric, is_ours)
    several = [_part(function, part, target, rubric) for function, part in _asked(rubric)]
    counted = {each.layer for each in several if each and each.verdict is not Verdict.MISSING}
    optional = {function.label for function in rubric.function if not function.required}
    parts = tuple(each for each in several if each and (each.layer in counted or each.layer not in optional))
    person = [f"{each.function or each.layer} ({each.part}): {each.why}" for each in parts if each.pending]
    person += _differing(parts, target, rubric)
    if target.unjudged and any(each.verdict is Verdict.MISSING and each.max for each in parts):
        names = ", ".join(one_line(each.name) for each in target.unjudged[:MOST_NAMED])
        person.append(f"something is missing, and this looks like layers but could not be judged: {names}")
    return _score(worst(each.verdict for each in parts), parts, person)


def _score(verdict: Verdict, parts: Sequence[PartScore], person: Iterable[str]) -> Score:
    return Score(
        verdict=verdict,
        score=_sum(each.points for each in parts),
        max=_sum(each.max for each in parts),
        pending=_sum(each.points for each in parts if each.pending),
        parts=tuple(parts),
        needs_a_person=tuple(map(one_line, person)),
    )


def _sum(points: Iterable[float]) -> float:
    return round(sum(points), DIGITS)


def _asked(rubric: Rubric) -> Iterator[tuple[Function, str]]:
    for function in rubric.function:
        yield from ((function, part) for part in PARTS)


def _without_verdicts(error: str, rubric: Rubric, is_ours: str | None) -> Score:
    """Return the score where nothing could be judged: all points where that is ours, and none otherwise."""
    verdict = Verdict.ERROR if is_ours is None else Verdict.INCONCLUSIVE
    why = one_line(f"nothing could be judged: {error if is_ours is None else is_ours}")
    parts = [
        PartScore(
            layer=function.label,
            part=part,
            function=None,
            verdict=verdict,
            points=0.0 if is_ours is None else function.of(part),
            max=function.of(part),
            visibility=function.visibility,
            why=why,
            pending=is_ours is not None and function.of(part) > 0,
        )
        for function, part in _asked(rubric)
        if function.required and function.of(part)
    ]
    return _score(verdict, parts, [why])


def _part(function: Function, part: str, target: TargetReport, rubric: Rubric) -> PartScore | None:
    """Return the best score of the functions that are this part; None where there is none, and it is worth nothing."""
    several = [_of(report, function, rubric) for report in _reports(function, part, target)]
    if several:
        return max(
            several, key=lambda each: (each.verdict is not Verdict.MISSING, each.points, not each.pending)
        )
    if not function.of(part):
        return None
    return PartScore(
        layer=function.label,
        part=part,
        function=None,
        verdict=Verdict.MISSING,
        points=0.0,
        max=function.of(part),
        visibility=function.visibility,
        why="it is not written",
    )


def _reports(function: Function, part: str, target: TargetReport) -> list[PartReport]:
    return [each for each in target.parts if (label_of(each), each.part) == (function.label, part)]


def _differing(parts: Iterable[PartScore], target: TargetReport, rubric: Rubric) -> Iterator[str]:
    """Say of each part that is written more than once, and not equally well, that the best one counts."""
    functions = {function.label: function for function in rubric.function}
    for part in parts:
        reports = _reports(functions[part.layer], part.part, target)
        scores = [_of(each, functions[part.layer], rubric) for each in reports]
        written = [each for each in scores if each.verdict is not Verdict.MISSING]
        if len({each.points for each in written}) > 1:
            names = ", ".join(f"{each.function} {each.points:g}" for each in written)
            yield f"{part.layer} ({part.part}) is there more than once, and the best counts: {names} points"


def _of(report: PartReport, function: Function, rubric: Rubric) -> PartScore:
    """Return the points of one function."""
    most = function.of(report.part)
    blank = PartScore(
        layer=function.label,
        part=report.part,
        function=one_line(report.function),
        verdict=report.verdict,
        points=0.0,
        max=most,
        visibility=function.visibility,
    )
    if report.verdict is Verdict.MISSING:
        return msgspec.structs.replace(blank, why="it is not written")
    if report.verdict in PENDING:
        return msgspec.structs.replace(blank, points=most, why=_unclear(report), pending=most > 0)
    if report.verdict.is_wrong:
        points, why = _wrong(report, most, rubric)
        return msgspec.structs.replace(blank, points=points, why=why)
    if report.own_forward:
        points = most if function.follow_through is None else function.follow_through
        why = "right for its own forward, which is wrong"
        return msgspec.structs.replace(blank, points=points, why=why, own_forward=True)
    return msgspec.structs.replace(blank, points=most)


def _wrong(report: PartReport, most: float, rubric: Rubric) -> tuple[float, str]:
    """Return the points of a function that is wrong, and why: the smallest share that a failed check leaves."""
    failed = [check.check for check in report.checks if check.verdict.is_wrong]
    share = min((rubric.credit.get(name, 0.0) for name in failed), default=0.0)
    why = (
        f"fails {', '.join(failed)}"
        if failed
        else f"{report.verdict}: {one_line(report.reason or 'no check ran')}"
    )
    return round(most * share, DIGITS), why if share == 0 else f"{why}: partial credit"


def _unclear(report: PartReport) -> str:
    """Return why a part has no verdict."""
    said = [report.reason] if report.reason else []
    said += [f.message for f in report.findings if f.severity is Severity.FAULT]
    said += [check.reason for check in report.checks if check.reason]
    return one_line(said[0]) if said else "nothing was proved"
