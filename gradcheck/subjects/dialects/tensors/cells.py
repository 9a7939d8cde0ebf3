"""Recurrent cells, layers and embeddings as modules on a file's own tensors: RNNCell, LSTM, Embedding, needle's manner.

A layer takes a sequence (T, N, D) or (N, T, D), and a state for each of its one layers: (1, N, H).
The tape of the file's own tensors is their backward. Two biases that are added are judged as the one that they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, guarded
from gradcheck.calling.results import array_of
from gradcheck.calling.signature import Described, described, shown
from gradcheck.contract import Array, Arrays, Malformed, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import called, forward_call
from gradcheck.subjects.dialects.dialect import Members, not_judged, usual
from gradcheck.subjects.dialects.inferred.ways import Agreement, small_call
from gradcheck.subjects.dialects.inferred.words import words_of
from gradcheck.subjects.dialects.tensors.views import method, signature_without

KINDS: Mapping[str, str] = {
    "rnncell": "rnn_step",
    "lstmcell": "lstm_step",
    "embedding": "word_embedding",
    "rnn": "rnn",
    "lstm": "lstm",
}
SEQUENCES = ("rnn", "lstm")

EXTENTS: Mapping[str, tuple[str, ...]] = {
    "d": ("input_size", "input_dim", "in_features", "in_dim", "n_in", "embedding_dim", "embed_dim", "dim"),
    "h": ("hidden_size", "hidden_dim", "hidden", "n_hidden", "state_size"),
    "v": ("num_embeddings", "vocab_size", "num_words", "n_vocab", "voc_dim"),
}

PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "Wx": ("w_ih", "weight_ih", "wx", "w_x", "w_xh", "wxh"),
    "Wh": ("w_hh", "weight_hh", "wh", "w_h", "whh"),
    "b": ("bias_ih", "b_ih", "bias", "b"),
    "b2": ("bias_hh", "b_hh"),
    "W": ("weight", "weights", "w", "embedding", "table"),
}
"""What the layer's tensors are called; ``b2`` is a second bias that is added to the first."""

SHARE = 0.25
"""The first of two biases, as a share of the layer's one."""

ORDERS: Mapping[str, tuple[int, ...]] = {"i, f, g, o": (0, 1, 3, 2), "i, f, o, g": (0, 1, 2, 3)}
"""The gates of an LSTM as the author's columns have them -> the layer's blocks in that order."""

