"""Cells of recurrent networks as classes: LSTMCell(input_size, hidden_size), with ``forward(x, h)`` and ``backward``.

What the arrays of an object hold is found from their shapes and names, and from what forward computes: numbers are put
into them, and of all ways to read these as the layer's weights the one is taken in which the output is the layer's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Subject, SubjectError, Uncalled
from gradcheck.evidence import fill
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.dialect import Members, not_judged
from gradcheck.subjects.dialects.holders.classes import Declared, made_of, plain
from gradcheck.subjects.dialects.holders.gates import Reading, readings, seen
from gradcheck.subjects.dialects.holders.holder import Holder, arrays_of, new_object, put, run
from gradcheck.subjects.dialects.holders.names import Found, is_single, split, without_twins
from gradcheck.subjects.dialects.holders.reporting import subject_of_holder
from gradcheck.subjects.dialects.holders.searching import with_gradients
from gradcheck.subjects.dialects.holders.slots import gathered
from gradcheck.subjects.dialects.holders.states import LAYOUTS, OfCell, of_backward, of_forward
from gradcheck.subjects.dialects.inferred.ways import Agreement, agreement

KINDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("rnncell", "rnnstep", "vanillarnncell", "elmancell", "elmanrnncell", "simplernncell"), "rnn"
    ),
    **dict.fromkeys(("basicrnncell", "recurrentcell"), "rnn"),
    **dict.fromkeys(("lstmcell", "lstmstep", "lstmunit", "basiclstmcell"), "lstm"),
    **dict.fromkeys(("grucell", "grustep", "gruunit", "basicgrucell"), "gru"),
}
"""What a class is called, in lower case and without underscores -> what it is a step of."""

EXTENTS: Mapping[str, tuple[str, ...]] = {
    "d": (
        *(
            "input_size",
            "input_dim",
            "in_features",
            "in_dim",
            "n_in",
            "n_x",
            "d_in",
            "input_units",
            "n_inputs",
        ),
        *("embed_dim", "embedding_dim", "nx", "x_dim", "dim_in", "in_size", "num_inputs", "d", "D"),
    ),
    "h": (
        *(
            "hidden_size",
            "hidden_dim",
            "hidden",
            "n_hidden",
            "state_size",
            "n_h",
            "n_a",
            "units",
            "num_units",
        ),
        *(
            "num_hiddens",
            "hidden_units",
            "nh",
            "d_hidden",
            "h_dim",
            "dim_hidden",
            "out_features",
            "output_size",
        ),
        *("num_hidden", "h", "H", "d_h", "out_dim", "n_out"),
    ),
    "seed": ("seed", "random_state", "random_seed"),
}
"""What the arguments of a constructor are called."""

GEOMETRY = "n4d5h3"
"""A step in which every axis has an extent of its own, and so has every sum of two."""

NEAR = 1e-6

FORGETS = "its forget gate's sum has 1 added to it, which the layer's has not"
CURVED = "its activation is another one than tanh"


def is_named(name: str) -> bool:
    """Return whether a class is named after a cell."""
    return plain(name) in KINDS


def subject_of(declared: Declared, members: Members) -> Subject | None:
    """Return the subject of a class that is named after a cell; None for another one."""
    kind = KINDS.get(declared.plain_name)
    if kind is None:
        return None
    found = _understood(declared, kind, members)
    layer = BY_NAME[f"{kind}_step"]
    if isinstance(found, str):
        return not_judged(layer, declared.functions, {"forward": f"{declared.name}: {found}"})
    return found


def _understood(declared: Declared, kind: str, members: Members) -> Subject | str:
    """Return the subject of a cell, or why it cannot be judged."""
    made = made_of(declared, EXTENTS, ("d", "h"))
    forward, backward = of_forward(declared.given, kind), of_backward(declared.back, kind)
    if isinstance(made, str):
        return made
    for problem in (forward, backward):
        if isinstance(problem, str):
            return f"what its argument {problem} is for is not known"
    assert not isinstance(forward, str), "it is known"
    assert not isinstance(backward, str), "it is known"
    form = OfCell(kind=kind, forward=forward, backward=backward)
    holder = Holder(
        name=declared.name,
        forward=declared.forward,
        backward=declared.backward,
        layer=BY_NAME[f"{kind}_step"],
        made=made,
        slots=(),
        form=form,
    )
    case = holder.layer.case(GEOMETRY, seed=11)
    try:
        found, _ = split(
            without_twins(arrays_of(members, declared.name, new_object(holder, members, case.params)))
        )
    except SubjectError as problem:
        return f"it could not be made: {problem}"
    return _read(holder, form, found, members, declared)


def _read(holder: Holder, form: OfCell, found: Found, members: Members, declared: Declared) -> Subject | str:
    extents = holder.layer.cases.grammar.read(GEOMETRY)
    holder = replace(holder, is_single=is_single(found))
    arrays = seen(found, form.kind, extents["d"], extents["h"])
    if isinstance(arrays, str):
        return f"what its array {arrays} is for is not known by its shape"
    every = list(readings(arrays, form.kind))
    if not every:
        return f"which of its arrays is which is not known by their names: {', '.join(p for p, _ in found)}"
    tried = _tried(holder, form, found, members)
    if isinstance(tried, str):
        return tried
    choices = [Choice(each, reading) for each in tried for reading in every]
    best = max(choices, key=lambda each: each.likeness)
    why = None if best.is_right else _why_unlike(choices)
    return why or _subject(best, members, declared)


@dataclass(frozen=True)
class Tried:
    """A call with numbers of no pattern in every array, and what came of it."""

    holder: Holder
    form: OfCell
    arrays: Mapping[str, Array]
    tensors: Arrays
    out: Array

    def tensors_of(self, reading: Reading) -> Arrays:
        """Return the layer's tensors, if the arrays are read in one way."""
        params = self.params_of(reading)
        case = Case(self.holder.layer, params)
        width = self.form.width(params)
        pieces = [
            each for slot in reading.slots for each in slot.ours(self.arrays[slot.path], case.shapes, width)
        ]
        weights = gathered(pieces, case.shapes, width, adds=True)
        lacking = {name: np.zeros(shape) for name, shape in case.shapes.items() if name[0] == "b"}
        return {**self.tensors, **lacking, **weights}

    def params_of(self, reading: Reading) -> dict[str, Any]:
        """Return the parameters of the call."""
        params = self.form.express(self.holder.layer.cases.grammar.read(GEOMETRY))
        return {**params, "reset": "before"} if reading.before else params

    def forgetting(self, reading: Reading) -> Array:
        """Return an LSTM's output, if 1 is added to the sum of its forget gate."""
        bias, h = self.tensors_of(reading)["b"].copy(), self.form.width(self.params_of(reading))
        bias[h : 2 * h] += 1
        return self.wanted(reading, b=bias)

    def wanted(self, reading: Reading, **changed: Array) -> Array:
        """Return the layer's output, if the arrays are read in one way."""
        layer = self.holder.layer
        tensors = {**self.tensors_of(reading), **changed}
        out, _ = layer.ours.fast.forward(**tensors, **layer.ours.options(self.params_of(reading)))
        return np.asarray(out)


