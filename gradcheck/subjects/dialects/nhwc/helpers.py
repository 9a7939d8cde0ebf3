"""The NHWC course's helpers: each is a layer on one window, of which there is one output.

What judges them is the layer with one sample and one window; `zero_pad` is judged by the convolution that uses it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall
from gradcheck.calling.results import plain
from gradcheck.contract import Array, Arrays, Malformed, Missing, Subject
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import called, forward_call
from gradcheck.subjects.dialects.dialect import Express, Members, usual
from gradcheck.subjects.dialects.expressing import pooling


def one_step(params: Params) -> dict[str, Any]:
    """One sample (f, f, C) under one filter."""
    f, c = params["dims"][0], params["dims"][-1]
    return {**params, "n": 1, "dims": (f, f, c), "m": 1, "bias": "shared"}


def one_window(params: Params) -> dict[str, Any]:
    """One square window of one channel of one sample."""
    f = min(params["kernel"])
    return {**pooling(params), "n": 1, "c": 1, "h": f, "w": f, "kernel": (f, f), "stride": (1, 1)}


def _single_step(members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call conv_single_step, whose result is a number or an array of one."""
    x, w, b = tensors.values()
    name, arguments = "conv_single_step", (x[0], w.reshape(params["dims"]), b.reshape(1, 1, 1))

    def read(returned: Any) -> LocalCall:
        missing = f"{name} returned None" if returned is None else None
        return LocalCall({"out": _one_entry(returned)}, tensors, _no_backward, missing=missing)

    return forward_call(name, tensors, partial(called, members, name, *arguments), read, _no_backward)


def _one_entry(out: Any) -> Any:
    """Return a number, or an array of one, with the axes (N, M); anything else as it is."""
    if not isinstance(out, np.ndarray | np.number | float):
        return out
    array = plain(out)
    return array.reshape(1, 1) if array.size == 1 else array


def _no_backward(dout: Array) -> dict[str, Any]:
    raise Missing("conv_single_step has no backward")


def _mask(members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Return the largest entry of a window; backward is the mask times dout."""
    x = tensors["x"]

    def back(dout: Array) -> dict[str, Any]:
        mask = called(members, "create_mask_from_window", x[0, 0])
        return {"x": _plane("create_mask_from_window", mask, x) * dout}

    return LocalCall({"out": x.max(axis=(2, 3), keepdims=True)}, tensors, back)


def _distributed(members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Return the mean of a window; backward is dout, distributed."""
    x = tensors["x"]

    def back(dout: Array) -> dict[str, Any]:
        returned = called(members, "distribute_value", dout.item(), params["kernel"])
        return {"x": _plane("distribute_value", returned, x)}

    return LocalCall({"out": x.mean(axis=(2, 3), keepdims=True)}, tensors, back)


def _plane(name: str, returned: Any, x: Array) -> Array:
    """Return what a helper returned for a window as an array of the shape of x."""
    if returned is None:
        raise Missing(f"{name} returned None")
    if not isinstance(returned, np.ndarray):
        raise Malformed(f"{name} returned a {type(returned).__name__}; expected an array")
    array = plain(returned)
    if array.dtype.kind not in "biuf":
        raise Malformed(f"{name} returned an array of dtype {array.dtype}; expected numbers")
    if array.shape != x.shape[2:]:
        raise Malformed(f"{name} returned an array of shape {array.shape}; expected {x.shape[2:]}")
    return array.reshape(x.shape)


Forward = Callable[[Members, Params, Arrays], LocalCall]

_KNOWN: dict[str, tuple[str, str, Express, Forward]] = {
    "conv_single_step": ("affine", "forward", one_step, _single_step),
    "create_mask_from_window": ("max_pool2d", "backward", one_window, _mask),
    "distribute_value": ("avg_pool2d", "backward", one_window, _distributed),
}
"""Function -> the layer and the part it is, the cases it can be asked, and how it is called."""

HELPERS = tuple(_KNOWN)


def helpers(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each helper that the module defines."""
    return tuple(_subject(name, members) for name in HELPERS if callable(members.get(name)))


def _subject(name: str, members: Members) -> Subject:
    layer, part, express, forward = _KNOWN[name]
    return Subject(
        layer=BY_NAME[layer],
        functions=dict.fromkeys(("forward", "backward"), name),
        forward=partial(forward, members),
        parts=(part,),
        interface=usual(express),
    )
