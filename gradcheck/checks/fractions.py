"""The check `fractions`: results are right for numbers that are not integers too."""

from collections.abc import Iterator

from gradcheck.checks.check import Check, ordinary
from gradcheck.checks.output import output
from gradcheck.contract import Case, Subject
from gradcheck.evidence import compare
from gradcheck.evidence.findings import against, wrong_entry
from gradcheck.evidence.probing import is_right_on_quarters, whole_difference
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding

FILLS = ("thirds", "quarters")
"""Thirds are rounded in every dtype. Quarters are exact in binary, so that the gradient must be equal again."""


def fractions(trial: Trial, part: str) -> Iterator[Finding]:
    """Numbers that are not integers are treated alike.

    The exact checks use integers, on which a floor division (//), a rounding or an integer buffer shows no error. Here
    the inputs, and then dout, are thirds: results may differ by rounding only. Then the inputs are integers plus a
    quarter: gradients must be equal.
    """
    if part == "forward":
        yield from output(trial, part)
    elif trial.case.fill == "quarters":
        yield from _on_quarters(trial)
    else:
        yield from _on_thirds(trial)


def _on_quarters(trial: Trial) -> Iterator[Finding]:
    """Compare a slope with the true one, which is exact on binary fractions; if it differs, the whole gradient.

    A gradient that is wrong on integers too is left to the check `gradient`.
    """
    plain = trial.on(trial.case.but(fill="plain"))
    for name in trial.wanted:
        found = None if is_right_on_quarters(trial, name) else whole_difference(trial, name, trial.dout)
        if found is None or (found.difference and whole_difference(plain, name, plain.dout) is not None):
            continue
        yield against(trial, name, found, "not the gradient where the inputs are not integers")


def _on_thirds(trial: Trial) -> Iterator[Finding]:
    """Compare the gradient for a third of dout with a third of the gradient."""
    whole, third = trial.fresh_gradients(trial.dout), trial.fresh_gradients(trial.dout / 3)
    for name in trial.wanted:
        bound = 4 * trial.gradient_bound(name, trial.dout)
        found = compare.difference(name, third[name], whole[name] / 3, bound)
        if found is not None:
            yield wrong_entry(
                trial, f"d{name}", found, "a third of dout does not give a third of the gradient"
            )


def derive(case: Case) -> Iterator[Case]:
    """Yield the case filled with thirds, and with quarters."""
    if case.fill in FILLS:
        yield case
    yield from (plain.but(fill=fill) for plain in ordinary(case) if plain.exact for fill in FILLS)


def _applies(subject: Subject, part: str) -> str | None:
    if not subject.layer.arithmetic.exact:
        return "the layer is checked on such numbers anyway"
    return (
        "this interface has no upstream gradient" if part == "backward" and subject.interface.fused else None
    )


FRACTIONS = Check(name="fractions", judge=fractions, by_value=True, derive=derive, cases=6, applies=_applies)
