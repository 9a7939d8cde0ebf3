"""ConvLayer: what it gives for one image, what it leaves behind in backward, and what `update` makes of that."""

import operator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, attribute, guarded, invoke
from gradcheck.calling.results import array_of, numbers
from gradcheck.contract import Array, Arrays, Malformed, Missing
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import Back, forward_call
from gradcheck.subjects.dialects.dialect import Members

CONV = "ConvLayer"
CONV2D = BY_NAME["conv2d"]
RATE = 0.5
"""A power of two: what is subtracted is exact, and so is what it is divided by."""

ROUNDINGS = 4
"""How many roundings a step takes: two in it, two in taking it apart."""

Geometry = tuple[int, ...]


def batch_of_one(value: Any) -> Any:
    """Return an image's array as that of a batch."""
    values = numbers(value)
    return value if values is None else values[None]


def made(members: Members, geometry: Geometry, activator: str, w: Array, b: Array) -> Any:
    """Return a layer with the given filters. Raises SubjectError."""
    layer = guarded(CONV, members[CONV], *geometry, guarded(activator, members[activator]), RATE)
    for filter_, weights, bias in zip(filters_of(layer, len(w)), w, b, strict=True):
        guarded(f"{CONV}.filters", setattr, filter_, "weights", weights)
        guarded(f"{CONV}.filters", setattr, filter_, "bias", float(bias))
    return layer


def filters_of(layer: Any, count: int) -> list[Any]:
    """Return a layer's filters. Raises SubjectError."""
    filters = attribute(f"{CONV}.filters", layer, "filters")
    if filters is None:
        raise Malformed(f"{CONV} has no filters")
    return [guarded(f"{CONV}.filters", operator.getitem, filters, k) for k in range(count)]


def after_forward(name: str, layer: Any, image: Array, tensors: Arrays, back: Back) -> LocalCall:
    """Call forward on the one image; what it leaves in output_array is its output. Raises SubjectError."""

    def read(returned: None) -> LocalCall:
        out = attribute(f"{name}.output_array", layer, "output_array")
        missing = f"{name}.forward left no output_array" if out is None else None
        return LocalCall({"out": batch_of_one(out)}, tensors, back, missing=missing)

    forward = partial(invoke, f"{name}.forward", layer, "forward", image)
    return forward_call(f"{name}.forward", tensors, forward, read, back)


