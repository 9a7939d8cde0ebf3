"""The check `gradient`: backward returns the derivative."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.checks.precision import with_digits
from gradcheck.evidence.compare import Evidence
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
    if not trial.case.exact:
        for name, evidence in smooth_differences(trial).items():
            yield _told(trial, name, evidence)
        return
    for name, dout in exact_suspects(trial).items():
        found = explain(trial, name, dout)
        if found is not None:
            yield _told(trial, name, found)


def _told(trial: Trial, name: str, evidence: Evidence) -> Finding:
    return against(trial, name, evidence, with_digits(trial, evidence.difference, "not the gradient"))


GRADIENT = Check(name="gradient", judge=gradient, by_value=True, parts=("backward",), by_tensor=True)
