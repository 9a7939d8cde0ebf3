"""Our own naming: ``conv2d_forward`` and ``conv2d_backward``, with the arguments that `naive` and `fast` take."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from gradcheck.calling import LocalCall, gradients, pair_of_results
from gradcheck.contract import Array, Arrays, Interface, Layer, Subject
from gradcheck.grammar import Params
from gradcheck.layers import LAYERS
from gradcheck.subjects.dialects.adapter import called, forward_call
from gradcheck.subjects.dialects.dialect import Dialect, Members
from gradcheck.subjects.dialects.running import IN_THE_CACHE, running

OUTSIDE = Interface(lenient=frozenset({"empty", "refusal"}), conventions=frozenset({IN_THE_CACHE}))
"""What functions promise that follow our naming but are not `naive` or `fast`: these two keep the full contract."""


def names_of(layer: Layer) -> dict[str, str]:
    """Return the names of a layer's two functions."""
    return {part: f"{layer.name}_{part}" for part in ("forward", "backward")}


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each layer of which at least one function is defined."""
    found = [
        layer for layer in LAYERS if any(callable(members.get(name)) for name in names_of(layer).values())
    ]
    return tuple(_subject(layer, members) for layer in found)


def _subject(layer: Layer, members: Members) -> Subject:
    names = names_of(layer)
    forward = members.get(names["forward"])
    is_fast = forward is layer.ours.fast.forward
    is_ours = is_fast or forward is layer.ours.naive.forward
    return Subject(
        layer=layer,
        functions=names,
        forward=partial(_forward, layer, names, members),
        interface=Interface() if is_ours else OUTSIDE,
        reference=layer.ours.naive if is_fast else layer.ours.fast,
    )


def _forward(
    layer: Layer, names: Mapping[str, str], members: Members, params: Params, tensors: Arrays
) -> LocalCall:
    """Call forward with the tensors that the case has by position, and with the mask and the options by name."""
    name, first, options = names["forward"], dict(tensors), layer.ours.options(params)
    if "mask" in first:
        options["mask"] = first.pop("mask")
    back = partial(_backward, layer, names["backward"], members)
    before = {key: tensors[key].copy() for key in layer.shapes.tracked}

    def read(returned: Any) -> LocalCall:
        out, cache = pair_of_results(name, returned)
        tracked, updated = running(layer.shapes.tracked, cache, before, tensors)
        return LocalCall({"out": out, **tracked}, tensors, partial(back, cache), cache, updated=updated)

    forward = partial(called, members, name, *first.values(), **options)
    return forward_call(name, tensors, forward, read, partial(back, None))


def _backward(layer: Layer, name: str, members: Members, cache: Any, dout: Array) -> dict[str, Any]:
    return gradients(name, called(members, name, dout, cache), layer.shapes.differentiable)


PAIR = Dialect(
    name="pair",
    title="functions named after the layer: conv2d_forward(x, w, b, stride=..., ...) and conv2d_backward(dout, cache)",
    names=tuple(name for layer in LAYERS for name in names_of(layer).values()),
    subjects=subjects,
)
