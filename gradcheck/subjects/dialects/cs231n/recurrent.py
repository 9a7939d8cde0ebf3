"""The course's layers of captions: on arrays, or on PyTorch's tensors with a backward of their own or autograd's.

Since 2025 the course has forwards alone, on tensors, that return no cache. EECS 498 has the older functions on tensors.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, gradients, results_of
from gradcheck.contract import Array, Arrays, Subject
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import (
    FunctionPair,
    Value,
    called,
    forward_call,
    pair_call,
    parameters_of,
    written,
)
from gradcheck.subjects.dialects.cs231n.gated import otherwise
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.general import is_torch
from gradcheck.subjects.dialects.inferred.ways import Agreement, small_call

MANNER = "on PyTorch's tensors"
BY_AUTOGRAD = "on PyTorch's tensors, backward by autograd"
TIME_FIRST = "it takes sequences as (T, N, D), and the course's layers as (N, T, D)"


def _one_of(place: int, params: Params, values: Arrays) -> Array:
    """Return one of several upstream gradients, which come as a stack."""
    return np.asarray(values["dout"][place])


def _pair(layer: str, forward: str, backward: str = "dout") -> FunctionPair:
    """Return a pair of functions; the course's names for the arguments are our own."""
    names = backward.split()
    back: dict[str, Value] = {name: partial(_one_of, place) for place, name in enumerate(names)}
    return FunctionPair(
        layer=layer,
        forward=f"{layer}_forward",
        backward=f"{layer}_backward",
        arguments={name: name for name in forward.split()},
        back_arguments={**(back if len(names) > 1 else {names[0]: "dout"}), "cache": "cache"},
    )


RECURRENT = (
    _pair("rnn_step", "x prev_h Wx Wh b"),
    _pair("rnn", "x h0 Wx Wh b"),
    _pair("lstm_step", "x prev_h prev_c Wx Wh b", "dnext_h dnext_c"),
    _pair("lstm", "x h0 Wx Wh b"),
    _pair("gru_step", "x prev_h Wx Wh bx bh"),
    _pair("gru", "x h0 Wx Wh bx bh"),
    replace(
        _pair("gru_step", "x prev_h Wx Wh bx bh"), forward="gru_cell_forward", backward="gru_cell_backward"
    ),
)
"""The course has no GRU: one in its style takes two biases, or one."""

WORDS = (_pair("word_embedding", "x W", "dout"), _pair("temporal_affine", "x w b", "dout"))

LOSS = replace(_pair("temporal_softmax_loss", "x y mask", "dout"), forward="temporal_softmax_loss")
"""On tensors it returns its value alone."""

IGNORED = -100
"""A label that stands for a word that is not counted, as in PyTorch's own losses."""


def _marked(params: Params, tensors: Arrays) -> Array:
    """Return the labels, with those of words that are not counted replaced."""
    return np.where(tensors["mask"], tensors["y"], IGNORED)


IGNORING: Mapping[str, Value] = {"x": "x", "y": _marked, "ignore_index": lambda params, tensors: IGNORED}
"""What EECS 498's loss takes, which has no mask."""


def recurrent(members: Members) -> Iterator[Subject]:
    """Yield a subject for each pair of functions that the module defines, or for a forward alone."""
    for pair in (*RECURRENT, *WORDS):
        if pair.is_in(members):
            found = chosen(pair, members)
            is_gru = pair.layer.startswith("gru") and not is_torch(members)
            yield otherwise(pair, found, members) if is_gru else found


def loss_on_tensors(members: Members) -> Subject | None:
    """Return the temporal loss on PyTorch's tensors, if it is one."""
    if not is_torch(members):
        return None
    has_label = parameters_of(members, LOSS.forward)[:3] == tuple(IGNORING)
    pair = replace(LOSS, arguments=IGNORING) if has_label else LOSS
    found = _by_autograd(pair, members)
    return found if small_call(found).forward >= Agreement.SHAPED else None


def chosen(pair: FunctionPair, members: Members) -> Subject:
    """Return the subject in the first of the ways in which it gives the layer's output; on arrays, if in none."""
    plain, best = None, Agreement.REFUSED
    fitting = None
    for subject in _ways(pair, members):
        if subject.interface.misfit:
            return subject
        came = small_call(subject)
        plain = plain or subject
        if came.is_stub or came.forward is Agreement.RIGHT:
            return subject
        if came.forward > best and came.forward >= Agreement.SHAPED:
            fitting, best = subject, came.forward
    assert plain is not None, "functions can be called on arrays"
    subject = fitting or plain
    if pair in RECURRENT and "t" in subject.layer.cases.grammar.names and _takes_time_first(subject):
        misfit = dict.fromkeys(subject.parts, f"{pair.forward}: {TIME_FIRST}")
        return replace(subject, interface=replace(subject.interface, misfit=misfit))
    return subject


