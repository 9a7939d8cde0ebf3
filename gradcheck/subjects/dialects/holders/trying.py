"""A call of a recurrent class with numbers of no pattern in every array, and the ways to read these as weights."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Subject, SubjectError, Uncalled
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.holders.classes import Declared
from gradcheck.subjects.dialects.holders.forms import Form
from gradcheck.subjects.dialects.holders.gates import Reading
from gradcheck.subjects.dialects.holders.holder import Holder, new_object, put, run
from gradcheck.subjects.dialects.holders.names import Found
from gradcheck.subjects.dialects.holders.reporting import subject_of_holder
from gradcheck.subjects.dialects.holders.searching import clips, with_gradients
from gradcheck.subjects.dialects.holders.slots import gathered
from gradcheck.subjects.dialects.inferred.ways import Agreement, agreement

NEAR = 1e-6

FORGETS = "its forget gate's sum has 1 added to it, which the layer's has not"
CURVED = "its activation is another one than tanh"
GUESSED = "in which order its gates are cannot be seen, because nothing that forward returns is right"
CLIPS = "its gradients are clipped, which the layer's are not"

CURVES: Sequence[Callable[[Array], Array]] = (
    lambda sums: np.maximum(sums, 0),
    lambda sums: 1 / (1 + np.exp(-sums)),
    lambda sums: sums,
)


class OfRecurrent(Form, Protocol):
    """How a recurrent class is called: a cell, or the layer along a sequence."""

    @property
    def kind(self) -> str:
        """``rnn``, ``lstm`` or ``gru``."""

    @property
    def geometry(self) -> str:
        """Extents that are all different, so that each axis is known by its own."""

    @property
    def kept(self) -> tuple[str, ...]:
        """The layer's tensors besides weights."""

    @property
    def said(self) -> tuple[str, ...]:
        """What the report says of how it is called."""

    def resetting(self) -> "OfRecurrent":
        """Return it for a GRU whose reset gate acts on the state."""


@dataclass(frozen=True)
class Tried:
    """A call with numbers of no pattern in every array, and what came of it."""

    holder: Holder
    form: OfRecurrent
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
        params = self.form.express(self.holder.layer.cases.grammar.read(self.form.geometry))
        return {**params, "reset": "before"} if reading.before else params

    def forgetting(self, reading: Reading) -> Array:
        """Return an LSTM's output, if 1 is added to the sum of its forget gate."""
        bias, h = self.tensors_of(reading)["b"].copy(), self.form.width(self.params_of(reading))
        bias[h : 2 * h] += 1
        return self.wanted(reading, b=bias)

    def curved(self, reading: Reading, curve: Callable[[Array], Array]) -> Array:
        """Return an RNN's output with another activation."""
        found = self.tensors_of(reading)
        x, state = found["x"], found["h0"] if "h0" in found else found["prev_h"]
        states = []
        for each in np.moveaxis(x, 1, 0) if x.ndim > 2 else x[None]:
            state = curve(each @ found["Wx"] + state @ found["Wh"] + found["b"])
            states.append(state)
        return np.stack(states, axis=1) if x.ndim > 2 else state

    def wanted(self, reading: Reading, **changed: Array) -> Array:
        """Return the layer's output, if the arrays are read in one way."""
        layer = self.holder.layer
        tensors = {**self.tensors_of(reading), **changed}
        out, _ = layer.ours.fast.forward(**tensors, **layer.ours.options(self.params_of(reading)))
        return np.asarray(out)


def numbers_for(found: Found) -> Arrays:
    """Return numbers of no pattern for each array."""
    rng = np.random.default_rng(17)
    return {path: rng.normal(size=array.shape) / 2 for path, array in found}


def call_with(
    arrays: Arrays,
    holder: Holder,
    form: OfRecurrent,
    members: Members,
    problems: list[str],
    change: Callable[[Array], Array] = np.copy,
) -> Tried | None:
    """Return what comes of a call with some arrays; None where it fails, with the reason in `problems`.

    `change` is applied to x.
    """
    holder = replace(holder, form=form)
    params: Params = form.express(holder.layer.cases.grammar.read(form.geometry))
    case = Case(holder.layer, params, seed=11)
    tensors = fill.tensors(case)
    tensors = {**tensors, "x": change(tensors["x"])}
    kept = {name: tensors[name] for name in form.kept}
    kept |= {name: np.zeros_like(tensors[name]) for name in form.unpassed}
    try:
        thing = new_object(holder, members, params)
        put(holder, members, thing, {path: values.copy() for path, values in arrays.items()})
        put(holder, members, thing, dict(form.fixed(params)))
        out, _ = form.output(params, tensors, run(holder, thing, params, tensors))
    except SubjectError as problem:
        problems.append(str(problem))
        return None
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
        return self.is_near(self.wanted)

    @property
    def is_guessed(self) -> bool:
        """Whether neither names nor any number of the output say in which order its gates are."""
        return (
            not self.is_right
            and not self.reading.is_named
            and len(self.reading.text) > 0
            and not self.likeness[0]
        )

    def is_near(self, wanted: Array) -> bool:
        """Return whether the output is another one."""
        return agreement(self.tried.out, wanted) is Agreement.RIGHT

    @property
    def likeness(self) -> tuple[float, float]:
        """How much of the output is the layer's, and how near the rest is."""
        gaps = np.abs(self.tried.out - self.wanted)
        return float(np.mean(gaps <= NEAR)), -float(gaps.mean())


def why_unlike(choices: Iterable[Choice]) -> str | None:
    """Return why an output that is the layer's in no way is not judged: it is that of another kind of cell."""
    for each in choices:
        tried, reading = each.tried, each.reading
        if tried.form.kind == "lstm" and each.is_near(tried.forgetting(reading)):
            return FORGETS
        if tried.form.kind == "rnn" and any(each.is_near(tried.curved(reading, curve)) for curve in CURVES):
            return CURVED
    return None


def subject_of_choice(choice: Choice, members: Members, declared: Declared) -> Subject:
    """Return the subject of a class whose arrays are read in one way."""
    tried, reading = choice.tried, choice.reading
    form = tried.form.resetting() if reading.before else tried.form
    holder = replace(tried.holder, form=form, slots=reading.slots)
    case = holder.layer.case(form.geometry, seed=11)
    misfit = {}
    try:
        holder = with_gradients(holder, members, case)
        if clips(holder, members, case):
            misfit = {"backward": f"{declared.functions['backward']}: {CLIPS}"}
        elif choice.is_guessed:
            misfit = {"backward": f"{declared.functions['backward']}: {GUESSED}"}
    except SubjectError as problem:
        raised = str(problem)
        misfit = {} if not isinstance(problem, Uncalled) else {"backward": raised}
    return subject_of_holder(holder, members, declared, (*form.said, reading.text), misfit)
