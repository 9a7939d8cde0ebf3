"""The check `special`: NaN and infinity reach the outputs and the gradients that depend on them."""

from collections.abc import Iterator

import numpy as np

from gradcheck.checks.check import Check, ordinary
from gradcheck.contract import Array, Arrays, Case, Subject
from gradcheck.evidence import compare
from gradcheck.evidence.arithmetic import Linear, Winner
from gradcheck.evidence.fill import SPECIAL, generator
from gradcheck.evidence.findings import note, wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding

SPREADS = "NaN spreads to outputs that do not depend on it"
MASKED = "a score of -inf, that of a masked class, makes the loss NaN"

LEAST = 1e-6
"""A gradient that changes by a smaller share of the largest is not taken to depend on what was changed."""

LOW = -1e5
"""A score whose class has no probability, as one of -inf has none."""


UNSEEN = "the gradient does not show it"


def special(trial: Trial, part: str) -> Iterator[Finding]:
    """NaN and infinity reach the outputs that depend on them.

    An entry of x, or one of each other tensor, is NaN or infinite. Comparisons with NaN are false, so that
    `if v > best` and np.where(x > 0, x, 0) lose it: use np.max and np.maximum. That further outputs become NaN, as
    0 * NaN makes them, is a note. In backward an entry of dout is NaN or infinite, and then one of a tensor: gradients
    that depend on it must show it, so that a network that diverges is noticed, and those that are finite must be right.
    Do not use np.nan_to_num, and clip gradients in the optimiser. Scores of masked classes are -inf: their probability
    is 0, and so is their gradient.
    """
    if trial.case.fill == "masked":
        yield from (_masked_loss if part == "forward" else _masked_gradient)(trial)
    else:
        yield from (_forward if part == "forward" else _backward)(trial)


def _masked_loss(trial: Trial) -> Iterator[Finding]:
    out = np.asarray(trial.out(), dtype=np.float64)
    if np.isnan(out).all():
        yield note(trial, MASKED, "out")
        return
    found = compare.difference("out", out, trial.reference.here[0], trial.output_bound)
    if found is not None:
        yield wrong_entry(trial, "out", found, "not the layer's output where scores are -inf")


