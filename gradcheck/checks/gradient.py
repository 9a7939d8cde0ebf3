"""Backward returns the derivative of the layer."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.evidence.evidence import exact_suspects, explain
from gradcheck.evidence.findings import fault, wrong_entry
from gradcheck.evidence.smooth import smooth_differences
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding, Verdict


def gradient(trial: Trial, part: str) -> Iterator[Finding]:
    """Backward returns the derivative of the layer.

    Checked for every differentiable input against differences of the right forward: on integers and without a
    tolerance where the layer is linear or piecewise linear, with a computed error bound where it is smooth.
    """
    if trial.layer.arithmetic.exact:
        found = {name: explain(trial, name) for name in exact_suspects(trial)}
    else:
        found = smooth_differences(trial)
    for name, difference in found.items():
        if isinstance(difference, str):
            yield fault(trial, difference, Verdict.INCONCLUSIVE, f"d{name}")
        elif difference is not None:
            yield wrong_entry(trial, f"d{name}", difference, "not the gradient")


GRADIENT = Check(name="gradient", judge=gradient, parts=("backward",), by_tensor=True)
