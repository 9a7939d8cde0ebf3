"""One call of a class that holds its layer's weights: an object is made and filled, and its two methods are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, guarded
from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Case, Layer, Missing, SubjectError
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.holders.classes import Declared
from gradcheck.subjects.dialects.holders.forms import Form
from gradcheck.subjects.dialects.holders.slots import Slot, gathered
from gradcheck.subjects.dialects.objects.calls import SEED, from_returned
from gradcheck.subjects.dialects.objects.finding import pairs
from gradcheck.subjects.dialects.objects.rates import rate_of


@dataclass(frozen=True)
class Source:
    """Where a gradient is after backward: among what it ``returned``, or ``held`` by the object, and at which path.

    Of a class that takes a ``step``, it is how far the parameter at that path went, divided by the rate.
    """

    kind: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A class, and how it is called as a layer.

    Attributes
    ----------
    name, forward, backward : str
        The class, and its two methods.
    layer : Layer
        What it is called as.
    made : mapping
        Argument of the constructor -> the role of what is passed.
    slots : tuple of Slot
        What its arrays hold.
    form : Form
        How its methods are called.
    labels : mapping
        Part -> what the report calls the method.
    of_slots, of_inputs : mapping
        Where the gradients are: by the path of a parameter, and by our name for an input.
    is_single : bool
        Whether it holds its weights, and so may hold their gradients, in single precision.
    """

    name: str
    forward: str
    backward: str
    layer: Layer
    made: Mapping[str, str]
    slots: tuple[Slot, ...]
    form: Form
    labels: Mapping[str, str]
    of_slots: Mapping[str, Source] = field(default_factory=dict)
    of_inputs: Mapping[str, Source] = field(default_factory=dict)
    is_single: bool = False

    @property
    def held(self) -> frozenset[str]:
        """The tensors that its arrays hold."""
        return frozenset(piece.tensor for slot in self.slots for piece in slot.pieces)

    @property
    def steps(self) -> bool:
        """Whether it is passed a learning rate, so that backward may take a step instead of leaving gradients."""
        return "rate" in self.made.values() or self.form.has_rate

    @property
    def returns(self) -> frozenset[str]:
        """The tensors of which all gradients were found."""
        lacking = {
            piece.tensor for slot in self.slots if slot.path not in self.of_slots for piece in slot.pieces
        }
        return frozenset((self.held - lacking) | self.form.spread(self.of_inputs))

    def absent(self, params: Params, tensors: Arrays) -> Arrays:
        """Return what stands for the biases that are not held: zeros."""
        dtype = next(values.dtype for values in tensors.values() if values.dtype.kind == "f")
        shapes = Case(self.layer, params).shapes
        lacking = {name for name in self.layer.shapes.differentiable if name[0] in "Wb"} - self.held
        lacking = (lacking - self.form.supplied) | self.form.unpassed
        return {name: np.zeros(shapes[name], dtype) for name in sorted(lacking)}


def unread(declared: Declared, layer: Layer, made: Mapping[str, str], form: Form) -> Holder:
    """Return a class of which is not known yet what its arrays hold."""
    return Holder(
        name=declared.name,
        forward=declared.forward,
        backward=declared.backward,
        layer=layer,
        made=made,
        slots=(),
        form=form,
        labels=declared.functions,
    )


def new_object(holder: Holder, members: Members, params: Params) -> Any:
    """Return a new object. Raises SubjectError."""
    name = holder.name
    guarded(name, members["seed_all_numbers"], SEED)
    extents = holder.form.extents(params)
    return guarded(name, members[name], **{each: extents[role] for each, role in holder.made.items()})


def put(holder: Holder, members: Members, thing: Any, arrays: Arrays) -> None:
    """Put arrays into an object. Raises SubjectError."""
    if arrays:
        guarded(holder.name, members["put_arrays_at"], thing, arrays)


def run(holder: Holder, thing: Any, params: Params, tensors: Arrays) -> Any:
    """Return what forward returns. Raises SubjectError."""
    label = holder.labels["forward"]
    return guarded(
        label, guarded(label, getattr, thing, holder.forward), **holder.form.given(params, tensors)
    )


