"""The check `gradient`: backward returns the derivative."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.evidence.findings import against
from gradcheck.evidence.probing import exact_suspects, explain
from gradcheck.evidence.smooth import smooth_differences
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def gradient(trial: Trial, part: str) -> Iterator[Finding]:
    """Backward returns the derivative of the layer.

    Each gradient is compared with differences of the right forward. A linear, piecewise linear or quadratic layer is
    compared on integers, without a tolerance; a smooth layer within a computed error bound.
    """
    if not trial.layer.arithmetic.exact:
        for name, evidence in smooth_differences(trial).items():
            yield against(trial, name, evidence)
        return
    for name in exact_suspects(trial):
        found = explain(trial, name)
        if found is not None:
            yield against(trial, name, found)


GRADIENT = Check(name="gradient", judge=gradient, parts=("backward",), by_tensor=True)
