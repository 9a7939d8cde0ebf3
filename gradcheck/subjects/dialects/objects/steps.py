"""Gradients that are read from the steps of parameters, and means over the samples."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gradcheck.calling import guarded
from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Case
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.ways import Agreement, agreement, probe_of
from gradcheck.subjects.dialects.objects.calls import made
from gradcheck.subjects.dialects.objects.expressing import composed
from gradcheck.subjects.dialects.objects.rates import Rated
from gradcheck.subjects.dialects.objects.using import Used

OF_SUMS = ("learned_encoding",)
"""Layers whose parameters are no weights: nobody means a mean where it stands."""


def averaging(
    used: Used, case: Case, right: dict[str, Array], found: Mapping[tuple[Any, str], Array]
) -> Used:
    """Return the use, with all gradients of parameters as means over the samples where they are that."""
    count = case.params.get("n", 1)
    trained = [source for source in used.sources if source.place.tensors != ("x",)]
    if count == 1 or not trained or used.layer.name in OF_SUMS:
        return used
    for source in trained:
        given = source.place.ours(found[source.kind, source.key])
        values = [(numbers(given[name]), right[name]) for name in source.place.tensors]
        if any(
            value is None or agreement(value * count, true) is not Agreement.RIGHT for value, true in values
        ):
            return used
    sources = tuple(
        source if source.place.tensors == ("x",) else replace(source, is_mean=True) for source in used.sources
    )
    why = "gives the mean over the samples for the gradients of its parameters (reported here times their number)"
    return replace(used, sources=sources, express=composed(used.express, _binary)).noting(why)


def _binary(params: Params) -> dict[str, Any]:
    """Return the parameters with a number of samples by which a mean is exact."""
    return {**params, "n": 1 << (params["n"].bit_length() - 1)} if params["n"] else dict(params)


def steps_by_rate(used: Used) -> bool:
    """Return whether the class was handed the rate of its steps, or an optimizer that has it."""
    handed = [
        *used.making.values(),
        *used.back.values(),
        *(value for _, form in used.steps for value in form.values()),
    ]
    return any(getattr(value, "is_rate", False) for value in handed)


RATES = ("learning_rate", "lr", "learn_rate", "eta", "alpha", "l_rate", "_lr", "step_size")


def with_rate(used: Used, members: Members) -> Used | None:
    """Return the use with the rate that an object holds replaced by ours; None if it holds none."""
    probe = probe_of(used.layer)
    case = probe.but(params=used.express(probe.params))
    flat = list(
        guarded(used.name, members["plain_attributes"], made(used, members, case.params, fill.tensors(case)))
    )
    name = next((each for each in RATES if each in flat[::2]), None)
    return None if name is None else replace(used, attributes={**used.attributes, name: Rated()})
