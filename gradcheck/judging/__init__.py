"""Judging one subject: its cases through the checks, and the findings into part reports."""

from collections.abc import Iterable, Sequence

from gradcheck.checks.check import Check
from gradcheck.contract import Case, Subject
from gradcheck.evidence.trial import Trial
from gradcheck.judging.part import start
from gradcheck.report import PartReport


def judge_subject(subject: Subject, cases: Iterable[Case], checks: Sequence[Check]) -> list[PartReport]:
    """Judge every part of a subject on every case."""
    parts = [start(subject, part, checks) for part in subject.parts]
    for case in cases:
        trials: dict[str, Trial] = {}
        for part in parts:
            part.judge(case, trials)
    return [part.report() for part in parts]