def _ways(pair: FunctionPair, members: Members) -> Iterator[Subject]:
    has_backward = callable(members.get(pair.backward))
    yield pair.speaking(pair.subject(members, partial(pair_call, pair, members)))
    if not callable(members.get(pair.forward)):
        return
    if not has_backward:
        alone = replace(pair, parts=("forward",))
        yield alone.speaking(alone.subject(members, partial(_without_cache, alone, members)))
    if is_torch(members):
        if has_backward:
            on_tensors = {
                **members,
                **{name: partial(_on_tensors, members, name) for name in pair.names.values()},
            }
            found = pair.subject(members, partial(pair_call, pair, on_tensors))
            yield _named(pair.speaking(found), MANNER)
        else:
            yield _by_autograd(pair, members)


def _by_autograd(pair: FunctionPair, members: Members) -> Subject:
    """Return the subject of a forward on tensors, whose gradients are autograd's: one function is to blame."""
    own = replace(pair, backward=pair.forward)
    found = replace(pair.subject(members, partial(_recorded, pair, members)), functions=own.names)
    return _named(pair.speaking(found), BY_AUTOGRAD)


def _named(subject: Subject, manner: str) -> Subject:
    """Return the subject with what is said of how its functions are understood."""
    texts = {part: f"{text}, {manner}" for part, text in subject.interface.understood.items()}
    return replace(subject, interface=replace(subject.interface, understood=texts))


def _on_tensors(members: Members, name: str, *arguments: Any) -> Any:
    """Call a function on tensors; arrays come back, and a cache as it is."""
    return members["torch_called"](members[name], "", arguments, {})


def _without_cache(pair: FunctionPair, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call a forward that returns no cache."""
    outputs = pair.spec.shapes.outputs

    def read(returned: Any) -> LocalCall:
        alone = returned if isinstance(returned, tuple | list) else (returned,)
        whole = (*alone, None) if len(alone) == len(outputs) else returned
        shapes = pair.spec.shapes
        out, _ = results_of(pair.forward, whole, shapes, params)
        return LocalCall({"out": out}, tensors, _no_gradients)

    given = written(pair.arguments, params, tensors)
    forward = partial(called, members, pair.forward, *given.values())
    return forward_call(pair.forward, tensors, forward, read, _no_gradients)


def _no_gradients(dout: Array) -> dict[str, Any]:
    raise AssertionError("only forward is judged")


def _recorded(pair: FunctionPair, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call a forward on tensors, and have autograd record it."""
    shapes = pair.spec.shapes
    values = written(pair.arguments, params, tensors)
    given, sources = tuple(values.values()), [pair.arguments[name] for name in values]
    places = tuple(sources.index(name) for name in shapes.differentiable if name in sources)

    def recorded(*arguments: Any) -> Any:
        count = len(shapes.outputs)
        return members["torch_recorded"](members[pair.forward], "", places, arguments, {}, count)

    def read(returned: Any) -> LocalCall:
        out, graph = returned
        return LocalCall({"out": out}, tensors, partial(back, graph), graph)

    def back(graph: Any, dout: Array) -> dict[str, Any]:
        returned = called(members, "torch_backward", dout, graph)
        return gradients(pair.forward, returned, shapes.differentiable)

    forward = partial(called, {pair.forward: recorded}, pair.forward, *given)
    return forward_call(pair.forward, tensors, forward, read, partial(back, None))


def _takes_time_first(subject: Subject) -> bool:
    """Return whether a sequence gives the layer's output if its samples and its steps are exchanged."""

    def forward(params: Params, tensors: Arrays) -> LocalCall:
        call = subject.forward({**params, "n": params["t"], "t": params["n"]}, _exchanged(tensors, "x"))
        out = call.outputs["out"]
        turned = np.swapaxes(out, 0, 1) if isinstance(out, np.ndarray) and out.ndim == 3 else out
        return LocalCall({"out": turned}, tensors, _no_gradients, missing=call.missing)

    if small_call(replace(subject, parts=("forward",))).forward is Agreement.RIGHT:
        return False
    turned = replace(subject, parts=("forward",), forward=forward)
    return small_call(turned).forward is Agreement.RIGHT


def _exchanged(tensors: Arrays, name: str) -> Arrays:
    return {**tensors, name: np.ascontiguousarray(np.swapaxes(tensors[name], 0, 1))}
