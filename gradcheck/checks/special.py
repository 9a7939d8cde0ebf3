"""The check `special`: NaN and infinity reach the outputs and the gradients that depend on them."""

from collections.abc import Iterator

import numpy as np

from gradcheck.checks.check import Check, ordinary
from gradcheck.contract import Array, Case, Subject
from gradcheck.evidence import compare
from gradcheck.evidence.arithmetic import Linear, Winner
from gradcheck.evidence.fill import SPECIAL, generator
from gradcheck.evidence.findings import note, wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding

SPREADS = "NaN spreads to outputs that do not depend on it"

LEAST = 1e-6
"""A gradient that changes by a smaller share of the largest is not taken to depend on what was changed."""


UNSEEN = "the gradient does not show it"


def special(trial: Trial, part: str) -> Iterator[Finding]:
    """NaN and infinity reach the outputs that depend on them.

    An entry of x is NaN or infinite. Comparisons with NaN are false, so that `if v > best` and np.where(x > 0, x, 0)
    lose it: use np.max and np.maximum. That further outputs become NaN, as 0 * NaN makes them, is a note. In backward
    an entry of dout is NaN or infinite, and then one of x: gradients that depend on it must show it, so that a network
    that diverges is noticed. Do not use np.nan_to_num, and clip gradients in the optimiser.
    """
    yield from (_forward if part == "forward" else _backward)(trial)


def _forward(trial: Trial) -> Iterator[Finding]:
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


def _backward(trial: Trial) -> Iterator[Finding]:
    """Judge one-sidedly: a gradient that depends on NaN or infinity is neither finite; any other may be anything."""
    plain = Trial(trial.subject, trial.case.but(fill="plain"))
    plain.out()  # raises SubjectError if there is none
    plain.out()  # without an output there is nothing to judge
    if not plain.forward_is_right:
        return
    found = [] if trial.subject.interface.fused else list(_of_dout(trial, plain))
    yield from found or _of_x(trial, plain)


def _of_dout(trial: Trial, plain: Trial) -> Iterator[Finding]:
    """Spoil one entry of dout: what is not zero where this entry alone is 1 depends on it."""
    rng = generator(trial.case, "special", 1)
    value, place = SPECIAL[trial.case.fill], rng.integers(plain.dout.size)
    value *= rng.choice((-1.0, 1.0))
    alone, spoiled = np.zeros_like(plain.dout), plain.dout.copy()
    alone.flat[place], spoiled.flat[place] = 1, value
    reach, got = plain.fresh_gradients(alone), plain.fresh_gradients(spoiled)
    for name in trial.wanted:
        depends = np.abs(reach[name]) > 4 * plain.gradient_bound(name, alone)
        yield from _lost(trial, name, depends, got[name], f"an entry of dout is {value}; {UNSEEN}")


def _of_x(trial: Trial, plain: Trial) -> Iterator[Finding]:
    """Judge the gradients where x is special: what changes with the finite entry in its place depends on it.

    A winner's gradient does not depend on how large it is, and that of a smooth layer may be 0 at infinity.
    """
    arithmetic, fill = trial.layer.arithmetic, trial.case.fill
    drawn = trial.subject.interface.draws_mask
    if drawn or isinstance(arithmetic, Winner) or (fill == "inf" and not arithmetic.exact):
        return
    if any(finding.verdict.is_wrong for finding in _forward(trial)):
        return  # forward is to blame, and so its cache is no evidence against backward
    x = plain.tensors["x"]
    moved = np.where(np.isfinite(trial.tensors["x"]), x, x + 1).astype(x.dtype)
    there = plain.gradients(plain.call(x=moved), plain.dout.copy())
    for name in trial.wanted:
        least = 4 * plain.gradient_bound(name, plain.dout) + LEAST * np.abs(there[name]).max(initial=0.0)
        depends = np.abs(there[name] - plain.grads[name]) > least
        yield from _lost(
            trial,
            name,
            depends,
            trial.grads[name],
            f"an entry of x is {SPECIAL[fill]}; {UNSEEN}",
        )


def _lost(trial: Trial, name: str, depends: Array, got: Array, what: str) -> Iterator[Finding]:
    value = SPECIAL[trial.case.fill]
    judged = np.where(depends & np.isfinite(got), got, value)
    found = compare.difference(name, judged, np.full(got.shape, value))
    if found is not None:
        yield wrong_entry(trial, f"d{name}", found, what)


def derive(case: Case) -> Iterator[Case]:
    """Yield the case with a NaN, and with an infinity, if the layer defines the result."""
    if case.fill in SPECIAL:
        yield case
    for plain in ordinary(case):
        yield from (plain.but(fill=fill) for fill in SPECIAL if fill in plain.layer.numbers.kinds)


def _applies(subject: Subject, part: str) -> str | None:
    return None if set(SPECIAL) & set(subject.layer.numbers.kinds) else "the layer does not define a result"


SPECIAL_VALUES = Check(name="special", judge=special, by_value=True, derive=derive, cases=4, applies=_applies)
