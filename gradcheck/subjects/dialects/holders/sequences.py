"""Recurrent layers along a sequence as classes: LSTM(input_size, hidden_size), with ``forward(x, h0)``, ``backward``.

How the class lays out sequences is found by trying: of all layouts that its methods accept, it is the one in which the
output, and the gradients, are the layer's.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from gradcheck.contract import Array, Subject, SubjectError
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.dialect import Members, not_judged
from gradcheck.subjects.dialects.holders import cells
from gradcheck.subjects.dialects.holders.classes import Declared, made_of, methods_of, plain
from gradcheck.subjects.dialects.holders.holder import Holder, arrays_of, new_object, opened, unread
from gradcheck.subjects.dialects.holders.names import Found, is_single, split, without_twins
from gradcheck.subjects.dialects.holders.trying import (
    Choice,
    Tried,
    call_with,
    numbers_for,
    subject_of_choice,
    why_unlike,
)
from gradcheck.subjects.dialects.holders.whole import LAYOUTS, OfSequence, of_backward, of_forward
from gradcheck.subjects.dialects.inferred.ways import Agreement, Way, small_call, tried
from gradcheck.subjects.dialects.objects.roles import GIVEN

WORDS = re.compile(
    r"time|char|min|elman|scratch|from|sequence|seq|batch(ed)?|unrolled|single|basic|custom|uni(directional)?|unit$"
)
"""Words in a class's name that do not say which layer it is."""

KINDS: Mapping[str, str] = {
    **dict.fromkeys(("rnn", "recurrent", "recurrentneuralnetwork"), "rnn"),
    **dict.fromkeys(("lstm", "longshorttermmemory"), "lstm"),
    **dict.fromkeys(("gru", "gatedrecurrent", "gatedrecurrentunit"), "gru"),
}

OUTPUTS = ("output_size", "output_dim", "out_features", "out_dim", "n_out", "n_outputs", "output_units")
"""What the extent of an output layer is called, where the state's has a name of its own."""

EXTENTS: Mapping[str, tuple[str, ...]] = {
    **cells.EXTENTS,
    "d": (*cells.EXTENTS["d"], "vocab_size", "n_features", "feature_size", "in_channels"),
    "h": (*(name for name in cells.EXTENTS["h"] if name not in OUTPUTS), "n_units", "hidden_features"),
    "t": ("seq_len", "seq_length", "sequence_length", "time_steps", "timesteps", "n_steps", "T"),
    "n": ("batch_size", "n_batch"),
    "rate": tuple(GIVEN["rate"]),
    "layers": ("num_layers", "n_layers"),
    "yes": ("return_sequences", "return_sequence", "return_all", "return_seq"),
}
"""What the arguments of a constructor are called."""

OTHER = 7
"""How many outputs an output layer has, when it is looked for."""

STEP = "its output at a step does not depend on the steps before alone: it may be another layer"
OUTER = (
    "its output is not its states times the weights of an output layer: it may be another function of them"
)


def is_named(name: str) -> bool:
    """Return whether a class is named after a recurrent layer."""
    return _kind(name) is not None


def _kind(name: str) -> str | None:
    found = plain(name)
    return KINDS.get(found) or KINDS.get(WORDS.sub("", found))


def subject_of(declared: Declared, members: Members) -> Subject | None:
    """Return the subject of a class that is named after a recurrent layer; of a step, where it is one after all."""
    kind = _kind(declared.name)
    if kind is None:
        return None
    found = understood(declared, kind, members)
    if isinstance(found, str) or small_call(found).forward is not Agreement.RIGHT:
        step = cells.understood(declared, kind, members)
        if isinstance(step, Subject) and (isinstance(found, str) or _is_right(step)):
            return step
    if isinstance(found, str):
        return not_judged(BY_NAME[kind], declared.functions, {"forward": f"{declared.name}: {found}"})
    return found


def _is_right(step: Subject) -> bool:
    return small_call(step).forward is Agreement.RIGHT


def understood(declared: Declared, kind: str, members: Members) -> Subject | str:
    """Return the subject of a layer along a sequence, or why it cannot be judged."""
    made = _made(declared)
    if isinstance(made, str):
        return made
    methods = methods_of(of_forward(declared.given, kind), of_backward(declared.back, kind))
    if isinstance(methods, str):
        return methods
    forward, backward = methods
    own = partial(opened, members, declared.name)
    form = OfSequence(kind=kind, forward=forward, backward=backward, opened=own)
    holder = unread(declared, BY_NAME[kind], made, form)
    return cells.first_understood(partial(_found, holder, members=members, declared=declared), form, made)


def _made(declared: Declared) -> dict[str, str] | str:
    """Return what each argument of the constructor is passed; or why it is not known."""
    names = {each.name for each in declared.facts.parameters}
    has_state = not names.isdisjoint(EXTENTS["h"])
    extents = {**EXTENTS, **({"o": OUTPUTS} if has_state else {"h": (*EXTENTS["h"], *OUTPUTS)})}
    return made_of(declared, extents, cells.needed(declared))


