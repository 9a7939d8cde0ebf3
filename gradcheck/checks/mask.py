"""The check `mask`: dropout draws each entry with the given probability, and backward uses what forward drew."""

from collections.abc import Iterator

import numpy as np

from gradcheck.checks.check import Check
from gradcheck.contract import Array, Case, Subject, SubjectError
from gradcheck.evidence import compare
from gradcheck.evidence.findings import against, fault, note, wrong_entry
from gradcheck.evidence.probing import whole_difference
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding

DEVIATIONS = 7.0
"""Standard deviations allowed: a right mask is further from its mean once in 4e11 times (normal approximation)."""

ALIKE = 512
"""Entries of a mask that are compared with each later stretch: two that are independent agree once in 1e100 times."""


def mask(trial: Trial, part: str) -> Iterator[Finding]:
    """Dropout keeps each entry independently, with the given probability.

    Of 5120 entries, the share that is kept must be close to that probability, no whole row or column may be kept or
    dropped, and no stretch may come again. Whether p is the probability to keep or to drop is a convention, and a
    note. Backward uses the mask of forward, also where no seed would make it the same again, and where x is zero: keep
    it in the cache.
    """
    if trial.params.get("seeding") == "unseeded":
        yield from _unseeded(trial, part)
    elif part == "forward":
        yield from _statistics(trial)
    else:
        yield from _at_zeros(trial)


def _unseeded(trial: Trial, part: str) -> Iterator[Finding]:
    """Judge the gradient by the mask that shows in the output. A call that needs a seed is not judged."""
    try:
        differences = (
            [whole_difference(trial, name, trial.dout) for name in trial.wanted] if part == "backward" else []
        )
    except SubjectError:
        return
    for name, found in zip(trial.wanted, differences, strict=False):
        if found is not None:
            yield against(
                trial, name, found, "without a seed, not the gradient for the mask that forward drew"
            )


def _at_zeros(trial: Trial) -> Iterator[Finding]:
    """Judge the gradient where x is zero, and so the output whatever the mask: it is that of an x without zeros.

    That is known only where the same seed gives the same mask again.
    """
    x = trial.tensors["x"]
    holed = np.where(np.arange(x.size).reshape(x.shape) % 2, x, x.dtype.type(0))
    try:
        whole, again = trial.out() != 0, trial.call(x=holed)
        if not np.array_equal(trial.out(again) != 0, whole & (holed != 0)):
            return
        expected, given = trial.grads["x"], trial.gradients(again, trial.dout.copy())["x"]
    except SubjectError:
        return
    found = compare.difference("x", given, expected, 2 * trial.gradient_bound("x", trial.dout))
    if found is not None:
        yield wrong_entry(trial, "dx", found, "where x is 0, not the gradient for the mask that forward drew")


def _statistics(trial: Trial) -> Iterator[Finding]:
    """Judge how many entries are kept, and that no row or column goes together."""
    kept = trial.out() != 0
    share, wanted = float(kept.mean()), trial.params["keep_prob"]
    spread = DEVIATIONS * float(np.sqrt(wanted * (1 - wanted) / kept.size))
    if abs(share - wanted) > spread:
        yield fault(
            trial,
            f"{share:.3f} of the entries are kept; expected {wanted} within {spread:.3f}",
            tensor="mask",
        )
    # A right mask keeps or drops all of 64 entries of a row or column with a probability of 1e-8.
    elif (kept.all(axis=0) | ~kept.any(axis=0)).any() or (kept.all(axis=1) | ~kept.any(axis=1)).any():
        yield fault(
            trial, "whole rows or columns are kept or dropped together; each entry has its own chance"
        )
    elif (after := _repeats(kept)) is not None:
        yield fault(
            trial,
            f"the mask repeats itself after {after} entries; each entry has its own chance",
            tensor="mask",
        )
    elif "p-drops" in trial.subject.interface.conventions:
        yield note(trial, "p is the probability to drop, as before 2018; today's course keeps with p", "mask")


def _repeats(kept: Array) -> int | None:
    """Return after how many entries the beginning of a mask comes again, or None."""
    flat = kept.ravel()
    stretches = np.lib.stride_tricks.sliding_window_view(flat, ALIKE)
    again = np.flatnonzero((stretches[1:] == stretches[0]).all(axis=1))
    return int(again[0]) + 1 if again.size else None


def _many(case: Case) -> Iterator[Case]:
    """Yield a case large enough for statistics, with a seed and without one."""
    layer = case.layer
    if {"mask", "keep_prob"} <= {*case.params, *case.shapes}:
        yield layer.case("n64d80_k0.25_train", seed=case.seed)
        yield layer.case("n64d80_k0.25_train_unseeded", seed=case.seed)


def _applies(subject: Subject, part: str) -> str | None:
    return None if subject.interface.draws_mask else "the function does not draw its own mask"


MASK = Check(name="mask", judge=mask, by_value=True, derive=_many, cases=2, applies=_applies)
