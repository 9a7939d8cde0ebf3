"""Our own naming: ``conv2d_forward`` and ``conv2d_backward``, with the arguments that `naive` and `fast` take."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from gradcheck.calling import LocalCall, attribute, gradients, guarded, pair_of_results
from gradcheck.contract import Array, Arrays, Layer, Missing, Subject
from gradcheck.grammar import Params
from gradcheck.layers import LAYERS
from gradcheck.subjects.dialects.dialect import Dialect


def names_of(layer: Layer) -> dict[str, str]:
    """Return the names of a layer's two functions."""
    return {part: f"{layer.name}_{part}" for part in ("forward", "backward")}


def subjects(members: Mapping[str, Any]) -> tuple[Subject, ...]:
    """Return a subject for each layer of which at least one function is defined."""
    found = [
        layer for layer in LAYERS if any(callable(members.get(name)) for name in names_of(layer).values())
    ]
    return tuple(_subject(layer, members) for layer in found)


def _subject(layer: Layer, members: Mapping[str, Any]) -> Subject:
    names = names_of(layer)
    is_fast = members.get(names["forward"]) is layer.ours.fast.forward
    return Subject(
        layer=layer,
        functions=names,
        forward=partial(_forward, layer, members),
        reference=layer.ours.naive if is_fast else layer.ours.fast,
    )


def _forward(layer: Layer, members: Mapping[str, Any], params: Params, tensors: Arrays) -> LocalCall:
    """Call forward with the tensors by position or by name, and the options by name."""
    names = names_of(layer)
    first = {name: values for name, values in tensors.items() if name != "mask"}
    by_name = {name: values for name, values in tensors.items() if name == "mask"}
    back = partial(_backward, layer, members, params)
    if not callable(members.get(names["forward"])):
        why = f"{names['forward']} is not defined"
        return LocalCall({"out": None}, tensors, partial(back, None), missing=why)
    try:
        function = members[names["forward"]]
        returned = guarded(
            names["forward"], function, *first.values(), **by_name, **layer.ours.options(params)
        )
    except Missing as problem:
        return LocalCall({"out": None}, tensors, partial(back, None), missing=str(problem))
    out, cache = pair_of_results(names["forward"], returned)
    tracked = {name: attribute(f"cache.{name}", cache) for name in layer.shapes.tracked}
    missing = f"{names['forward']} returned no output" if out is None else None
    return LocalCall({"out": out, **tracked}, tensors, partial(back, cache), cache, missing)


def _backward(
    layer: Layer, members: Mapping[str, Any], params: Params, cache: Any, dout: Array
) -> dict[str, Any]:
    name = names_of(layer)["backward"]
    if not callable(members.get(name)):
        raise Missing(f"{name} is not defined")
    return gradients(name, guarded(name, members[name], dout, cache), layer.shapes.differentiable)


PAIR = Dialect(
    name="pair",
    title="functions named after the layer: conv2d_forward(x, w, b, stride=..., ...) and conv2d_backward(dout, cache)",
    names=tuple(name for layer in LAYERS for name in names_of(layer).values()),
    subjects=subjects,
)
