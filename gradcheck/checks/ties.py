"""At a tie or a kink backward returns a subgradient."""

from collections.abc import Iterator

import numpy as np

from gradcheck.case import Case
from gradcheck.contract import Array, Check, Subject, ordinary
from gradcheck.exact import unit_step
from gradcheck.findings import fault, note
from gradcheck.report import Finding
from gradcheck.trial import Trial

CONVENTIONS = {
    "first": "a tie is credited to its first winner",
    "last": "a tie is credited to its last winner",
    "shared": "a tie is shared evenly among its winners",
    "full": "every tied winner is credited in full: the weights do not sum to one",
    "zero": "the slope at the kink is taken from below",
    "one": "the slope at the kink is taken from above",
}

NOT_A_SUBGRADIENT = "dx is no subgradient: its weights must lie on the winners and sum to one"


def ties(trial: Trial, part: str) -> Iterator[Finding]:
    """At a tie or a kink backward returns a subgradient.

    Which of several equal maxima takes the gradient, and what the slope of ReLU is at 0, is a convention, and a note.
    But the weights must lie on the winners and sum to one.
    """
    seen: set[str] = set()
    for position in np.ndindex(*trial.layer.output(trial.params)):
        dout = np.zeros(trial.layer.output(trial.params))
        dout[position] = 1.0
        got = trial.gradients(trial.first, dout.copy())["x"]
        lower, upper = _one_sided(trial, dout)
        fair = bool(np.isclose(got.sum(), _total(trial, dout)) if (upper > lower).sum() > 1 else True)
        inside = bool(((got >= np.minimum(lower, upper)) & (got <= np.maximum(lower, upper))).all())
        kind = _convention(got, lower, upper)
        if not inside or (not fair and kind != "full"):
            index = ", ".join(map(str, position))
            yield fault(trial, f"for out[{index}] alone, {NOT_A_SUBGRADIENT}", tensor="dx")
            return
        seen |= {kind} - {"none"}
    if "full" in seen:
        tell = note if "full-credit" in trial.subject.conventions else fault
        yield tell(trial, CONVENTIONS["full"], tensor="dx")
        return
    for kind in sorted(seen):
        yield note(
            trial, CONVENTIONS.get(kind, "the slope at the kink lies between the one-sided slopes"), "dx"
        )


def _one_sided(trial: Trial, dout: Array) -> tuple[Array, Array]:
    """Return the slopes of one output when each input falls and when it rises, by steps of 1."""
    f, x = trial.reference.of("x"), trial.reference.tensors["x"]
    middle = f(x)
    lower, upper = np.zeros(x.size), np.zeros(x.size)
    for i in range(x.size):
        step = unit_step(x, i)
        lower[i] = np.sum(dout * (middle - f(x - step)))
        upper[i] = np.sum(dout * (f(x + step) - middle))
    return lower.reshape(x.shape), upper.reshape(x.shape)


def _total(trial: Trial, dout: Array) -> float:
    """Return the slope of one output when all inputs rise together."""
    f, x = trial.reference.of("x"), trial.reference.tensors["x"]
    return float(np.sum(dout * (f(x + 1.0) - f(x))))


def _convention(got: Array, lower: Array, upper: Array) -> str:
    """Name how a tie was credited; "none" where there is no tie."""
    winners = np.flatnonzero((upper > lower).ravel())
    weights = got.ravel()[winners]
    if winners.size == 0:
        return "none"
    if winners.size == 1:
        below, above = lower.ravel()[winners[0]], upper.ravel()[winners[0]]
        return "zero" if weights[0] == below else "one" if weights[0] == above else "between"
    if (weights == 1).all():
        return "full"
    if np.allclose(weights, 1 / winners.size):
        return "shared"
    return {0: "first", winners.size - 1: "last"}.get(int(np.argmax(weights)), "mixed")


def derive(case: Case) -> Iterator[Case]:
    """Yield the case filled with ties."""
    if case.fill == "ties":
        yield case
    for plain in ordinary(case):
        if "ties" in plain.layer.fills:
            yield plain.but(fill="ties")


def _applies(subject: Subject, part: str) -> str | None:
    return None if "ties" in subject.layer.fills else "the layer has no ties and no kinks"


TIES = Check(name="ties", judge=ties, parts=("backward",), derive=derive, cases=1, applies=_applies)
