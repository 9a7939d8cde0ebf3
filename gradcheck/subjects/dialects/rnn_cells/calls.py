"""Calls of the course's functions, in the layer's terms."""

from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, entry
from gradcheck.calling.raising import sort_of
from gradcheck.calling.results import array_of
from gradcheck.contract import Array, Arrays, Malformed, Missing, Shape, Subject, SubjectError
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import called, forward_call
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.ways import probe_of
from gradcheck.subjects.dialects.rnn_cells.layouts import Cell, back, shaped, turned


def call(cell: Cell, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call a forward, and the backward that goes with it."""
    name, given = cell.pair.forward, cell.given(tensors)
    gradients = partial(_gradients, cell, members, params)

    def read(returned: Any) -> LocalCall:
        if returned is None:
            return LocalCall({"out": None}, given.views, partial(gradients, None))
        results = listed(cell, returned)
        stack = _stacked(cell, results, params)
        return LocalCall({"out": stack}, given.views, partial(gradients, results[-1]), results[-1])

    forward = partial(called, members, name, *given.arguments)
    return forward_call(name, given.views, forward, read, partial(gradients, None))


def listed(cell: Cell, returned: Any) -> tuple[Any, ...]:
    """Return what forward returned: its outputs, perhaps the prediction and others, and the cache."""
    names = [*cell.outputs, cell.prediction, *cell.others, "caches" if cell.is_sequence else "cache"]
    least = len(cell.outputs) + 1
    if not isinstance(returned, tuple | list) or not least <= len(returned) <= len(names):
        count = f"{len(returned)} results" if isinstance(returned, tuple | list) else f"a {sort_of(returned)}"
        raise Malformed(f"{cell.pair.forward} returned {count}; expected {len(names)}: {', '.join(names)}")
    return tuple(returned)


def _stacked(cell: Cell, results: tuple[Any, ...], params: Params) -> Any:
    """Return the output in our layout: of a state and a cell their stack."""
    outputs = results[: len(cell.outputs)]
    if all(each is None for each in outputs):
        return None
    shape = _columns(params, cell)
    arrays = [back(array_of(name, each, shape)) for name, each in zip(cell.outputs, outputs, strict=True)]
    return np.stack(arrays) if len(arrays) > 1 else arrays[0]


def _columns(params: Params, cell: Cell) -> Shape:
    """Return the shape of a state, or of those of a sequence, in the course's layout."""
    state = params["h"], params["n"]
    return (*state, params["t"]) if cell.is_sequence else state


def _gradients(cell: Cell, members: Members, params: Params, cache: Any, dout: Array) -> dict[str, Any]:
    upstream = [turned(each) for each in dout] if len(cell.outputs) > 1 else [turned(dout)]
    name = cell.pair.backward
    returned = called(members, name, *upstream, cache)
    if returned is None:
        raise Missing(f"{name} returned None")

    def take(key: str, shape: Shape) -> Array:
        return shaped(f"{name}: {key}", entry(name, returned, key), shape)

    found = {ours: _of_state(cell, name, returned, ours, params) for ours in cell.states}
    return {**found, **cell.gradients(take, params)}


def _of_state(cell: Cell, name: str, returned: Any, ours: str, params: Params) -> Array:
    keys = cell.states[ours]
    values = [(key, entry(name, returned, key)) for key in keys]
    key, value = next((each for each in values if each[1] is not None), values[0])
    extent = params["d"] if ours == "x" else params["h"]
    steps = (params["t"],) if ours == "x" and cell.is_sequence else ()
    return back(shaped(f"{name}: {key}", value, (extent, params["n"], *steps)))


def gradients_misfit(cell: Cell, members: Members, subject: Subject) -> str | None:
    """Return why backward is written for another interface: it returns no dict, or none with a name of the course."""
    name = cell.pair.backward
    if not callable(members.get(name)):
        return None
    case = probe_of(cell.pair.spec)
    try:
        made = subject.forward(dict(case.params), fill.tensors(case))
        dout = fill.upstream(case)
        upstream = [turned(each) for each in dout] if len(cell.outputs) > 1 else [turned(dout)]
        returned = called(members, name, *upstream, made.cache)  # type: ignore[attr-defined]
        known = [entry(name, returned, key) for keys in cell.states.values() for key in keys]
    except SubjectError:
        return None
    if returned is None or any(each is not None for each in known):
        return None
    wanted = ", ".join(keys[0] for keys in cell.states.values())
    return f"{name} returns a {sort_of(returned)} without {wanted}: the course's gradients are a dict with these keys"
