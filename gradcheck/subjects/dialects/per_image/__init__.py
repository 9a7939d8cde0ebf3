"""Per-image layers: ConvLayer and MaxPoolingLayer see one image (C, H, W), and activators one number.

A layer is handed the derivative by its own net input, and leaves that by the net input of the layer before: with an
activator that changes nothing, that is plain dx. Whether activators are applied where they belong is seen apart: a
convolution that passes its channels on, with a ReluActivator, is a ReLU. And what `update` subtracts, over the
learning rate, is the gradient.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from gradcheck.calling import LocalCall, attribute, guarded, invoke
from gradcheck.calling.results import numbers
from gradcheck.contract import PARTS, Array, Arrays, Missing, Subject
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import forward_call
from gradcheck.subjects.dialects.dialect import Dialect, Express, Members, usual
from gradcheck.subjects.dialects.expressing import convolution, pooling
from gradcheck.subjects.dialects.per_image.conv import (
    CONV,
    after_forward,
    batch_of_one,
    forward_and_back,
    inside_relu,
    stepped,
)
from gradcheck.subjects.dialects.per_image.squares import as_square_as_needed
from gradcheck.subjects.dialects.signatures import form_of, read

POOL = "MaxPoolingLayer"
ACTIVATORS = {
    "ReluActivator": "relu",
    "IdentityActivator": "identity",
    "SigmoidActivator": "sigmoid",
    "TanhActivator": "tanh",
}

POOLED = ("input_width", "input_height", "channel_number", "filter_width", "filter_height", "stride")
CONSTRUCTORS = {
    CONV: (*POOLED[:5], "filter_number", "zero_padding", "stride", "activator", "learning_rate"),
    POOL: POOLED,
}
"""Class -> what its constructor takes."""

Call = Callable[[Members, Params, Arrays], LocalCall]


def one_convolved(params: Params) -> dict[str, Any]:
    """One image; a pad below the extent of the filter, which backward pads with what is left of it."""
    square = convolution(params)
    pad = min(square["pad"][0][0], params["kh"] - 1, params["kw"] - 1)
    return {**square, "n": 1, "pad": ((pad, pad), (pad, pad))}


def one_pooled(params: Params) -> dict[str, Any]:
    """One image; a window of any shape, one stride, no padding."""
    return {**pooling(params), "n": 1}


def one_plane(params: Params) -> dict[str, Any]:
    """One image."""
    return {**params, "n": 1, "dims": (*params["dims"], 1, 1)[:3]}


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each layer and activator, for `update`, and for a layer with a ReLU inside."""
    here = [name for name in (CONV, POOL, *ACTIVATORS) if callable(members.get(name))]
    found = [_LAYERS[name](members) for name in here if name in _LAYERS]
    found += [_activator(name, members) for name in here if name in ACTIVATORS]
    if CONV in here and "ReluActivator" in here:
        chained = {part: f"{CONV}.{part} (ReluActivator)" for part in PARTS}
        found.append(_subject(members, "relu", chained, inside_relu, one_plane))
    if CONV in here and attribute(CONV, members[CONV], "update") is not None:
        names = {"forward": f"{CONV}.forward", "backward": f"{CONV}.update"}
        found.append(_subject(members, "conv2d", names, stepped, one_convolved, parts=("backward",)))
    known = [_with_signatures(subject, members) for subject in found]
    return tuple(subject if subject.interface.misfit else as_square_as_needed(subject) for subject in known)


def _with_signatures(subject: Subject, members: Members) -> Subject:
    """Return a subject of a layer's class with what the class's constructor says to this family's call."""
    name = subject.functions["forward"].partition(".")[0]
    if name not in CONSTRUCTORS:
        return subject
    reading = read(members, {"forward": (name, form_of(CONSTRUCTORS[name]))})
    return replace(subject, interface=reading.onto(subject.interface))


def _subject(
    members: Members,
    layer: str,
    functions: dict[str, str],
    call: Call,
    express: Express,
    parts: tuple[str, ...] = PARTS,
) -> Subject:
    return Subject(
        layer=BY_NAME[layer],
        functions=functions,
        forward=partial(call, members),
        parts=parts,
        interface=usual(express),
    )


def _methods(name: str) -> dict[str, str]:
    return {part: f"{name}.{part}" for part in PARTS}


def _convolution(members: Members) -> Subject:
    return _subject(members, "conv2d", _methods(CONV), forward_and_back, one_convolved)


def _pooling(members: Members) -> Subject:
    return _subject(members, "max_pool2d", _methods(POOL), _pool, one_pooled)


_LAYERS = {CONV: _convolution, POOL: _pooling}


def _pool(members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call a pooling layer on the one image."""
    (image,) = tensors["x"]
    extents = params["w"], params["h"], params["c"], *reversed(params["kernel"])
    layer = guarded(POOL, members[POOL], *extents, params["stride"][0])

    def back(dout: Array) -> dict[str, Any]:
        invoke(f"{POOL}.backward", layer, "backward", image, dout[0])
        delta = attribute(f"{POOL}.delta_array", layer, "delta_array")
        if delta is None:
            raise Missing(f"{POOL}.backward left no delta_array")
        return {"x": batch_of_one(delta)}

    return after_forward(POOL, layer, image, tensors, back)


def _activator(name: str, members: Members) -> Subject:
    return _subject(members, ACTIVATORS[name], _methods(name), partial(_activate, name), dict)


def _activate(name: str, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Apply an activator to each number; its backward is a function of its forward's output."""
    apply = partial(_applied, name, members, guarded(name, members[name]))

    def read(out: Array) -> LocalCall:
        return LocalCall({"out": out}, tensors, lambda dout: {"x": dout * apply("backward", out)})

    forward = partial(apply, "forward", tensors["x"])
    return forward_call(name, tensors, forward, read, lambda dout: {"x": None})


def _applied(name: str, members: Members, activator: Any, part: str, values: Array) -> Array:
    """Return what a method of an activator makes of each number. Raises SubjectError."""
    label = f"{name}.{part}"
    function = attribute(label, activator, part)
    if function is None:
        raise Missing(f"{label} is not defined")
    found = numbers(guarded(label, members["applied_to_each"], function, values))
    if found is None:
        raise Missing(f"{label} returned no number")
    return found


PER_IMAGE = Dialect(
    name="per-image",
    title="objects for one image: ConvLayer(input_width, ..., learning_rate), filters with weights_grad, delta_array",
    names=(CONV, POOL, *ACTIVATORS),
    subjects=subjects,
    support="image_objects",
)