BACK = ("tensor", "array", "sum")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a module is called as a layer.

    Attributes
    ----------
    name, layer : str
        Its class, and what it is judged as.
    made : mapping
        Argument of the constructor -> the extent.
    held : mapping
        Path of a parameter -> our name for it.
    is_together : bool
        Whether its states are one argument.
    how : str
        How one goes back on its tape.
    order : str
        The order of the gates.
    is_turned : bool
        Whether weights are (out, in).
    labels : bool
        Whether indices are passed in a tensor.
    is_batch_first : bool
        Whether a sequence has its samples along the first axis.
    """

    name: str
    layer: str
    made: Mapping[str, str]
    held: Mapping[str, str]
    is_together: bool = False
    how: str = "tensor"
    order: str = ""
    is_turned: bool = False
    labels: bool = False
    is_batch_first: bool = False

    @property
    def is_sequence(self) -> bool:
        """Whether it is a layer along a sequence."""
        return self.layer in SEQUENCES

    def turned(self, values: Array) -> Array:
        """Return a sequence with its axes as the module has them, or back."""
        is_as_it_is = self.is_batch_first or not self.is_sequence or values.ndim < 3
        return values if is_as_it_is else np.ascontiguousarray(np.swapaxes(values, 0, 1))

    @property
    def blocks(self) -> tuple[int, ...]:
        """The layer's blocks of columns in the author's order."""
        return ORDERS.get(self.order, (0,))

    @property
    def lacks_bias(self) -> bool:
        """Whether it has no bias that the layer has."""
        return "b" in BY_NAME[self.layer].shapes.differentiable and "b" not in self.held.values()


def subjects(members: Members, tensor: Any) -> Iterator[Subject]:
    """Yield a subject for each module that is named after a cell or an embedding."""
    for name, value in members.items():
        layer = KINDS.get("".join(words_of(name)))
        declared = described(value) if layer is not None and callable(value) else Described()
        is_module = declared.is_class and "forward" in declared.methods and "backward" not in declared.methods
        if layer is not None and is_module:
            plan = _planned(members, name, layer, declared, tensor)
            yield _not_judged(name, layer, plan) if isinstance(plan, str) else _best(plan, members, tensor)


def _functions(name: str) -> dict[str, str]:
    return dict.fromkeys(("forward", "backward"), f"{name}.forward")


def _not_judged(name: str, layer: str, why: str) -> Subject:
    return not_judged(BY_NAME[layer], _functions(name), {"forward": f"{name}: {why}"})


def _planned(members: Members, name: str, layer: str, declared: Described, tensor: Any) -> Plan | str:
    """Return how a module is made and called, but for what is tried; or why it cannot be judged."""
    made = {}
    for each in declared.parameters:
        extent = next((extent for extent, names in EXTENTS.items() if each.name.lower() in names), None)
        if extent is not None:
            made[each.name] = extent
        elif each.default is each.empty:
            return f"what its argument {each.name} is for is not known"
    try:
        small = dict.fromkeys(made, 2)
        paths = guarded(name, members["own_module_parameters"], members[name], tensor, small)
        found = [each for each in guarded(name, list, paths[0]) if isinstance(each, str)]
    except SubjectError as problem:
        return f"it could not be made: {problem}"
    held = {path: _ours(path, layer) for path in found}
    needed = {"W"} if layer == "word_embedding" else {"Wx", "Wh"}
    if "" in held.values() or not needed <= set(held.values()) or len(set(held.values())) < len(held):
        return f"what its parameters are for is not known by their names: {', '.join(found)}"
    arguments = signature_without(method(members, name, "forward"), "self").parameters
    return Plan(name=name, layer=layer, made=made, held=held, is_together=_is_together(layer, len(arguments)))


def _is_together(layer: str, count: int) -> bool:
    return layer in ("lstm_step", "lstm") and count == 2


def _ours(path: str, layer: str) -> str:
    last = path.rpartition(".")[2].lower().strip("_")
    known = ("W",) if layer == "word_embedding" else ("Wx", "Wh", "b", "b2")
    return next((ours for ours in known if last in PARAMETERS[ours]), "")


def _best(plan: Plan, members: Members, tensor: Any) -> Subject:
    """Return the subject in the first way that is right, or the one that fits best."""
    best: tuple[tuple[int, int], Subject, str] | None = None
    for way in _ways(plan):
        subject = _subject(way, members, tensor)
        came = small_call(subject)
        if best is None or came.rank > best[0]:
            best = came.rank, subject, came.problem
        if came.is_stub or came.rank == (Agreement.RIGHT, Agreement.RIGHT):
            break
    assert best is not None, "there is a way"
    if best[0][0] < Agreement.SHAPED and "has shape" in best[2]:
        return _not_judged(plan.name, plan.layer, f"its parameters have other shapes: {best[2]}")
    if best[0][0] < Agreement.SHAPED and plan.is_sequence:
        return _not_judged(plan.name, plan.layer, f"no call gives the states of all steps: {best[2]}")
    return best[1]


def _ways(plan: Plan) -> Iterator[Plan]:
    orders = tuple(ORDERS) if plan.layer in ("lstm_step", "lstm") else ("",)
    turns = (False,) if plan.layer == "word_embedding" else (False, True)
    labels = (True, False) if plan.layer == "word_embedding" else (False,)
    firsts = (False, True) if plan.is_sequence else (False,)
    for first, is_turned, order, tensors, how in product(firsts, turns, orders, labels, BACK):
        own = replace(plan, is_turned=is_turned, order=order, labels=tensors, how=how)
        yield replace(own, is_batch_first=first)


def _subject(plan: Plan, members: Members, tensor: Any) -> Subject:
    layer = BY_NAME[plan.layer]
    declared = described(members[plan.name])
    said = [f"made as {shown(plan.name, declared.signature)}"]
    said += [f"gates {plan.order}"] if plan.order else []
    said += [f"sequences as {'(N, T, D)' if plan.is_batch_first else '(T, N, D)'}"] * plan.is_sequence
    said += ["two biases, whose sum is the layer's"] if "b2" in plan.held.values() else []
    text = f"{plan.name}.forward ({', '.join(said)})"
    returns = frozenset(layer.shapes.differentiable) - {"b"} if plan.lacks_bias else None
    interface = usual(
        understood={
            "forward": text,
            "backward": f"{plan.name}.forward: its gradient, as the tensors recorded it",
        },
        returns=returns,
    )
    return Subject(
        layer=layer,
        functions=_functions(plan.name),
        forward=partial(_called, plan, members, tensor),
        interface=replace(interface, lenient=interface.lenient | {"large"}),
    )


def _weights(plan: Plan, tensors: Arrays) -> dict[str, Array]:
    """Return what is put into each parameter: gates in the author's order, and shares of the bias."""
    shares = {"b": SHARE, "b2": 1 - SHARE} if "b2" in plan.held.values() else {"b": 1.0}
    found = {}
    for path, ours in plan.held.items():
        values = _ordered(plan, tensors["b" if ours == "b2" else ours], plan.blocks)
        turned = values.T if plan.is_turned and values.ndim == 2 else values
        found[path] = np.ascontiguousarray(turned * turned.dtype.type(shares.get(ours, 1.0)))
    return found


