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
    if trial.layer.arithmetic.exact:
        found = {name: explain(trial, name) for name in exact_suspects(trial)}
    else:
        found = {**smooth_differences(trial)}
    for name, evidence in found.items():
        if evidence is not None:
            yield against(trial, name, evidence)


GRADIENT = Check(name="gradient", judge=gradient, parts=("backward",), by_tensor=True)
