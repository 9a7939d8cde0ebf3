"""The check `shapes`: results have the right number and the right shapes."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from gradcheck.calling.results import array_of
from gradcheck.checks.check import Check
from gradcheck.contract import Malformed, Shape, SubjectError
from gradcheck.evidence.findings import fault, note
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def shapes(trial: Trial, part: str) -> Iterator[Finding]:
    """The function returns the right number of results, each an array of the right shape.

    A convolution's output has (H + pads - d (k - 1) - 1) // stride + 1 rows, and columns likewise. A gradient has the
    shape of its tensor. Axes of extent 1 too many or too few, (1, D) for (D,), are a convention, and a note, if a
    batch of one has no other axes than a larger one. An output or dx that loses such an axis, as a batch of one does in
    np.squeeze, is no use to the layer next to it.
    """
    try:
        if part == "forward":
            trial.out()
            yield from _judge(trial, {"out": trial.first.outputs["out"]}, {"out": trial.case.output_shape})
            return
        returned = trial.returned
    except Malformed as problem:
        yield fault(trial, str(problem))
        return
    shape_of = trial.case.shapes
    wanted = {f"d{name}": shape_of[name] for name in trial.wanted}
    yield from _judge(trial, {f"d{name}": returned.get(name) for name in trial.wanted}, wanted)


def _judge(trial: Trial, values: Mapping[str, Any], wanted: Mapping[str, Shape]) -> Iterator[Finding]:
    for name, value in values.items():
        try:
            array_of(name, value, wanted[name])
        except Malformed as problem:
            yield fault(trial, str(problem), tensor=name)
            continue
        given = np.shape(value)
        if given != wanted[name]:
            is_squeezed = name in ("out", "dx") and len(given) < len(wanted[name])
            # Where all axes have one entry, loops over them leave any number of axes.
            is_fault = np.size(value) > 1 and (is_squeezed or not _is_convention(trial, name))
            finding = fault if is_fault else note
            yield finding(trial, f"{name} has shape {given}; expected {wanted[name]}", tensor=name)


def _is_convention(trial: Trial, name: str) -> bool:
    """Return whether a gradient has other axes for two samples, too, where the case has one."""
    two = trial.case.but(params={**trial.params, "n": 2})
    if (
        trial.params.get("n") != 1
        or name == "out"
        or two.flaw is not None
        or not trial.subject.interface.has(two)
    ):
        return True
    other, tensor = Trial(trial.subject, two), name.removeprefix("d")
    with suppress(SubjectError):
        return bool(np.shape(other.returned[tensor]) != two.shapes[tensor])
    return True


SHAPES = Check(name="shapes", judge=shapes, by_value=True)