def _masked_gradient(trial: Trial) -> Iterator[Finding]:
    """Compare with the gradient where the masked scores are finite, and so low that it must be the same."""
    if not trial.forward_is_right:
        return
    low = np.where(np.isneginf(trial.tensors["x"]), LOW, trial.tensors["x"])
    expected = trial.gradients(trial.call(x=low), trial.dout.copy())["x"].copy()
    found = compare.difference("x", trial.grads["x"], expected, 4 * trial.gradient_bound("x", trial.dout))
    if found is not None:
        yield wrong_entry(trial, "dx", found, f"with scores of -inf not what it is with {LOW:g}")


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
    And so may a norm that multiplies x by gamma first, and adds the rest afterwards.
    """
    is_sum = isinstance(trial.layer.arithmetic, Linear) and trial.layer.numbers.dropped is None
    undetermined = np.zeros(out.shape, dtype=bool)
    if is_sum or trial.case.fill == "inf-others":
        undetermined = np.isinf(expected) & np.isnan(out)
    if trial.case.fill == "inf-others":
        undetermined |= ~np.isfinite(expected) & ~np.isfinite(out) & _has_no_sign(trial)
    return np.asarray(~np.isfinite(out) & ~_depends(trial) | undetermined)


def _has_no_sign(trial: Trial) -> Array:
    """Return where what an infinity is multiplied by is 0 within its rounding, as x at its mean in a norm.

    Then the product is infinite, of either sign, or NaN.
    """
    spoiled = _specials(trial.reference.tensors)
    one, two = (
        trial.reference.forward(
            **trial.reference.tensors
            | {name: np.where(np.isfinite(values), values, number) for name, values in spoiled.items()}
        )[0]
        for number in (1.0, 2.0)
    )
    return np.asarray(np.abs(two - one) <= 4 * trial.output_bound)


def _depends(trial: Trial) -> Array:
    """Return which outputs depend on a special entry: those that become NaN in the reference when it is NaN."""
    spoiled = _specials(trial.reference.tensors)
    with_nan = {name: np.where(np.isfinite(values), values, np.nan) for name, values in spoiled.items()}
    out, _ = trial.reference.forward(**{**trial.reference.tensors, **with_nan})
    return np.asarray(np.isnan(out))


def _specials(tensors: Arrays) -> Arrays:
    """Return the tensors with an entry that is not finite."""
    floats = {name: values for name, values in tensors.items() if values.dtype.kind == "f"}
    return {name: values for name, values in floats.items() if not np.isfinite(values).all()}


def _dropped(trial: Trial, out: Array) -> Array:
    """Return where the output is NaN or 0 because the mask drops a special entry: both are right."""
    dropped = trial.layer.numbers.dropped
    if dropped is None:
        return np.zeros(out.shape, dtype=bool)
    tensors = trial.reference.tensors
    return np.asarray(dropped(tensors) & ~np.isfinite(tensors["x"]) & (np.isnan(out) | (out == 0)))


def _backward(trial: Trial) -> Iterator[Finding]:
    """Judge one-sidedly: a gradient that depends on NaN or infinity is not finite; another is right if it is finite."""
    plain = trial.on(trial.case.but(fill="plain"))
    plain.out()  # without an output there is nothing to judge
    if not plain.forward_is_right:
        return
    in_dout = not trial.subject.interface.fused and not trial.case.fill.endswith("others")
    found = list(_of_dout(trial, plain)) if in_dout else []
    yield from found or _of_tensors(trial, plain)


def _of_dout(trial: Trial, plain: Trial) -> Iterator[Finding]:
    """Spoil one entry of dout: what is not zero where this entry alone is 1 depends on it."""
    rng = generator(trial.case, "special", 1)
    value, place = SPECIAL[trial.case.fill], rng.integers(plain.dout.size)
    alone, spoiled, without = np.zeros_like(plain.dout), plain.dout.copy(), plain.dout.copy()
    alone.flat[place], spoiled.flat[place], without.flat[place] = 1, value, 0
    reach, got, rest = (plain.fresh_gradients(dout) for dout in (alone, spoiled, without))
    for name in trial.wanted:
        bound = 4 * plain.gradient_bound(name, plain.dout)
        depends = np.abs(reach[name]) > 4 * plain.gradient_bound(name, alone)
        what = f"an entry of dout is {value}"
        yield from _lost(trial, name, depends, got[name], what)
        yield from _changed(trial, name, reach[name] != 0, got[name], rest[name], bound, what)


def _of_tensors(trial: Trial, plain: Trial) -> Iterator[Finding]:
    """Judge the gradients where a tensor is special: what changes with the finite entry in its place depends on it.

    A winner's gradient does not depend on how large it is, and that of a smooth layer may be 0 at infinity.
    """
    arithmetic = trial.layer.arithmetic
    if trial.subject.interface.draws_mask or isinstance(arithmetic, Winner):
        return
    if any(finding.verdict.is_wrong for finding in _forward(trial)):
        return  # forward is to blame, and so its cache is no evidence against backward
    moved = {
        name: np.where(np.isfinite(values), plain.tensors[name], plain.tensors[name] + 1).astype(values.dtype)
        for name, values in _specials(trial.tensors).items()
    }
    there = plain.gradients(plain.call(**moved), plain.dout.copy())
    value = SPECIAL[trial.case.fill]
    what = f"an entry of {', '.join(moved)} is {value}"
    for name in trial.wanted:
        bound = 4 * plain.gradient_bound(name, plain.dout)
        least = bound + LEAST * np.abs(there[name]).max(initial=0.0)
        depends = np.abs(there[name] - plain.grads[name]) > least
        if np.isnan(value) or arithmetic.exact:
            yield from _lost(trial, name, depends, trial.grads[name], what)
        yield from _changed(
            trial, name, there[name] != plain.grads[name], trial.grads[name], plain.grads[name], bound, what
        )


def _lost(trial: Trial, name: str, depends: Array, got: Array, what: str) -> Iterator[Finding]:
    value = SPECIAL[trial.case.fill]
    judged = np.where(depends & np.isfinite(got), got, value)
    found = compare.difference(name, judged, np.full(got.shape, value))
    if found is not None:
        yield wrong_entry(trial, f"d{name}", found, f"{what}; {UNSEEN}")


def _changed(
    trial: Trial, name: str, depends: Array, got: Array, expected: Array, bound: float, what: str
) -> Iterator[Finding]:
    """Compare the finite gradients that do not depend on the special entry."""
    found = compare.difference(name, np.where(depends | ~np.isfinite(got), expected, got), expected, bound)
    if found is not None:
        yield wrong_entry(trial, f"d{name}", found, f"{what}, on which this gradient does not depend")


def derive(case: Case) -> Iterator[Case]:
    """Yield the case with a NaN, and with an infinity, if the layer defines the result."""
    if case.fill in SPECIAL or case.fill == "masked":
        yield case
    for plain in ordinary(case):
        kinds = plain.layer.numbers.kinds
        yield from (plain.but(fill=fill) for fill in (*SPECIAL, "masked") if fill.removeprefix("-") in kinds)


def _applies(subject: Subject, part: str) -> str | None:
    return None if set(SPECIAL) & set(subject.layer.numbers.kinds) else "the layer does not define a result"


SPECIAL_VALUES = Check(name="special", judge=special, by_value=True, derive=derive, cases=7, applies=_applies)
