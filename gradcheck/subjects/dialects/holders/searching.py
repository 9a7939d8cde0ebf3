"""Where the gradients of a class are after backward: by name, else by value, else by order and shape."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from gradcheck.calling import guarded
from gradcheck.calling.results import squeezed
from gradcheck.contract import Array, Arrays, Case
from gradcheck.evidence import fill
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.holders.holder import (
    Holder,
    Source,
    arrays_of,
    call,
    go_back,
    leaves,
    new_object,
    put,
    run,
    stepped,
)
from gradcheck.subjects.dialects.holders.names import is_gradient, of_same_name
from gradcheck.subjects.dialects.holders.slots import Slot, gathered
from gradcheck.subjects.dialects.inferred.ways import CLOSE, Agreement, agreement

Candidates = Mapping[Source, Array]
LARGE = 2.0**20, 2.0**21
"""Two factors of an upstream gradient, with which every gradient would be clipped."""


def with_gradients(holder: Holder, members: Members, case: Case) -> Holder:
    """Return the class with the places of its gradients. Raises SubjectError, where backward cannot be called."""
    case = case.but(params=holder.form.express(case.params))
    tensors = fill.tensors(case)
    used = {**tensors, **holder.absent(case.params, tensors)}
    found = _candidates(holder, members, case, used)
    right = _right(case, used)
    inputs = _of_inputs(holder, case, used, right, found)
    taken = set(inputs.values())
    return _with_slots(
        replace(holder, of_inputs=inputs), case, right, {s: v for s, v in found.items() if s not in taken}
    )


def _candidates(holder: Holder, members: Members, case: Case, used: Arrays) -> Candidates:
    """Return the arrays that backward returns, and those that the object then holds besides its parameters.

    Of a class that takes a rate, these are also the steps that its parameters took.
    """
    thing = new_object(holder, members, case.params)
    wide, width = holder.form.widened(case.params, used), holder.form.width(case.params)
    put(holder, members, thing, {slot.path: slot.theirs(wide, width) for slot in holder.slots})
    put(holder, members, thing, dict(holder.form.fixed(case.params)))
    label = holder.labels["forward"]
    _, cache = holder.form.output(case.params, used, run(holder, thing, case.params, used))
    thing = guarded(label, members["copied_object"], thing)
    before = dict(arrays_of(members, label, thing)) if holder.steps else {}
    returned = go_back(holder, thing, case.params, used, (fill.upstream(case), cache))
    returned = holder.form.joined(case.params, returned)
    label = holder.labels["backward"]
    own = {slot.path for slot in holder.slots} | set(holder.form.fixed(case.params))
    found = {Source("returned", path): array for path, array in leaves(members, label, returned)}
    after = arrays_of(members, label, thing)
    found |= {Source("held", path): array for path, array in after if path not in own}
    steps = ((path, stepped(before.get(path), now, case.params)) for path, now in after if path in own)
    return found | {Source("step", path): step for path, step in steps if step is not None and step.any()}


def clips(holder: Holder, members: Members, case: Case) -> bool:
    """Return whether gradients stop growing with the upstream gradient."""
    if not holder.of_slots and not holder.of_inputs:
        return False
    case = case.but(params=holder.form.express(case.params))
    dout = fill.upstream(case)
    made = call(holder, members, case.params, fill.tensors(case))
    one, two = (made.backward(dout * factor) for factor in LARGE)
    return any(
        isinstance(values, np.ndarray) and values.any() and np.array_equal(values, two[name])
        for name, values in one.items()
    )


def _right(case: Case, used: Arrays) -> Arrays:
    """Return the right gradients."""
    mine = case.layer.ours.fast
    _, cache = mine.forward(**used, **case.options)
    values = mine.backward(fill.upstream(case), cache)
    return dict(zip(case.layer.shapes.differentiable, values, strict=True))


def _of_inputs(
    holder: Holder, case: Case, used: Arrays, right: Arrays, found: Candidates
) -> dict[str, Source]:
    """Return where the gradients of the inputs are among what is returned: by name, by value, else in order."""
    returned = {source: array for source, array in found.items() if source.kind == "returned"}
    chosen: dict[str, Source] = {}
    inputs = holder.form.inputs(case.params, used)
    weights = {source for source in returned if _is_of_weights(holder, case, source, right, found)}
    for name, passed in inputs.items():
        free = {source: array for source, array in returned.items() if source not in chosen.values()}
        fits = [source for source, array in free.items() if squeezed(array.shape) == squeezed(passed.shape)]
        named = [source for source in free if _names_input(source.key, name)]
        agreeing = [s for s in fits if _is_right_input(holder, case, name, free[s], right)]
        if holder.form.is_ordered:
            agreeing = list(free)[:1]
        rest = [source for source in fits if source not in weights]
        best = next(iter((*named, *agreeing, *rest, *_held(name, passed, found))), None)
        if best is not None:
            chosen[name] = best
    return chosen


def _is_of_weights(holder: Holder, case: Case, source: Source, right: Arrays, found: Candidates) -> bool:
    """Return whether an array is the right gradient of some weights, so that it is no input's."""
    free = {source: found[source]}
    return any(next(_agreeing(holder, slot, case, right, free), None) for slot in holder.slots)


