"""Cells of recurrent networks as classes: LSTMCell(input_size, hidden_size), with ``forward(x, h)`` and ``backward``.

What the arrays of an object hold is found from their shapes and names, and from what forward computes: numbers are put
into them, and of all ways to read these as the layer's weights the one is taken in which the output is the layer's.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

from gradcheck.contract import Subject, SubjectError
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.dialect import Members, not_judged
from gradcheck.subjects.dialects.holders.classes import Declared, made_of, methods_of, plain
from gradcheck.subjects.dialects.holders.gates import Reading, readings, seen
from gradcheck.subjects.dialects.holders.holder import Holder, arrays_of, new_object, unread
from gradcheck.subjects.dialects.holders.names import Found, is_single, split, without_twins
from gradcheck.subjects.dialects.holders.states import LAYOUTS, OfCell, of_backward, of_forward
from gradcheck.subjects.dialects.holders.trying import (
    Choice,
    OfRecurrent,
    Tried,
    call_with,
    numbers_for,
    subject_of_choice,
    why_unlike,
)
from gradcheck.subjects.dialects.holders.whole import OfSequence

F = TypeVar("F", OfCell, OfSequence)

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
        *("embed_dim", "embedding_dim", "nx", "x_dim", "dim_in", "in_size", "num_inputs", "d", "D", "X"),
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
            "hid",
            "hid_dim",
            "hid_size",
            "n_hid",
            "nhid",
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
    "Wx": ("Wx", "W_x", "Wxh", "W_xh", "W_ih", "w_ih", "weight_ih", "W"),
    "Wh": ("Wh", "W_h", "Whh", "W_hh", "w_hh", "weight_hh", "U"),
    "b": ("b", "bias", "b_ih", "bias_ih", "bx", "b_x", "bh"),
    "bh": ("b_hh", "bias_hh", "bh", "b_h"),
}
"""What the arguments of a constructor are called."""


def is_named(name: str) -> bool:
    """Return whether a class is named after a cell."""
    return plain(name) in KINDS


def subject_of(declared: Declared, members: Members) -> Subject | None:
    """Return the subject of a class that is named after a cell; None for another one."""
    kind = KINDS.get(declared.plain_name)
    if kind is None:
        return None
    found = understood(declared, kind, members)
    layer = BY_NAME[f"{kind}_step"]
    if isinstance(found, str):
        return not_judged(layer, declared.functions, {"forward": f"{declared.name}: {found}"})
    return found


def needed(declared: Declared) -> tuple[str, ...]:
    """Return what a constructor takes in any case: weights, or their extents."""
    names = {each.name for each in declared.facts.parameters}
    return ("d", "h") if names.isdisjoint(EXTENTS["Wx"]) else ("Wx", "Wh")


def understood(declared: Declared, kind: str, members: Members) -> Subject | str:
    """Return the subject of a cell, or why it cannot be judged."""
    made = made_of(declared, EXTENTS, needed(declared))
    is_as_wide = isinstance(made, str) and _takes_one_width(declared)
    made = made_of(declared, EXTENTS, ("h",)) if is_as_wide else made
    if isinstance(made, str):
        return made
    methods = methods_of(of_forward(declared.given, kind), of_backward(declared.back, kind))
    if isinstance(methods, str):
        return methods
    forward, backward = methods
    form = OfCell(kind=kind, forward=forward, backward=backward, is_as_wide=is_as_wide)
    holder = unread(declared, BY_NAME[f"{kind}_step"], made, form)
    return first_understood(partial(_held, holder, members=members, declared=declared), form, made)


def _takes_one_width(declared: Declared) -> bool:
    """Return whether a constructor takes the width of the states, and none of the inputs."""
    made = made_of(declared, EXTENTS, ("h",))
    return isinstance(made, dict) and not {"d", "Wx", "Wh"} & set(made.values())


def first_understood(
    understood: Callable[[F], Subject | str], form: F, made: Mapping[str, str]
) -> Subject | str:
    """Return the subject of a form, its weights being passed as they are or transposed; or why there is none."""
    found = understood(form)
    if isinstance(found, Subject) or "Wx" not in made.values():
        return found
    turned = understood(replace(form, is_turned=True))
    return turned if isinstance(turned, Subject) else found


def _held(holder: Holder, form: OfCell, members: Members, declared: Declared) -> Subject | str:
    """Return the subject of a cell by the arrays that it holds, or why it cannot be judged."""
    holder = replace(holder, form=form)
    case = holder.layer.case(form.geometry, seed=11)
    try:
        found, _ = split(
            without_twins(arrays_of(members, declared.name, new_object(holder, members, case.params)))
        )
    except SubjectError as problem:
        return f"it could not be made: {problem}"
    return _read(holder, form, found, members, declared)


def _read(holder: Holder, form: OfCell, found: Found, members: Members, declared: Declared) -> Subject | str:
    every = readings_of(found, form)
    if isinstance(every, str):
        return every
    tried = _tried(replace(holder, is_single=is_single(found)), form, found, members)
    if isinstance(tried, str):
        return tried
    choices = [Choice(each, reading) for each in tried for reading in every]
    best = max(choices, key=lambda each: each.likeness)
    why = None if best.is_right else why_unlike(choices)
    return why or subject_of_choice(best, members, declared)


def readings_of(found: Found, form: OfRecurrent) -> list[Reading] | str:
    """Return the ways to read arrays as the layer's weights; or why there is none."""
    extents = BY_NAME["rnn" if "h0" in form.kept else "rnn_step"].cases.grammar.read(form.geometry)
    arrays = seen(found, form.kind, extents["d"], extents["h"])
    if isinstance(arrays, str):
        return f"what its array {arrays} is for is not known by its shape"
    every = list(readings(arrays, form.kind))
    if every:
        return every
    return f"which of its arrays is which is not known by their names: {', '.join(p for p, _ in found)}"


def _tried(holder: Holder, form: OfCell, found: Found, members: Members) -> list[Tried] | str:
    """Return the calls in the first layout that give states of the layer's shape, or why there are none."""
    arrays, problems = numbers_for(found), list[str]()
    for layout in LAYOUTS:
        every = [
            call_with(arrays, holder, own, members, problems) for own in orders(replace(form, layout=layout))
        ]
        shaped = [each for each in every if each is not None]
        if shaped:
            return shaped
    return f"no call of its {holder.forward} gave states of the layer's shape: {problems[0]}"


def orders(form: OfCell) -> list[OfCell]:
    """Return the orders of an LSTM's two states, the usual one first."""
    return [form, replace(form, is_reversed=True)] if form.kind == "lstm" else [form]