def _ordered(plan: Plan, values: Array, blocks: Sequence[int]) -> Array:
    """Return blocks of columns in another order."""
    if len(blocks) == 1:
        return values
    parts = np.split(values, len(blocks), axis=-1)
    return np.concatenate([parts[block] for block in blocks], axis=-1)


def _called(plan: Plan, members: Members, tensor: Any, params: Params, tensors: Arrays) -> LocalCall:
    """Make the module, put the weights into it, and call it."""
    name, layer = f"{plan.name}.forward", BY_NAME[plan.layer]
    made = {each: params[extent] for each, extent in plan.made.items()}
    weights = _weights(plan, tensors)
    inputs = _inputs(plan, tensors)
    absent = {"b": np.zeros_like(tensors["b"])} if plan.lacks_bias else {}
    made_with = (members[plan.name], tensor, made, weights)
    if plan.layer == "word_embedding":
        run = partial(members["own_module_called"], *made_with, True, inputs, plan.labels)
    else:
        run = partial(members["own_cell_called"], *made_with, inputs, plan.is_together, plan.is_sequence)

    def read(returned: Any) -> LocalCall:
        *out, tape = returned
        back = partial(_gradients, plan, members, params, tape)
        stack = _stacked(name, layer.shapes.outputs, out, params)
        stack = plan.turned(stack) if isinstance(stack, np.ndarray) and plan.is_sequence else stack
        return LocalCall({"out": stack}, tensors, back, tape, observed=absent)

    forward = partial(called, {name: run}, name)
    return forward_call(name, tensors, forward, read, partial(_gradients, plan, members, params, None))


def _inputs(plan: Plan, tensors: Arrays) -> tuple[Array, ...]:
    """Return what a module is passed: of a layer also the cell before the first step, which is zero."""
    if not plan.is_sequence:
        return tuple(tensors[each] for each in ("x", "prev_h", "prev_c") if each in tensors)
    state = tensors["h0"][None].copy()
    return (plan.turned(tensors["x"]), state, *([np.zeros_like(state)] if plan.layer == "lstm" else []))


def _stacked(name: str, outputs: Sequence[str], found: Sequence[Any], params: Params) -> Any:
    """Return the output of a cell: of a state and a cell their stack."""
    if len(found) == len(outputs) == 1:
        return found[0]
    if len(found) != len(outputs):
        raise Malformed(f"{name} did not return {len(outputs)} results: {', '.join(outputs)}")
    shape = params["n"], params["h"]
    return np.stack([array_of(each, value, shape) for each, value in zip(outputs, found, strict=True)])


def _gradients(plan: Plan, members: Members, params: Params, tape: Any, dout: Array) -> dict[str, Any]:
    """Return what the tape gives, in the layer's terms."""
    if plan.layer == "word_embedding":
        returned = called(members, "own_module_backward", plan.how, dout, tape)
        return {"W": returned[-1] if returned else None}
    upstream = tuple(dout) if plan.layer == "lstm_step" else (plan.turned(dout),)
    returned = called(members, "own_cell_backward", plan.how, upstream, tape)
    every = ("x", "h0" if plan.is_sequence else "prev_h", "prev_c")
    states = every[: 3 if plan.layer.startswith("lstm") else 2]
    found = dict(zip(states, returned, strict=False))
    if plan.is_sequence:
        state, x = found.get("h0"), found.get("x")
        found = {
            "x": plan.turned(x) if isinstance(x, np.ndarray) else x,
            "h0": state[0] if isinstance(state, np.ndarray) and state.ndim > 2 else state,
        }
    for ours, values in zip(plan.held.values(), returned[len(states) :], strict=False):
        if ours != "b2":
            found[ours] = _in_our_order(plan, values)
    return found


def _in_our_order(plan: Plan, values: Any) -> Any:
    if not isinstance(values, np.ndarray):
        return values
    turned = values.T if plan.is_turned and values.ndim == 2 else values
    if turned.shape[-1] % len(plan.blocks):
        return turned
    return _ordered(plan, turned, [plan.blocks.index(block) for block in range(len(plan.blocks))])
