"""The check `output`: forward agrees with the reference."""

from collections.abc import Iterator

import numpy as np

from gradcheck.calling.results import array_of
from gradcheck.checks.check import Check
from gradcheck.evidence import compare
from gradcheck.evidence.fill import SPECIAL
from gradcheck.evidence.findings import wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def output(trial: Trial, part: str) -> Iterator[Finding]:
    """Forward returns the layer's output.

    It is compared with the reference. If the arithmetic is exact (sums and products of small integers), both must be
    equal; otherwise they may differ by rounding, whose size is measured. Running statistics are part of the output:
    in the cache, or in the arrays that were passed in, if forward updates these in place.
    """
    out = trial.out()
    expected, cache = trial.reference.here
    bound = trial.output_bound
    found = compare.difference("out", out, expected, bound)
    if found is not None:
        yield wrong_entry(trial, "out", found, "not the layer's output")
    for name in trial.layer.shapes.tracked:
        value, wanted = trial.first.outputs.get(name), getattr(cache, name)
        if value is None or wanted is None:
            continue
        worst = compare.difference(name, array_of(name, value, np.shape(wanted)), wanted, bound)
        if worst is not None:
            yield wrong_entry(trial, name, worst, "not the updated running statistic")


OUTPUT = Check(name="output", judge=output, parts=("forward",))
