"""Where the gradients of a class are after backward: returned, held, or in the step of a parameter."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck.calling import guarded
from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Case, SubjectError
from gradcheck.evidence import fill
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.layouts import OURS
from gradcheck.subjects.dialects.inferred.ways import probe_of
from gradcheck.subjects.dialects.objects.calls import backward, forward, made, output_and_cache
from gradcheck.subjects.dialects.objects.finding import is_gradient, pairs
from gradcheck.subjects.dialects.objects.logs import Log
from gradcheck.subjects.dialects.objects.places import Place, Source
from gradcheck.subjects.dialects.objects.rates import rate_of
from gradcheck.subjects.dialects.objects.sources import Candidate, sources_of
from gradcheck.subjects.dialects.objects.steps import averaging, steps_by_rate, with_rate
from gradcheck.subjects.dialects.objects.using import Used


def with_gradients(used: Used, members: Members, log: Log) -> Iterator[Used]:
    """Yield the use with the sources of its gradients; as it is, where backward cannot be called."""
    probe = probe_of(used.layer)
    case = probe.but(params=used.express(probe.params))
    tensors = fill.tensors(case)
    try:
        found, changed = _after_backward(used, members, case, tensors)
        if any(each.kind == "step" for each in found) and not steps_by_rate(used):
            form = with_rate(used, members)
            if form is None:
                found = [each for each in found if each.kind != "step"]
            else:
                used = form
                found, changed = _after_backward(used, members, case, tensors)
    except SubjectError as problem:
        log.add(problem)
        yield replace(used, sources=_expected_sources(used), fresh=True)
        return
    right = _right(case, tensors)
    sources = tuple(sources_of(used, case, right, found))
    form = replace(used, sources=sources or _expected_sources(used), fresh=changed)
    yield averaging(form, case, right, {(each.kind, each.key): each.values for each in found})


def _expected_sources(used: Used) -> tuple[Source, ...]:
    first = used.layer.shapes.differentiable[0]
    return (Source("returned", "", Place((first,), "", used.x if first == "x" else OURS)),)


def _after_backward(
    used: Used, members: Members, case: Case, tensors: Arrays
) -> tuple[list[Candidate], bool]:
    """Return the arrays that backward leaves, and whether the object is not what it was. Raises SubjectError."""
    layer, values = made(used, members, case.params, tensors), used.values(tensors)
    out, cache = output_and_cache(forward(used, layer, case.params, values))
    before = dict(_held(used, members, layer))
    dout = np.ones(()) if used.layer.shapes.is_loss else fill.upstream(case)
    given = {
        **values,
        "dout": used.out.theirs(dout) if dout.ndim else float(dout),
        "cache": cache,
        "out": out,
    }
    returned = backward(used, layer, case.params, given)
    after = dict(_held(used, members, layer))
    parameters = {place.path for place in used.places}
    steps = [
        Candidate("step", path, (before[path] - values) / rate_of(case.params), False)
        for path, values in after.items()
        if path in parameters
        and before[path].shape == values.shape
        and not np.array_equal(before[path], values)
    ]
    held = [
        Candidate("held", path, values, is_gradient(path))
        for path, values in after.items()
        if path not in parameters and (is_gradient(path) or not _same(before.get(path), values))
    ]
    held.sort(key=lambda each: not each.had_name)
    return [*_returned(used, members, returned), *steps, *held], bool(steps) or _accumulates(before, after)


def _accumulates(before: Mapping[str, Array], after: Mapping[str, Array]) -> bool:
    """Return whether backward changes what the object held: a second one may give something else."""
    return any(path in after and not _same(values, after[path]) for path, values in before.items())


def _same(one: Array | None, other: Array) -> bool:
    return one is not None and one.shape == other.shape and bool(np.array_equal(one, other))


def _held(used: Used, members: Members, thing: Any) -> list[tuple[str, Array]]:
    return [
        (path, array.copy()) for path, array in pairs(guarded(used.name, members["arrays_with_paths"], thing))
    ]


def _returned(used: Used, members: Members, returned: Any) -> list[Candidate]:
    if returned is None or isinstance(returned, str | bool | int):
        return []
    alone = numbers(returned)
    if alone is not None:
        return [Candidate("returned", "", alone, True)]
    if not isinstance(returned, tuple | list):
        return [Candidate("returned", path, array, True) for path, array in _held(used, members, returned)]
    return [
        replace(each, key=f"{index}/{each.key}" if each.key else str(index))
        for index, item in enumerate(returned)
        for each in _returned(used, members, item)
    ]


def _right(case: Case, tensors: Arrays) -> dict[str, Array]:
    """Return the right gradients of a case."""
    mine = case.layer.ours.fast
    _, cache = mine.forward(**tensors, **case.options)
    dout = np.ones(()) if case.layer.shapes.is_loss else fill.upstream(case)
    values = mine.backward(dout, cache)
    every = values if isinstance(values, tuple) else (values,)
    return dict(zip(case.layer.shapes.differentiable, every, strict=True))
