"""The check `output`: forward agrees with the reference."""

from collections.abc import Iterator

import numpy as np

from gradcheck.calling.results import array_of
from gradcheck.checks.check import Check, ordinary
from gradcheck.checks.precision import with_digits
from gradcheck.contract import Array, Case
from gradcheck.evidence import compare
from gradcheck.evidence.findings import wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.layers import BY_NAME
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
        yield wrong_entry(trial, "out", found, with_digits(trial, found, "not the layer's output"))
    for name in trial.layer.shapes.tracked:
        value, wanted = trial.first.outputs.get(name), getattr(cache, name)
        if value is None or wanted is None:
            continue
        values = array_of(name, value, np.shape(wanted))
        worst = compare.difference(name, values, wanted, trial.tracked_bounds[name])
        if worst is not None and not _is_in_cache(trial, name, values, wanted):
            yield wrong_entry(trial, name, worst, "not the value of the running statistic after this call")


def _is_in_cache(trial: Trial, name: str, values: Array, wanted: Array) -> bool:
    """Return whether an interface without a name for it keeps the updated statistic somewhere in the cache."""
    anywhere = "running-in-the-cache" in trial.subject.interface.conventions
    if not anywhere or not np.array_equal(values, trial.tensors[name]):
        return False
    same = (each for each in trial.first.cached() if each.shape == wanted.shape and each.dtype.kind == "f")
    return any(compare.difference(name, each, wanted, trial.tracked_bounds[name]) is None for each in same)


def derive(case: Case) -> Iterator[Case]:
    """Yield the case; where inputs may tie, after the first of the battery one with ties, and one of nothing but zeros.

    The gradient at a tie is a convention, the output is not.
    """
    if case.fill == "ties":
        yield case
    for plain in ordinary(case):
        yield plain
        yield from (each for at, each in _tied(plain) if plain.geometry in (at, each.geometry))


def _tied(plain: Case) -> Iterator[tuple[str, Case]]:
    """Yield the cases with ties, each with the geometry after which it comes.

    They have more samples: no other call has their shapes, so that what is kept by shape is left to other checks.
    """
    first = plain.layer.case(plain.layer.cases.battery[0], seed=plain.seed)
    if "ties" in plain.layer.numbers.kinds and "n" in first.params:
        fills = ("ties", "blank") if plain.layer.name in BY_NAME else ("ties",)
        for more, fill in enumerate(fills, 1):
            larger = first.but(params={**first.params, "n": first.params["n"] + more})
            yield first.geometry, larger.but(fill=fill, dtype=plain.dtype)


OUTPUT = Check(name="output", judge=output, by_value=True, parts=("forward",), derive=derive)
