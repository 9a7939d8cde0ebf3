"""Where the gradients of a class are after backward: returned, held, or in the step of a parameter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from gradcheck.calling import guarded
from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Case, Shape, SubjectError
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.layouts import OURS
from gradcheck.subjects.dialects.inferred.ways import Agreement, agreement, probe_of
from gradcheck.subjects.dialects.inferred.words import words_of
from gradcheck.subjects.dialects.objects.expressing import composed
from gradcheck.subjects.dialects.objects.places import (
    NAMES,
    Place,
    Source,
    is_gradient,
    layouts_of,
    leaf,
    pairs,
)
from gradcheck.subjects.dialects.objects.using import (
    RATE,
    Rated,
    Used,
    backward,
    forward,
    made,
    output_and_cache,
)


class HasReasons(Protocol):
    """Where reasons are noted."""

    def add(self, problem: object) -> None:
        """Note one."""


@dataclass(frozen=True)
class Candidate:
    """An array that may be a gradient, and where it is."""

    kind: Any
    key: str
    values: Array
    had_name: bool


def with_gradients(used: Used, members: Members, log: HasReasons) -> Iterator[Used]:
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
    sources = tuple(_sources(used, case, right, found))
    form = replace(used, sources=sources or _expected_sources(used), fresh=changed)
    yield _averaging(form, case, right, {(each.kind, each.key): each.values for each in found})


def _averaging(
    used: Used, case: Case, right: dict[str, Array], found: Mapping[tuple[Any, str], Array]
) -> Used:
    """Return the use, with all gradients of parameters as means over the samples where they are that."""
    count = case.params.get("n", 1)
    trained = [source for source in used.sources if source.place.tensors != ("x",)]
    if count == 1 or not trained:
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
    return None if name is None else replace(used, attributes={**used.attributes, name: Rated(RATE)})


def _expected_sources(used: Used) -> tuple[Source, ...]:
    return (Source("returned", "", Place(("x",), "", used.x)),)


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
        Candidate("step", path, (before[path] - values) / RATE, False)
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


def _sources(used: Used, case: Case, right: dict[str, Array], found: list[Candidate]) -> Iterator[Source]:
    """Yield the source of each gradient that is found."""
    taken: set[tuple[Any, str]] = set()
    left = list(case.wanted)
    stack = next((place for place in used.places if len(place.tensors) == 2), None)
    if stack is not None:
        source = next((each for each in found if stack.fits(each.values, case.shapes)), None)
        if source is not None:
            yield Source(source.kind, source.key, stack)
            taken.add((source.kind, source.key))
            left = [name for name in left if name not in stack.tensors]
    for name in left:
        free = [each for each in found if (each.kind, each.key) not in taken]
        best = _best(used, case.shapes, name, right[name], free) or _misshapen(used, name, free)
        if best is not None:
            taken.add((best.kind, best.key))
            yield best


def _best(
    used: Used, shapes: dict[str, Shape], name: str, right: Array, found: list[Candidate]
) -> Source | None:
    """Return the source that agrees with the right gradient; else the first with the name; else the first that fits."""
    fitting: list[tuple[tuple[int, ...], int, Source]] = []
    for index, each in enumerate(found):
        for layout in _layouts(used, name, shapes):
            place = Place((name,), each.key, layout)
            if place.fits(each.values, shapes):
                agrees = agreement(place.ours(each.values)[name], right) is Agreement.RIGHT
                rank = int(not agrees), _strangeness(used, name, each)
                fitting.append((rank, index, Source(each.kind, each.key, place)))
                break
    usable = [each for each in fitting if each[0][1] < STRANGE or each[0][0] == 0]
    return min(usable, key=lambda each: each[:2])[2] if usable else None


STRANGE = 3


def _misshapen(used: Used, name: str, found: list[Candidate]) -> Source | None:
    """Return the source with a gradient's name where none has its shape: that is a fault, which a check reports."""
    own = next(
        (place.layout for place in used.places if place.tensors == (name,)), used.passed.get(name, OURS)
    )
    for each in found:
        if name == "x" and each.kind == "returned" and each.key in ("", "0"):
            return Source(each.kind, each.key, Place(("x",), each.key, used.x))
        if name != "x" and each.kind == "held" and _is_called(each.key, name):
            return Source(each.kind, each.key, Place((name,), each.key, own))
    return None


def _is_called(path: str, tensor: str) -> bool:
    """Return whether a name is that of the gradient of just this tensor: ``db``, ``grad_bias``, ``grads/b``."""
    words = set(words_of(leaf(path)))
    if is_gradient(path.rpartition("/")[0]):
        return bool(words & NAMES[tensor])
    names = {f"d{name}" for name in NAMES[tensor]}
    return bool(words & names) or (
        bool(words & {"grad", "gradient", "d", "delta"}) and bool(words & NAMES[tensor])
    )


def _strangeness(used: Used, name: str, each: Candidate) -> int:
    """Return how little speaks for an array to be the gradient of a tensor."""
    if each.kind == "step":
        return (
            0 if any(place.path == each.key and name in place.tensors for place in used.places) else STRANGE
        )
    if each.kind == "returned":
        return 0 if name == "x" or each.key not in ("", "0") else 2
    if name == "x":
        return 2 if each.had_name else STRANGE
    if not each.had_name:
        return STRANGE
    return 0 if _means(each.key, name) else 1


def _means(path: str, tensor: str) -> bool:
    text = path.lower()
    last = leaf(path).lower()
    hints = {
        "w": ("w", "kern", "filt"),
        "b": ("b",),
        "gamma": ("gamma", "scale", "weight"),
        "beta": ("beta", "shift", "bias"),
    }
    return any(hint in last or f"/{hint}" in text for hint in hints.get(tensor, (tensor,)))


def _layouts(used: Used, name: str, shapes: dict[str, Shape]) -> Any:
    """Return the layouts of a gradient, that of the parameter first."""
    if name == "x":
        return (used.x,)
    own = [place.layout for place in used.places if place.tensors == (name,)]
    return (*own, used.passed.get(name, OURS), *layouts_of(used.layer.name, name, shapes[name]))
