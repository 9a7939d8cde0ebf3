"""The check `special`: NaN and infinity in x reach the outputs that depend on them."""

from collections.abc import Iterator

import numpy as np

from gradcheck.checks.check import Check, ordinary
from gradcheck.contract import Array, Case, Subject
from gradcheck.evidence import compare
from gradcheck.evidence.arithmetic import Linear
from gradcheck.evidence.fill import SPECIAL
from gradcheck.evidence.findings import note, wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding

SPREADS = "NaN spreads to outputs that do not depend on it"


def special(trial: Trial, part: str) -> Iterator[Finding]:
    """NaN and infinity reach the outputs that depend on them.

    An entry of x is NaN or infinite. Comparisons with NaN are false, so that `if v > best` and np.where(x > 0, x, 0)
    lose it: use np.max and np.maximum. That further outputs become NaN, as 0 * NaN makes them, is a note.
    """
    out = np.asarray(trial.out(), dtype=np.float64)
    expected = np.asarray(trial.reference.here[0], dtype=np.float64)
    spread = _spread(trial, out, expected)
    # What is right by convention is compared with itself, so that only the other entries can be wrong.
    judged = np.where(spread | _dropped(trial, out), expected, out)
    found = compare.difference("out", judged, expected, trial.output_bound)
    if found is not None:
        yield wrong_entry(trial, "out", found, "not the layer's output")
    elif spread.any():
        yield note(trial, SPREADS, "out")


def _spread(trial: Trial, out: Array, expected: Array) -> Array:
    """Return where the output is NaN or infinite although no entry that it depends on is.

    A sum of products may also turn an infinity that it depends on into NaN: a Fourier transform of it has only NaN.
    """
    sums = isinstance(trial.layer.arithmetic, Linear) and trial.layer.numbers.dropped is None
    undetermined = sums & np.isinf(expected) & np.isnan(out)
    return np.asarray(~np.isfinite(out) & ~_depends(trial) | undetermined)


def _depends(trial: Trial) -> Array:
    """Return which outputs depend on the special entry: those that become NaN in the reference when it is NaN."""
    x = trial.reference.tensors["x"]
    with_nan = np.where(np.isfinite(x), x, np.nan)
    return np.asarray(np.isnan(trial.reference.of("x")(with_nan)))


def _dropped(trial: Trial, out: Array) -> Array:
    """Return where the output is NaN or 0 because the mask drops a special entry: both are right."""
    dropped = trial.layer.numbers.dropped
    if dropped is None:
        return np.zeros(out.shape, dtype=bool)
    tensors = trial.reference.tensors
    return np.asarray(dropped(tensors) & ~np.isfinite(tensors["x"]) & (np.isnan(out) | (out == 0)))


def derive(case: Case) -> Iterator[Case]:
    """Yield the case with a NaN, and with an infinity, if the layer defines the result."""
    if case.fill in SPECIAL:
        yield case
    for plain in ordinary(case):
        yield from (plain.but(fill=fill) for fill in SPECIAL if fill in plain.layer.numbers.kinds)


def _applies(subject: Subject, part: str) -> str | None:
    return None if set(SPECIAL) & set(subject.layer.numbers.kinds) else "the layer does not define a result"


SPECIAL_VALUES = Check(
    name="special", judge=special, parts=("forward",), derive=derive, cases=4, applies=_applies
)
