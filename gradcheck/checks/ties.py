"""The check `ties`: backward at ties and kinks."""

from collections.abc import Iterator

import numpy as np

from gradcheck.checks.check import Check, ordinary
from gradcheck.contract import Array, Case, Subject
from gradcheck.evidence.exact import change, unit_step
from gradcheck.evidence.findings import fault, note
from gradcheck.evidence.trial import Trial
from gradcheck.layers import BY_NAME
from gradcheck.report import Finding

CONVENTIONS = {
    "first": "of several equal inputs the first gets the gradient",
    "last": "of several equal inputs the last gets the gradient",
    "shared": "several equal inputs share the gradient evenly",
    "full": "each of several tied inputs gets the whole gradient: their shares add up to more than all of it",
    "zero": "at the kink, where two slopes meet, the slope on the side of smaller x is used",
    "one": "at the kink, where two slopes meet, the slope on the side of larger x is used",
}

MOST_NUMBERS = 64
"""In x: the check takes two forwards for each of them, and a backward for each output."""

FILLS = ("ties", "blank")

TOO_MANY = 1024
"""With so many in x, and as many in the output, the slopes take 8 MB and some thousand forwards."""

NOT_A_SUBGRADIENT = (
    "dx must share the gradient among the inputs that tie (any split that adds up to all of it is right), and be 0 "
    "elsewhere"
)


def ties(trial: Trial, part: str) -> Iterator[Finding]:
    """At a tie or a kink backward returns a gradient from one of the two sides, or one between them.

    Which of several equal maxima gets the gradient, and which slope ReLU has at 0, is a convention, and a note (any of
    these is called a subgradient). But only inputs that tie may get it, and their shares must add up to all of it.
    """
    _ = trial.returned  # where the subject gives nothing, the slopes are not needed, and they take long
    lower, upper, falling, rising = _slopes(trial)
    seen: set[str] = set()
    # One output at a time: otherwise the weights of different windows would add up in dx.
    for position in np.ndindex(*trial.case.output_shape):
        dout = np.zeros(trial.case.output_shape)
        dout[position] = 1.0
        got = trial.fresh_gradients(dout)["x"].ravel()
        sides, together = (
            (lower[position], upper[position]),
            (float(falling[position]), float(rising[position])),
        )
        kind = _convention(got, *sides, is_alone=_are_alone(*sides, *together))
        slack = 0.0 if trial.case.exact else trial.gradient_bound("x", dout) + 2 * trial.output_bound
        if not _is_subgradient(got, *sides, together, slack) and kind != "full":
            index = ", ".join(map(str, position))
            yield fault(trial, f"for out[{index}] alone, {NOT_A_SUBGRADIENT}", tensor="dx")
            return
        seen |= {kind} - {"none"}
    if "full" in seen:
        report = note if "full-credit" in trial.subject.interface.conventions else fault
        yield report(trial, CONVENTIONS["full"], tensor="dx")
        return
    for kind in sorted(seen):
        yield note(
            trial,
            CONVENTIONS.get(kind, "at the kink, where two slopes meet, a slope between the two is used"),
            "dx",
        )


def _slopes(trial: Trial) -> tuple[Array, Array, Array, Array]:
    """Return the change of each output if one input falls, if one rises, if all fall, and if all rise, by 1.

    The first two arrays have the output's shape, and a last axis for the input's flat index.
    """
    f, x = trial.reference.of("x"), trial.reference.tensors["x"]
    middle = f(x)
    steps = [unit_step(x, i) for i in range(x.size)]
    lower = np.stack([change(middle, f(x - step)) for step in steps], axis=-1)
    upper = np.stack([change(f(x + step), middle) for step in steps], axis=-1)
    return lower, upper, change(middle, f(x - 1.0)), change(f(x + 1.0), middle)


def _is_subgradient(
    got: Array, lower: Array, upper: Array, together: tuple[float, float], slack: float
) -> bool:
    """Return whether the weights are between the one-sided slopes, and add up to what is between those of all inputs.

    Of several winners the two are equal: where all rise or fall, so does the maximum. Of several kinks, they are not.
    """
    inside = (got >= np.minimum(lower, upper) - slack) & (got <= np.maximum(lower, upper) + slack)
    total = float(got.sum())
    adds_up = min(together) <= total <= max(together) or bool(np.isclose(total, together).any())
    return bool(inside.all() and (adds_up or (upper > lower).sum() < 2))


def _are_alone(lower: Array, upper: Array, falling: float, rising: float) -> bool:
    """Return whether each input has a kink of its own: what all of them change is the sum of what each one changes."""
    return bool(np.isclose(lower.sum(), falling) and np.isclose(upper.sum(), rising))


def _convention(got: Array, lower: Array, upper: Array, *, is_alone: bool) -> str:
    """Return the name of the convention by which a tie was credited; "none" if there is no tie."""
    winners = np.flatnonzero(upper > lower)
    weights = got[winners]
    if winners.size == 0:
        return "none"
    if is_alone:
        below, above = lower[winners], upper[winners]
        return "zero" if np.allclose(weights, below) else "one" if np.allclose(weights, above) else "between"
    if (weights == 1).all():
        return "full"
    if np.allclose(weights, 1 / winners.size):
        return "shared"
    return {0: "first", winners.size - 1: "last"}.get(int(np.argmax(weights)), "mixed")


def derive(case: Case) -> Iterator[Case]:
    """Yield the case filled with ties; before it, one with fewer samples and channels where x has many numbers.

    After the first comes the same with nothing but zeros, where all inputs tie.
    """
    if case.fill in FILLS:
        yield case
    for plain in ordinary(case):
        if "ties" in plain.layer.numbers.kinds:
            several = [each for each in (*_smaller(plain), plain) if each.size <= TOO_MANY]
            with_zeros = [each.but(fill="blank") for each in several[:1] if each.layer.name in BY_NAME]
            tied = [each.but(fill="ties") for each in several]
            yield from (*tied[:1], *with_zeros, *tied[1:])


def _smaller(case: Case) -> Iterator[Case]:
    """Yield the case with one sample, or one channel too, if that is needed and enough for `MOST_NUMBERS`."""
    for name in ("n", "c"):
        if case.size > MOST_NUMBERS and name in case.params:
            case = case.but(params={**case.params, name: 1})
            if case.size <= MOST_NUMBERS:
                yield case


def _applies(subject: Subject, part: str) -> str | None:
    if not subject.interface.gives("x"):
        return "backward gives no gradient of x"
    return None if "ties" in subject.layer.numbers.kinds else "equal inputs are nothing special to this layer"


TIES = Check(
    name="ties", judge=ties, by_value=True, parts=("backward",), derive=derive, cases=2, applies=_applies
)
