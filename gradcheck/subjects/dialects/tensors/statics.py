"""Classes of static methods, forward(x, w, b) -> out, cache and backward(dout, cache), on tensors or on arrays."""

from collections.abc import Iterator
from functools import partial

from gradcheck.calling.signature import described
from gradcheck.contract import Subject
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.words import layer_of_class
from gradcheck.subjects.dialects.tensors.absent import why_absent
from gradcheck.subjects.dialects.tensors.arrays import direct, on_tensors
from gradcheck.subjects.dialects.tensors.dictionaries import Judged, takes_dictionary, unfit, with_dictionary
from gradcheck.subjects.dialects.tensors.seeing import seen, subject_of_view
from gradcheck.subjects.dialects.tensors.views import View, method

BOUND = ("self", "cls", "ctx", "context")


def subjects(members: Members, *, tensors: bool) -> Iterator[Subject]:
    """Yield a subject for each class whose forward and backward are static; called on tensors, or on arrays."""
    for name, value in members.items():
        layer = layer_of_class(name)
        if layer is None or not callable(value):
            continue
        declared = described(value)
        if declared.is_class and {"forward", "backward"} <= set(declared.methods):
            yield from _subject(members, name, layer, tensors=tensors)


def _subject(members: Members, name: str, layer: str, *, tensors: bool) -> Iterator[Subject]:
    functions = {part: f"{name}.{part}" for part in ("forward", "backward")}
    forward, backward = (method(members, name, part) for part in ("forward", "backward"))
    if any(not each.parameters or each.parameters[0].name in BOUND for each in (forward, backward)):
        return
    made = partial(on_tensors if tensors else direct, members)
    front, back = made(functions["forward"]), made(functions["backward"])
    if takes_dictionary(forward):
        yield from _with_dictionary(
            members, layer, functions, with_dictionary(layer, functions, front, back), tensors
        )
        return
    view = View(
        layer=layer,
        functions=functions,
        forward=front,
        backward=back,
        declared=forward,
        back_declared=backward,
        manner="on PyTorch's tensors" if tensors else "",
    )
    found_way = seen(view)
    if found_way.is_understood or not tensors:
        yield subject_of_view(found_way)


def _with_dictionary(
    members: Members, layer: str, functions: dict[str, str], found: Judged | None, tensors: bool
) -> Iterator[Subject]:
    """Yield the subject of functions that take the course's dictionaries.

    What they are called with is known, so it is their fault if it gives nothing of the layer's shape, unless they want
    the other kind of arguments.
    """
    if found is None or found.is_understood or found.is_stub:
        yield from () if found is None else (found.subject,)
    elif tensors:
        other = with_dictionary(layer, functions, *(direct(members, name) for name in functions.values()))
        yield from () if other is None or other.is_understood else (found.subject,)
    else:
        lacks = why_absent(members, functions["forward"].partition(".")[0])
        yield found.subject if lacks is None else unfit(found.subject)
