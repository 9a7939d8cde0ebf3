"""The course's predictions, softmax(Wya a_next + by): judged as a softmax of what the file's own states give."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall
from gradcheck.calling.results import array_of, numbers
from gradcheck.contract import Array, Arrays, Missing, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import called, forward_call
from gradcheck.subjects.dialects.dialect import Members, usual
from gradcheck.subjects.dialects.inferred.ways import CLOSE
from gradcheck.subjects.dialects.rnn_cells.calls import listed
from gradcheck.subjects.dialects.rnn_cells.layouts import AXES, Cell, Given, back

LAYER = BY_NAME["softmax"]

STATES = 3
"""How many states a cell has whose predictions are judged; as many as there are features, or not."""

FEW = 2
"""How many steps a sequence has, where the case has no axis for them."""

OTHERS: Mapping[str, Callable[[Array], Array]] = {
    "the scores themselves": lambda z: z,
    "a sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "a tanh": np.tanh,
    "a relu": lambda z: np.maximum(z, 0),
}
"""What a prediction may be that is made for another task than the course's."""


def predicted(cell: Cell, members: Members) -> Iterator[Subject]:
    """Yield the subject of a forward's predictions, if it returns some.

    One that is no softmax by intent is not judged, and the report says so.
    """
    name = cell.pair.forward
    subject = Subject(
        layer=LAYER,
        functions=dict.fromkeys(("forward", "backward"), name),
        forward=partial(_call, cell, members),
        parts=("forward",),
        interface=usual(
            partial(_expressed, cell),
            understood={"forward": f"{name}: {cell.prediction}, of the states that it returns"},
        ),
    )
    try:
        call = subject.forward(*_small(subject))
    except SubjectError:
        yield subject
        return
    out, scores = numbers(call.outputs["out"]), call.observed.get("x")
    if call.outputs["out"] is None or scores is None:
        return
    if cell.others and out is not None and out.shape == (*scores.shape[:-1], STATES):
        return  # no prediction is returned, and in its place comes another state
    other = None if out is None else _other(out, scores)
    if other is not None:
        misfit = {
            "forward": f"{cell.prediction} of {name} is {other} of {_said(cell)}: the course's is a softmax"
        }
        subject = replace(subject, interface=replace(subject.interface, misfit=misfit))
    yield subject


def _said(cell: Cell) -> str:
    return "Wy a + by" if cell.has_gates else "Wya a + by"


def _small(subject: Subject) -> tuple[Params, Arrays]:
    """Return a small case on which the candidates for a prediction differ."""
    params = subject.interface.express({"n": 3, "dims": (2, 5)})
    shape = (3, *params["dims"])
    return params, {"x": np.sin(np.arange(np.prod(shape), dtype=float)).reshape(shape)}


def _other(out: Array, scores: Array) -> str | None:
    """Return which of other functions a prediction is, if it is one."""
    if out.shape != scores.shape:
        return None
    return next((text for text, made in OTHERS.items() if np.abs(out - made(scores)).max() <= CLOSE), None)


def _expressed(cell: Cell, params: Params) -> dict[str, Any]:
    """Return rows of a cell, (N, V), or those of each step of a sequence, (N, T, V)."""
    *others, last = params["dims"]
    return {**params, "dims": ((others or [FEW])[0], last) if cell.is_sequence else (last,)}


def _call(cell: Cell, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call forward on inputs that are made of x; what the softmax is of is observed."""
    x = tensors["x"]
    *_, classes = x.shape
    given = cell.given(_inputs(cell, x), classes)
    name = cell.pair.forward

    def read(returned: Any) -> LocalCall:
        results = () if returned is None else listed(cell, returned)
        place = len(cell.outputs)
        if len(results) < place + 2 or results[place] is None:
            return LocalCall({"out": None}, tensors, _no_gradients)
        scores = _scores(cell, results[0], given, x)
        return LocalCall({"out": _rows(results[place])}, tensors, _no_gradients, observed={"x": scores})

    forward = partial(called, members, name, *given.arguments)
    return forward_call(name, tensors, forward, read, _no_gradients)


def _no_gradients(dout: Array) -> dict[str, Any]:
    raise Missing("a prediction has no backward here")


def _inputs(cell: Cell, x: Array) -> Arrays:
    """Return the layer's tensors: x is what comes in, and the rest depends on nothing but the extents."""
    *lead, features = x.shape
    columns = STATES * (4 if cell.has_gates else 1)
    made = {name: np.full((lead[0], STATES), 0.25, x.dtype) for name in cell.states if name != "x"}
    return {
        "x": x,
        **made,
        "Wx": _waves((features, columns), x),
        "Wh": _waves((STATES, columns), x),
        "b": _waves((columns,), x),
    }


def _waves(shape: tuple[int, ...], like: Array) -> Array:
    """Return ordinary numbers of a few digits."""
    count = int(np.prod(shape))
    return np.asarray(np.round(np.sin(1.0 + 2.0 * np.arange(count)), 2).reshape(shape), dtype=like.dtype)


def _scores(cell: Cell, states: Any, given: Given, x: Array) -> Array:
    """Return what the file's softmax is of, in the layout of x."""
    *lead, _ = x.shape
    shape = (STATES, *lead)
    a = back(array_of(cell.outputs[0], states, shape))
    with np.errstate(all="ignore"):
        return np.asarray(a @ given.weights.T + given.bias[:, 0], dtype=x.dtype)


def _rows(prediction: Any) -> Any:
    """Return a prediction in the layout of x; what is no array of two or three axes stays as it is."""
    array = numbers(prediction)
    return prediction if array is None or array.ndim not in AXES else back(array)