def call(holder: Holder, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Make an object, put the weights into it, and call its forward. Raises SubjectError."""
    thing = new_object(holder, members, params)
    width = holder.form.width(params)
    absent = holder.absent(params, tensors)
    used = {**tensors, **absent}
    wide = holder.form.widened(params, used)
    put(holder, members, thing, {slot.path: slot.theirs(wide, width) for slot in holder.slots})
    put(holder, members, thing, dict(holder.form.fixed(params)))
    try:
        returned = run(holder, thing, params, tensors)
    except Missing as problem:
        return LocalCall({"out": None}, tensors, _no_gradients, missing=str(problem))
    label = holder.labels["forward"]
    if returned is None:
        return LocalCall({"out": None}, tensors, _no_gradients, missing=f"{label} returned no output")
    out, cache = holder.form.output(params, used, returned)
    spare = guarded(label, members["copied_object"], thing)
    back = partial(_gradients, holder, members, params, (spare, used, cache))
    return LocalCall({"out": out}, tensors, back, observed=absent)


def _no_gradients(dout: Array) -> dict[str, Any]:
    raise Missing("forward is not implemented")


def _gradients(
    holder: Holder, members: Members, params: Params, kept: tuple[Any, Arrays, Any], dout: Array
) -> dict[str, Any]:
    """Call backward on a copy of the object, and return the gradients in the layer's terms. Raises SubjectError."""
    spare, used, cache = kept
    label = holder.labels["backward"]
    thing = guarded(label, members["copied_object"], spare)
    before = {path: found_at(members, label, thing, path) for path in _stepping(holder)}
    returned = go_back(holder, thing, params, used, (dout, cache))
    shapes = {name: values.shape for name, values in holder.form.widened(params, used).items()}

    def found(source: Source) -> Any:
        if source.kind == "returned":
            return from_returned(members, label, returned, source.key)
        now = found_at(members, label, thing, source.key)
        return now if source.kind == "held" else stepped(before[source.key], now, params)

    if not holder.of_slots and not holder.of_inputs:
        raise Missing(f"{label} leaves no gradient")
    width = holder.form.width(params)
    pieces = [
        each
        for slot in holder.slots
        if slot.path in holder.of_slots
        for each in slot.ours(found(holder.of_slots[slot.path]), shapes, width)
    ]
    made = gathered(pieces, shapes, width, adds=False)
    of_inputs = {
        name: holder.form.folded(name, found(source), params) for name, source in holder.of_inputs.items()
    }
    return holder.form.narrowed(params, {**made, **of_inputs})


def go_back(holder: Holder, thing: Any, params: Params, tensors: Arrays, given: tuple[Array, Any]) -> Any:
    """Return what backward returns, for an upstream gradient and a cache. Raises SubjectError."""
    label = holder.labels["backward"]
    arguments = holder.form.back(params, tensors, *given)
    return guarded(label, guarded(label, getattr, thing, holder.backward), **arguments)


def _stepping(holder: Holder) -> list[str]:
    return [source.key for source in holder.of_slots.values() if source.kind == "step"]


def found_at(members: Members, label: str, thing: Any, path: str) -> Array | None:
    """Return a copy of the array at a path of an object; None if there is none. Raises SubjectError."""
    found = numbers(guarded(label, members["array_at"], thing, path))
    return None if found is None else found.copy()


def stepped(before: Array | None, now: Array | None, params: Params) -> Array | None:
    """Return the gradient that a step was made of."""
    if before is None or now is None or before.shape != now.shape:
        return None
    return np.asarray((before - now) / rate_of(params))


def arrays_of(members: Members, label: str, thing: Any) -> list[tuple[str, Array]]:
    """Return copies of the arrays in a thing, with their paths. Raises SubjectError."""
    try:
        flat = list(guarded(label, members["arrays_with_paths"], thing))
    except TypeError as problem:
        raise SubjectError(str(problem)) from None
    return [(path, array.copy()) for path, array in pairs(flat)]


def leaves(members: Members, label: str, returned: Any) -> list[tuple[str, Array]]:
    """Return the arrays in what a function returned, with their paths. Raises SubjectError."""
    if returned is None or isinstance(returned, str | bool | int):
        return []
    alone = numbers(returned)
    if alone is not None:
        return [("", alone)]
    if not isinstance(returned, tuple | list):
        return arrays_of(members, label, returned)
    return [
        (f"{place}/{path}" if path else str(place), array)
        for place, item in enumerate(returned)
        for path, array in leaves(members, label, item)
    ]


def opened(members: Members, label: str, thing: Any) -> Any:
    """Return a list of the arrays in a list, or in a dict by number, of another process; else what came."""
    if thing is None or isinstance(thing, str | int | float | tuple | list) or numbers(thing) is not None:
        return thing
    found = {path: array for path, array in arrays_of(members, label, thing) if not path.startswith("-")}
    return list(found.values()) if list(found) == [str(place) for place in range(len(found))] else thing