def _held(name: str, passed: Array, found: Candidates) -> Iterator[Source]:
    """Yield where an object holds the gradient of a state by that name: ``dh0``."""
    for source, array in found.items():
        is_named = source.kind == "held" and name == "h0" and _names_input(source.key, name)
        if is_named and squeezed(array.shape) == squeezed(passed.shape):
            yield source


def _names_input(path: str, name: str) -> bool:
    """Return whether a key of a dict is that of the gradient of an input: ``dx``, ``dh_prev``."""
    last = path.rpartition("/")[2].lower().replace("_", "")
    letter = {"prev_h": "h", "prev_c": "c", "h0": "h"}.get(name, name[0])
    return last in {
        f"d{letter}",
        f"d{letter}prev",
        f"dprev{letter}",
        f"d{letter}t",
        f"d{letter}0",
        f"d{name}",
        *((f"d{letter}next", "dhinit", "dstate", "dinitialstate") if name == "h0" else ()),
    }


def _is_right_input(holder: Holder, case: Case, name: str, values: Array, right: Arrays) -> bool:
    ours = holder.form.narrowed(case.params, {name: holder.form.folded(name, values, case.params)})
    return all(agreement(ours[each], right[each]) is Agreement.RIGHT for each in ours)


def _with_slots(holder: Holder, case: Case, right: Arrays, found: Candidates) -> Holder:
    """Return the class with the places of its parameters' gradients."""
    chosen: dict[str, Source] = {}
    rules = (_named, _agreeing, _in_order)
    for rule in rules:
        for slot in holder.slots:
            if slot.path not in chosen:
                free = {source: array for source, array in found.items() if source not in chosen.values()}
                best = next(rule(holder, slot, case, right, free), None)
                if best is not None:
                    chosen[slot.path] = best
    return replace(holder, of_slots=chosen)


def _named(holder: Holder, slot: Slot, case: Case, right: Arrays, free: Candidates) -> Iterator[Source]:
    names = {source.key: source for source in free if _may_be_named(source)}
    best = of_same_name(slot.path, names)
    if best is not None:
        yield names[best]


def _may_be_named(source: Source) -> bool:
    """Return whether the path of an array says what it is: that of a tuple's entry does not."""
    return any(letter.isalpha() for letter in source.key)


def _agreeing(holder: Holder, slot: Slot, case: Case, right: Arrays, free: Candidates) -> Iterator[Source]:
    for source, array in free.items():
        if _fits(holder, slot, case, array) and _is_right(holder, slot, case, right, array):
            yield source


def _in_order(holder: Holder, slot: Slot, case: Case, right: Arrays, free: Candidates) -> Iterator[Source]:
    for source, array in free.items():
        is_meant = source.kind == "returned" or is_gradient(source.key, ())
        if is_meant and _fits(holder, slot, case, array):
            yield source


def _zeros(holder: Holder, case: Case) -> Arrays:
    shapes = case.shapes
    return holder.form.widened(case.params, {name: np.zeros(shape) for name, shape in shapes.items()})


def _fits(holder: Holder, slot: Slot, case: Case, array: Array) -> bool:
    wanted = slot.theirs(_zeros(holder, case), holder.form.width(case.params)).shape
    return squeezed(array.shape) == squeezed(wanted)


def _is_right(holder: Holder, slot: Slot, case: Case, right: Arrays, array: Array) -> bool:
    """Return whether what is found in an array agrees with the right gradient, as far as it is a part of it."""
    shapes = {name: values.shape for name, values in _zeros(holder, case).items()}
    width = holder.form.width(case.params)
    values, there = (
        holder.form.narrowed(case.params, gathered(slot.ours(each, shapes, width), shapes, width, adds=False))
        for each in (array, np.ones_like(array))
    )
    scale = max(float(np.abs(right[name]).max(initial=0.0)) for name in values) or 1.0
    return all(
        bool(np.all(np.abs(values[name] - right[name])[there[name] != 0] <= CLOSE * scale)) for name in values
    )
