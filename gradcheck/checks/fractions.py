"""Numbers that are no integers are treated alike."""

from collections.abc import Iterator

from gradcheck import compare
from gradcheck.case import Case
from gradcheck.checks.output import output
from gradcheck.contract import Check, Subject, ordinary
from gradcheck.report import Finding
from gradcheck.trials.findings import wrong_entry
from gradcheck.trials.trial import Trial


def fractions(trial: Trial, part: str) -> Iterator[Finding]:
    """Numbers that are no integers are treated alike.

    The exact checks use integers, on which a floor division, a rounding or an integer buffer does no harm. Here x,
    and then dout, are thirds, and the result may differ by rounding only.
    """
    if part == "forward":
        yield from output(trial, part)
        return
    whole, third = trial.fresh_gradients(trial.dout), trial.fresh_gradients(trial.dout / 3)
    for name in trial.wanted:
        bound = 4 * trial.gradient_bound(name, trial.dout)
        found = compare.difference(name, third[name], whole[name] / 3, bound)
        if found is not None:
            yield wrong_entry(
                trial, f"d{name}", found, "a third of dout does not give a third of the gradient"
            )


def derive(case: Case) -> Iterator[Case]:
    """Yield the case filled with thirds."""
    if case.fill == "thirds":
        yield case
    yield from (plain.but(fill="thirds") for plain in ordinary(case))


def _applies(subject: Subject, part: str) -> str | None:
    if not subject.layer.arithmetic.exact:
        return "the layer is checked on such numbers anyway"
    return "this interface has no upstream gradient" if part == "backward" and subject.fused else None


FRACTIONS = Check(name="fractions", judge=fractions, derive=derive, cases=3, applies=_applies)
