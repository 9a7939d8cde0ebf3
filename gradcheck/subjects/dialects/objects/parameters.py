"""Where an object of a class has its parameters, once they are there."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from gradcheck.calling import guarded
from gradcheck.contract import SubjectError
from gradcheck.evidence import fill
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.objects.calls import case_of, made
from gradcheck.subjects.dialects.objects.expressing import composed
from gradcheck.subjects.dialects.objects.finding import pairs, placed
from gradcheck.subjects.dialects.objects.logs import Log
from gradcheck.subjects.dialects.objects.using import Used

PLACED = frozenset({"conv2d", "conv_transpose2d"})
"""Layers that may have a bias for each position."""

PARAMETERS = ("w", "W", "b", "gamma", "beta", "running_mean", "running_var")


def with_places(used: Used, have: set[str], members: Members, log: Log) -> Iterator[Used]:
    """Yield the use with the places of its parameters in each way that fits; as it is, where it passes them."""
    passed = {"W": "w"}
    known = {passed.get(role, role) for role in have} | have | set(used.given.values())
    case = case_of(used)
    needed = [name for name in PARAMETERS if name in case.shapes and name not in known]
    if not needed:
        yield used
        return
    initialised = (replace(used, steps=(*used.steps, *steps)) for steps in used.initial)
    for form in (used, *initialised, replace(used, warm=True)):
        try:
            found = list(_placed(form, needed, known, members))
        except SubjectError as problem:
            log.add(problem)
            continue
        if found:
            yield from found
            return
    log.add(f"{used.name} holds nothing of the shape of {needed[0]} {case.shapes[needed[0]]}")


def _placed(used: Used, needed: list[str], known: set[Any], members: Members) -> Iterator[Used]:
    case = case_of(used)
    layer = made(used, members, case.params, fill.tensors(case))
    held = pairs(guarded(used.name, members["arrays_with_paths"], layer))
    for bias in _biases(used, known):
        form = replace(used, express=composed(used.express, bias), own=bias)
        params = form.express(case.params)
        shapes = case.but(params=params).shapes
        wanted = [name for name in needed if name in shapes]
        any_found = False
        for places in placed(form.layer.name, wanted, shapes, held):
            names = {name for place in places for name in place.tensors}
            if set(wanted) - names <= {"running_mean", "running_var"}:
                any_found = True
                yield replace(form, places=places, tracked=_tracked(places))
        if any_found:
            return


def _tracked(places: Any) -> dict[str, str]:
    return {place.tensors[0]: place.path for place in places if place.tensors[0].startswith("running")}


def _biases(used: Used, known: set[Any]) -> list[Any]:
    """Return what expresses each kind of bias that the class may have."""
    if "bias" not in case_of(used).params or "b" in known:
        return [dict]
    kinds = ("shared", "position", "none") if used.layer.name in PLACED else ("shared", "none")
    return [partial(_with_bias, kind) for kind in kinds]


def _with_bias(kind: str, params: Any) -> dict[str, Any]:
    return {**params, "bias": kind}