def _tried(holder: Holder, form: OfCell, found: Found, members: Members) -> list[Tried] | str:
    """Return the calls in the first layout that give states of the layer's shape, or why there are none."""
    rng = np.random.default_rng(17)
    arrays = {path: rng.normal(size=array.shape) / 2 for path, array in found}
    problems: list[str] = []
    for layout in LAYOUTS:
        every = [
            _call_with(arrays, replace(holder, form=own), own, members, problems)
            for own in _orders(replace(form, layout=layout))
        ]
        shaped = [each for each in every if each is not None]
        if shaped:
            return shaped
    return f"no call of its {holder.forward} gave states of the layer's shape: {problems[0]}"


def _orders(form: OfCell) -> list[OfCell]:
    """Return the orders of an LSTM's two states, the usual one first."""
    return [form, replace(form, is_reversed=True)] if form.kind == "lstm" else [form]


def _call_with(
    arrays: Arrays, holder: Holder, form: OfCell, members: Members, problems: list[str]
) -> Tried | None:
    params = form.express(holder.layer.cases.grammar.read(GEOMETRY))
    case = Case(holder.layer, params, seed=11)
    tensors = fill.tensors(case)
    try:
        thing = new_object(holder, members, params)
        put(holder, members, thing, {path: values.copy() for path, values in arrays.items()})
        out, _ = form.output(params, tensors, run(holder, thing, params, tensors))
    except SubjectError as problem:
        problems.append(str(problem))
        return None
    kept = {name: tensors[name] for name in ("x", *form.states)}
    return Tried(holder, form, arrays, kept, np.asarray(out))


@dataclass(frozen=True)
class Choice:
    """A call, and one way to read its arrays."""

    tried: Tried
    reading: Reading

    @cached_property
    def wanted(self) -> Array:
        """The layer's output."""
        return self.tried.wanted(self.reading)

    @property
    def is_right(self) -> bool:
        """Whether the output is the layer's."""
        return agreement(self.tried.out, self.wanted) is Agreement.RIGHT

    @property
    def likeness(self) -> tuple[float, float]:
        """How much of the output is the layer's, and how near the rest is."""
        gaps = np.abs(self.tried.out - self.wanted)
        return float(np.mean(gaps <= NEAR)), -float(gaps.mean())


def _why_unlike(choices: Sequence[Choice]) -> str | None:
    """Return why an output that is the layer's in no way is not judged: it is that of another kind of cell."""
    for each in choices:
        if each.tried.form.kind == "lstm" and _is_near(each, each.tried.forgetting(each.reading)):
            return FORGETS
        if each.tried.form.kind == "rnn":
            sums = np.arctanh(np.clip(each.wanted, -1 + NEAR, 1 - NEAR))
            if any(_is_near(each, curve) for curve in (np.maximum(sums, 0), 1 / (1 + np.exp(-sums)))):
                return CURVED
    return None


def _is_near(choice: Choice, wanted: Array) -> bool:
    return agreement(choice.tried.out, wanted) is Agreement.RIGHT


def _subject(choice: Choice, members: Members, declared: Declared) -> Subject:
    """Return the subject of a cell whose arrays are read in one way."""
    tried, reading = choice.tried, choice.reading
    options = {"reset": "before"} if reading.before else {}
    form = replace(tried.form, options=options)
    holder = replace(tried.holder, form=form, slots=reading.slots)
    case = holder.layer.case(GEOMETRY, seed=11)
    misfit = {}
    try:
        holder = with_gradients(holder, members, case)
    except SubjectError as problem:
        raised = str(problem)
        misfit = {} if not isinstance(problem, Uncalled) else {"backward": raised}
    return subject_of_holder(holder, members, declared, (form.layout, reading.text, *form.said), misfit)