def forward_and_back(members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call forward with an activator that changes nothing; backward gives dx, and leaves dw and db in the filters."""
    layer = made(members, _geometry(params), "PlainActivator", tensors["w"], tensors["b"])
    (image,) = tensors["x"]
    back = partial(_gradients, members, layer, image, params["f"])
    call = after_forward(CONV, layer, image, tensors, back)
    if _untouched(call.outputs["out"], tensors, params):
        return replace(call, missing=f"{CONV}.forward left output_array full of zeros")
    return call


def _geometry(params: Params) -> Geometry:
    plane = params["w"], params["h"], params["c"]
    return *plane, params["kw"], params["kh"], params["f"], params["pad"][0][0], params["stride"][0]


def _untouched(out: Any, tensors: Arrays, params: Params) -> bool:
    """Return whether output_array is as it was made: a forward that does nothing is not there."""
    values = numbers(out)
    if values is None or not values.size or values.any() or CONV2D.cases.flaw(params) is not None:
        return False
    return bool(CONV2D.ours.fast.forward(**tensors, **CONV2D.ours.options(params))[0].any())


def _gradients(members: Members, layer: Any, image: Array, count: int, dout: Array) -> dict[str, Any]:
    go_back(members, "PlainActivator", layer, image, dout[0])
    delta = attribute(f"{CONV}.delta_array", layer, "delta_array")
    filters = filters_of(layer, count)
    dw, db = _of_filters(filters, "weights_grad"), _of_filters(filters, "bias_grad")
    if delta is None and not np.any(dw):
        raise Missing(f"{CONV}.backward left nothing in delta_array and weights_grad")
    return {"x": batch_of_one(delta), "w": dw, "b": db}


def go_back(members: Members, activator: str, layer: Any, image: Array, sensitivity: Array) -> None:
    """Call backward, or the two parts of it that some name instead. Raises SubjectError."""
    before = guarded(activator, members[activator])
    has_parts = attribute(f"{CONV}.backward", layer, "backward") is None
    if has_parts and attribute(CONV, layer, "bp_gradient") is not None:
        invoke(f"{CONV}.bp_sensitivity_map", layer, "bp_sensitivity_map", sensitivity, before)
        invoke(f"{CONV}.bp_gradient", layer, "bp_gradient", sensitivity)
    else:
        invoke(f"{CONV}.backward", layer, "backward", image, sensitivity, before)


def _of_filters(filters: list[Any], name: str) -> Array:
    """Return one attribute of all filters in one array. Raises SubjectError, where they do not have it."""
    values = [_number_or_array(name, attribute(f"{CONV}.filters", filter_, name)) for filter_ in filters]
    if len({value.shape for value in values}) != 1:
        raise Malformed(f"the filters' {name} have different shapes")
    return np.stack(values)


def _number_or_array(name: str, value: Any) -> Array:
    found = numbers(float(value) if type(value) is int else value)
    if found is None:
        raise Malformed(f"a filter's {name} is a {type(value).__name__}; expected an array or a number")
    return found


def stepped(members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call forward, backward and update: its gradients are the true ones, off by what update is off by.

    So is its output, as forward has no part in that. The filters are copies: update is there to change them.
    """
    own = {name: values.copy() for name, values in tensors.items()}
    layer = made(members, _geometry(params), "PlainActivator", own["w"], own["b"])
    out, cache = CONV2D.ours.fast.forward(**tensors, **CONV2D.ours.options(params))
    back = partial(_by_update, members, layer, params, own["x"][0], cache)
    return replace(after_forward(CONV, layer, own["x"][0], tensors, back), outputs={"out": out})


def _by_update(
    members: Members, layer: Any, params: Params, image: Array, cache: Any, dout: Array
) -> dict[str, Any]:
    own = _gradients(members, layer, image, params["f"], dout)
    before = _parameters(layer, params["f"])
    invoke(f"{CONV}.update", layer, "update")
    after = _parameters(layer, params["f"])
    if all(np.array_equal(before[name], after[name]) for name in before) and np.any(own["w"]):
        raise Missing(f"{CONV}.update changes nothing")
    true = dict(zip("xwb", CONV2D.ours.fast.backward(dout, cache), strict=True))
    for name, gradient in true.items():
        if name in before:
            shaped = (array_of(name, each[name], gradient.shape) for each in (before, after, own))
            true[name] = gradient + _off(*shaped)
    return true


def _off(before: Array, after: Array, own: Array) -> Array:
    """Return by how much a step is not the layer's own gradient, but for the rounding of its few operations."""
    step = (before - after) / RATE
    size = (np.abs(before) + np.abs(after)) / RATE + np.abs(own)
    off = step - own
    return np.where(np.abs(off) <= ROUNDINGS * np.finfo(before.dtype).eps * size, 0.0, off)


def _parameters(layer: Any, count: int) -> Arrays:
    filters = filters_of(layer, count)
    return {"w": _of_filters(filters, "weights"), "b": _of_filters(filters, "bias")}


def inside_relu(members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call a layer that passes its channels on, with a ReluActivator: forward on x, backward on what that gave."""
    c, h, w = params["dims"]
    passing = np.eye(c, dtype=tensors["x"].dtype).reshape(c, c, 1, 1), np.zeros(c)
    layer = partial(made, members, (w, h, c, 1, 1, c, 0, 1), "ReluActivator", *passing)
    call = after_forward(CONV, layer(), tensors["x"][0], tensors, lambda dout: {})
    out = call.outputs["out"]

    def back(dout: Array) -> dict[str, Any]:
        if numbers(out) is None:
            raise Missing(f"{CONV}.forward left nothing to go back from")
        following = layer()
        after_forward(CONV, following, out[0], tensors, back)
        go_back(members, "ReluActivator", following, out[0], dout[0])
        return {"x": batch_of_one(attribute(f"{CONV}.delta_array", following, "delta_array"))}

    return replace(call, backward=back)
