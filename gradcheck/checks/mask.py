"""Dropout keeps the stated share of the entries, each by chance."""

from collections.abc import Iterator

import numpy as np

from gradcheck.checks.check import Check
from gradcheck.contract import Case, Subject
from gradcheck.evidence.findings import fault, note
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding

DEVIATIONS = 7.0
"""A right mask strays further than this from its mean once in 4e11 times (normal approximation)."""


def mask(trial: Trial, part: str) -> Iterator[Finding]:
    """Dropout keeps the stated share of the entries, each by chance.

    On 4096 entries the share kept is the probability of being kept, but for chance. Whether p is the probability to
    keep or to drop is a convention, and a note.
    """
    kept = trial.out() != 0
    share, wanted = float(kept.mean()), trial.params["keep_prob"]
    spread = DEVIATIONS * float(np.sqrt(wanted * (1 - wanted) / kept.size))
    if abs(share - wanted) > spread:
        yield fault(
            trial,
            f"{share:.3f} of the entries are kept; expected {wanted} within {spread:.3f}",
            tensor="mask",
        )
    elif (kept.all(axis=0) | ~kept.any(axis=0)).any() or (kept.all(axis=1) | ~kept.any(axis=1)).any():
        yield fault(
            trial, "whole rows or columns are kept or dropped together; each entry has its own chance"
        )
    elif "p-drops" in trial.subject.interface.conventions:
        yield note(
            trial, "p is the probability to drop, as before 2018; today's course takes it to keep", "mask"
        )


def _many(case: Case) -> Iterator[Case]:
    layer = case.layer
    if "mask" in layer.shapes.inputs(case.params):
        yield layer.case("n64d64_k0.25_train", seed=case.seed)


def _applies(subject: Subject, part: str) -> str | None:
    return None if subject.interface.draws_mask else "the interface draws no mask of its own"


MASK = Check(name="mask", judge=mask, parts=("forward",), derive=_many, cases=1, applies=_applies)