@dataclass(frozen=True)
class Held:
    """The arrays of an object: those that may be weights, and those of an output layer."""

    weights: Found
    outer: Mapping[str, int]


def _held(holder: Holder, form: OfSequence, members: Members) -> Held | str:
    """Return what an object holds; or why that is not known."""
    holder = replace(holder, form=form)
    params = form.express(holder.layer.cases.grammar.read(form.geometry))
    with_outer = {**params, "o": OTHER} if "o" in holder.made.values() else params
    try:
        found, _ = split(
            without_twins(arrays_of(members, holder.name, new_object(holder, members, with_outer)))
        )
    except SubjectError as problem:
        return f"it could not be made: {problem}"
    outer = {path: _outer(array, params["h"]) for path, array in found if OTHER in array.shape}
    known = {path: which for path, which in outer.items() if which is not None}
    if len(known) < len(outer):
        return f"what its array {min(set(outer) - set(known))} is for is not known by its shape"
    return Held([each for each in found if each[0] not in outer], known)


def _outer(array: Array, h: int) -> int | None:
    """Return which array of an output layer one is: a bias in one of three shapes, or weights."""
    shapes = [(OTHER,), (1, OTHER), (OTHER, 1), (OTHER, h)]
    return 3 if array.shape == (h, OTHER) else shapes.index(array.shape) if array.shape in shapes else None


def _found(holder: Holder, form: OfSequence, members: Members, declared: Declared) -> Subject | str:
    """Return the subject in the layout that the class is written for; or why there is none."""
    held = _held(holder, form, members)
    if isinstance(held, str):
        return held
    form = replace(form, outer=held.outer)
    every = cells.readings_of(held.weights, form)
    if isinstance(every, str):
        return every
    holder = replace(holder, is_single=is_single(held.weights))
    shaped, problems = list[Tried](), list[str]()
    for own in _forms(form):
        came = call_with(numbers_for(held.weights), holder, own, members, problems)
        shaped += [came] if came is not None else []
    if not shaped:
        return f"no call of its {holder.forward} gave states of the layer's shape: {problems[0]}"
    choices = [Choice(each, reading) for each in shaped for reading in every]
    right = _one_for_each_layout(each for each in choices if each.is_right)
    if right:
        return _best([subject_of_choice(each, members, declared) for each in right])
    return _unlike(choices, members, declared)


def _forms(form: OfSequence) -> Iterator[OfSequence]:
    """Yield how a class may be called: in each layout, an LSTM's two states in both orders, or one of them alone."""
    for layout in LAYOUTS:
        yield replace(form, layout=layout)
        if "state" in form.forward.values() and form.kind == "lstm":
            yield replace(form, layout=layout, is_reversed=True)
            alone = {name: "h0" if role == "state" else role for name, role in form.forward.items()}
            yield replace(form, layout=layout, forward=alone)


def _one_for_each_layout(choices: Iterator[Choice]) -> list[Choice]:
    found: dict[str, Choice] = {}
    for each in choices:
        form = each.tried.form
        assert isinstance(form, OfSequence), "it is a layer's"
        found.setdefault(form.layout.text, each)
    return list(found.values())


def _best(subjects: Sequence[Subject]) -> Subject:
    """Return the subject whose gradients agree best, the first of equal ones."""
    if len(subjects) == 1:
        return subjects[0]
    return max(subjects, key=agreement_of)


def agreement_of(subject: Subject) -> int:
    """Return how the gradients that a subject gives agree with the right ones."""
    interface = subject.interface
    way = Way(
        layer=subject.layer,
        call=subject.forward,  # type: ignore[arg-type]
        express=interface.express,
        returns=interface.returns,
    )
    back = tried(way).backward
    return -1 if back is None else int(back)


def _unlike(choices: Sequence[Choice], members: Members, declared: Declared) -> Subject | str:
    """Return the subject of a class whose output is the layer's in no way, or why it is not judged."""
    causal = [each for each in choices if _is_causal(each.tried, members)] or list(choices)
    best = max(causal, key=lambda each: each.likeness)
    form = best.tried.form
    assert isinstance(form, OfSequence), "it is a layer's"
    if form.outer:
        return OUTER
    if form.layout.is_one and not _is_causal(best.tried, members):
        return STEP
    return why_unlike(choices) or subject_of_choice(best, members, declared)


def _is_causal(came: Tried, members: Members) -> bool:
    """Return whether the last step's input changes the last output alone, and the first step's more than one."""
    holder, form, arrays = came.holder, came.form, came.arrays
    last = call_with(dict(arrays), holder, form, members, [], lambda x: _doubled(x, -1))
    first = call_with(dict(arrays), holder, form, members, [], lambda x: _doubled(x, 0))
    if last is None or first is None:
        return False
    return np.array_equal(last.out[:, :-1], came.out[:, :-1]) and not np.array_equal(
        first.out[:, 1:], came.out[:, 1:]
    )


def _doubled(x: Array, step: int) -> Array:
    made = x.copy()
    made[:, step] = made[:, step] * 2 + 0.25
    return made
