"""cs231n, assignment 2: functions with a cache and dictionaries of parameters, NCHW."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, gradients, guarded, pair_of_results
from gradcheck.contract import PARTS, Array, Arrays, Layer, Malformed, Missing, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.report import Finding
from gradcheck.subjects.dialects.cs231n import im2col as cs231n_im2col
from gradcheck.subjects.dialects.cs231n import models as cs231n_models
from gradcheck.subjects.dialects.cs231n.squares import CONVOLUTION, NOTE, POOLING, squared, wants_squares
from gradcheck.subjects.dialects.dialect import Dialect

SEED = 231
LENIENT = frozenset({"dtype", "alias", "cache", "empty", "refusal", "special"})
"""What the course never asks for: float32, fresh arrays, empty batches, errors, NaN."""

Arguments = Callable[[Params, Arrays], tuple[Any, ...]]
Members = Mapping[str, Any]


def as_is(params: Params) -> dict[str, Any]:
    """Return the parameters: the interface expresses them all."""
    return dict(params)


@dataclass(frozen=True, kw_only=True)
class Interface:
    """How one pair of functions is called.

    `arguments` are the positional arguments of forward (a parameter dictionary last, into which running
    values are written back), `express` the nearest parameters it knows.
    """

    layer: str
    forward: str
    backward: str
    arguments: Arguments
    express: Callable[[Params], dict[str, Any]] = as_is
    parts: tuple[str, ...] = PARTS
    alternative: bool = False
    conventions: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()


def affine(params: Params) -> dict[str, Any]:
    """A bias is always there."""
    return {**params, "bias": "shared"}


def convolution(params: Params) -> dict[str, Any]:
    """One stride and one pad for both axes and sides; no dilation, no groups."""
    stride, pad = params["stride"][0], params["pad"][0][0]
    square = {"stride": (stride, stride), "pad": ((pad, pad), (pad, pad)), "dilation": (1, 1)}
    return {**params, **square, "g": 1, "bias": "shared"}


def pooling(params: Params) -> dict[str, Any]:
    """A window of any shape, one stride, no padding, no dilation; partial windows are dropped."""
    stride = params["stride"][0]
    plain = {"stride": (stride, stride), "pad": ((0, 0), (0, 0)), "dilation": (1, 1), "rounding": "floor"}
    return {**params, **plain}


def tiling(params: Params) -> dict[str, Any]:
    """Square windows that cover the plane without overlap: all that the reshaping variant knows."""
    k = params["kernel"][0]
    plane = {axis: max(k, params[axis] // k * k) for axis in ("h", "w")}
    return {**pooling(params), **plane, "kernel": (k, k), "stride": (k, k)}


def batch(params: Params) -> dict[str, Any]:
    """The running variance is the biased one."""
    return {**params, "variance": "biased"}


def flat(params: Params) -> dict[str, Any]:
    """One axis of features."""
    return {**params, "dims": params["dims"][:1]}


def hinge(params: Params) -> dict[str, Any]:
    """A margin of 1."""
    return {**params, "margin": 1.0}


def _conv_arguments(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    conv_param = {"stride": params["stride"][0], "pad": params["pad"][0][0]}
    return tensors["x"], tensors["w"], tensors["b"], conv_param


def _pool_arguments(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    height, width = params["kernel"]
    return tensors["x"], {"pool_height": height, "pool_width": width, "stride": params["stride"][0]}


def _batch_arguments(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    mode = "train" if params["mode"] == "train" else "test"
    running = {name: tensors[name].copy() for name in ("running_mean", "running_var")}
    bn_param = {"mode": mode, "eps": params["eps"], "momentum": 1 - params["momentum"], **running}
    return tensors["x"], tensors["gamma"], tensors["beta"], bn_param


def _layer_arguments(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return tensors["x"], tensors["gamma"], tensors["beta"], {"eps": params["eps"]}


def _group_arguments(shape: Callable[[Array], Array], params: Params, tensors: Arrays) -> tuple[Any, ...]:
    scale = shape(tensors["gamma"]), shape(tensors["beta"])
    return tensors["x"], *scale, params["g"], {"eps": params["eps"]}


def _four_axes(values: Array) -> Array:
    return values.reshape(1, -1, 1, 1)


def _one_axis(values: Array) -> Array:
    return values


def _dropout_arguments(drops: bool, params: Params, tensors: Arrays) -> tuple[Any, ...]:
    p = 1 - params["keep_prob"] if drops else params["keep_prob"]
    return tensors["x"], {"p": p, "mode": "train" if params["mode"] == "train" else "test", "seed": SEED}


def _all(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return tuple(tensors.values())


def _convolutions() -> tuple[Interface, ...]:
    ways = (("naive", False), ("im2col", True), ("strides", True), ("fast", True))
    return tuple(
        Interface(
            layer="conv2d",
            forward=f"conv_forward_{way}",
            backward=f"conv_backward_{way}",
            arguments=_conv_arguments,
            express=convolution,
            alternative=alternative,
        )
        for way, alternative in ways
    )


def _poolings() -> tuple[Interface, ...]:
    ways = (("naive", pooling), ("im2col", pooling), ("reshape", tiling), ("fast", pooling))
    return tuple(
        Interface(
            layer="max_pool2d",
            forward=f"max_pool_forward_{way}",
            backward=f"max_pool_backward_{way}",
            arguments=_pool_arguments,
            express=express,
            alternative=way != "naive",
        )
        for way, express in ways
    )


def _pair(
    layer: str, stem: str, arguments: Arguments, express: Callable[[Params], dict[str, Any]]
) -> Interface:
    forward, backward = f"{stem}_forward", f"{stem}_backward"
    return Interface(layer=layer, forward=forward, backward=backward, arguments=arguments, express=express)


_BATCH_NORM = _pair("batch_norm", "batchnorm", _batch_arguments, batch)

INTERFACES: tuple[Interface, ...] = (
    _pair("affine", "affine", _all, affine),
    _pair("relu", "relu", _all, as_is),
    *_convolutions(),
    *_poolings(),
    _BATCH_NORM,
    replace(_BATCH_NORM, backward="batchnorm_backward_alt", parts=("backward",), alternative=True),
    _pair("layer_norm", "layernorm", _layer_arguments, flat),
    _pair("dropout", "dropout", partial(_dropout_arguments, False), as_is),
    _pair("spatial_batch_norm", "spatial_batchnorm", _batch_arguments, batch),
    _pair("group_norm", "spatial_groupnorm", partial(_group_arguments, _four_axes), as_is),
)

LOSSES = {"svm_loss": hinge, "softmax_loss": as_is}


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each pair of functions, and each loss, that the module defines."""
    pairs = [
        _subject(_fitted(interface, members), members)
        for interface in INTERFACES
        if _is_here(interface, members)
    ]
    losses = [_loss(name, members) for name in LOSSES if callable(members.get(name))]
    return (*pairs, *cs231n_im2col.subjects(members, LENIENT), *losses)


def _is_here(interface: Interface, members: Members) -> bool:
    defined = [callable(members.get(interface.forward)), callable(members.get(interface.backward))]
    return (
        all(defined)
        or (any(defined) and not interface.alternative)
        or (interface.alternative and defined[0] and "forward" in interface.parts)
    )


def _fitted(interface: Interface, members: Members) -> Interface:
    """Return the interface with the conventions that this file follows, found by calling it."""
    if interface.alternative and _wants_squares(interface, members):
        interface = replace(interface, express=squared(interface.express), notes=(NOTE,))
    if interface.alternative and not callable(members.get(interface.backward)):
        return replace(interface, parts=("forward",))
    if interface.layer == "dropout" and _drops(members):
        return replace(interface, arguments=partial(_dropout_arguments, True), conventions=("p-drops",))
    if interface.layer == "group_norm" and _wants_one_axis(members):
        return replace(interface, arguments=partial(_group_arguments, _one_axis))
    return interface


def _wants_squares(interface: Interface, members: Members) -> bool:
    arguments = {"conv2d": CONVOLUTION, "max_pool2d": POOLING}.get(interface.layer)
    is_windowed = arguments is not None and interface.express is not tiling
    return is_windowed and wants_squares(interface.forward, members[interface.forward], arguments or ())


def _drops(members: Members) -> bool:
    """Tell whether dropout's p is the probability to drop: by what share of many ones it keeps at p = 1/4."""
    try:
        returned = guarded(
            "", members["dropout_forward"], np.ones((64, 64)), {"p": 0.25, "mode": "train", "seed": SEED}
        )
        kept = np.count_nonzero(np.asarray(returned[0], dtype=float)) / 64**2
    except (SubjectError, KeyError, TypeError, ValueError, IndexError):
        return False
    return bool(kept > 0.5)


def _wants_one_axis(members: Members) -> bool:
    """Tell whether group norm takes gamma as (C,), as it was before 2019: by which shape gives a right answer."""
    layer = BY_NAME["group_norm"]
    params = layer.cases.grammar.read(layer.cases.battery[0])
    n, c, h, w = layer.shapes.output(params)
    x = np.arange(float(n * c * h * w)).reshape(n, c, h, w) ** 2 % 7
    scale = np.arange(1.0, c + 1)
    tensors = {"x": x, "gamma": scale, "beta": scale}
    right = layer.ours.fast.forward(*tensors.values(), **layer.ours.options(params))[0]

    def agrees(shape: Callable[[Array], Array]) -> bool:
        try:
            arguments = _group_arguments(
                shape, params, {name: values.copy() for name, values in tensors.items()}
            )
            out = np.asarray(guarded("", members["spatial_groupnorm_forward"], *arguments)[0], dtype=float)
        except (SubjectError, KeyError, TypeError, ValueError, IndexError):
            return False
        return out.shape == right.shape and bool(np.allclose(out, right))

    return agrees(_one_axis) and not agrees(_four_axes)


def _subject(interface: Interface, members: Members) -> Subject:
    layer = BY_NAME[interface.layer]
    return Subject(
        layer=layer,
        functions={"forward": interface.forward, "backward": interface.backward},
        forward=partial(_forward, layer, interface, members),
        parts=interface.parts,
        express=interface.express,
        draws_mask=interface.layer == "dropout",
        lenient=LENIENT,
        conventions=frozenset({"full-credit", *interface.conventions}),
        skips=_skips,
        notes=interface.notes,
    )


def _skips(part: str, params: Params) -> str | None:
    """Batch norm's backward exists for training only; dropout has both."""
    if part == "backward" and params.get("mode") == "eval" and "momentum" in params:
        return "this interface has no backward at test time"
    return None


def _forward(
    layer: Layer, interface: Interface, members: Members, params: Params, tensors: Arrays
) -> LocalCall:
    back = partial(_backward, layer, interface, members, params)
    name = interface.forward
    if not callable(members.get(name)):
        return LocalCall({"out": None}, tensors, partial(back, None), missing=f"{name} is not defined")
    given = {key: values for key, values in tensors.items() if key != "mask"}
    arguments = interface.arguments(params, given)
    try:
        out, cache = pair_of_results(name, guarded(name, members[name], *arguments))
    except Missing as problem:
        return LocalCall({"out": None}, tensors, partial(back, None), missing=str(problem))
    tracked = {key: arguments[-1].get(key) for key in layer.shapes.tracked}
    observed = {"mask": np.asarray(out) != 0} if "mask" in tensors and isinstance(out, np.ndarray) else {}
    missing = f"{name} returned no output" if out is None else None
    return LocalCall({"out": out, **tracked}, tensors, partial(back, cache), cache, missing, observed)


def _backward(
    layer: Layer, interface: Interface, members: Members, params: Params, cache: Any, dout: Array
) -> dict[str, Any]:
    name = interface.backward
    if not callable(members.get(name)):
        raise Missing(f"{name} is not defined")
    returned = gradients(name, guarded(name, members[name], dout, cache), layer.shapes.differentiable)
    if layer.name == "group_norm":
        return {key: _without_axes(value, params["c"]) for key, value in returned.items()}
    return returned


def _without_axes(value: Any, channels: int) -> Any:
    """Return a gradient of gamma or beta as (C,), as which the layer knows it."""
    is_scale = isinstance(value, np.ndarray) and value.shape == (1, channels, 1, 1)
    return value.reshape(channels) if is_scale else value


def _loss(name: str, members: Members) -> Subject:
    return Subject(
        layer=BY_NAME[name],
        functions={"forward": name, "backward": name},
        forward=partial(_loss_forward, name, members),
        express=LOSSES[name],
        fused=True,
        lenient=LENIENT,
    )


def _loss_forward(name: str, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call a loss, which returns its value and its gradient together."""
    try:
        returned = guarded(name, members[name], tensors["x"], tensors["y"])
    except Missing as problem:
        return LocalCall({"out": None}, tensors, partial(_loss_backward, name, None), missing=str(problem))
    if returned is None:
        returned = None, None
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Malformed(f"{name} returned {type(returned).__name__}; expected two results: loss, dx")
    missing = f"{name} returned no loss" if returned[0] is None else None
    back = partial(_loss_backward, name, returned[1])
    return LocalCall({"out": returned[0]}, tensors, back, missing=missing)


def _loss_backward(name: str, dx: Any, dout: Array) -> dict[str, Any]:
    return gradients(name, dx, ("x",))


CS231N = Dialect(
    name="cs231n",
    title="assignment 2's layers.py: conv_forward_naive(x, w, b, conv_param), conv_backward_naive(dout, cache), ...",
    names=tuple(
        dict.fromkeys(
            [
                *(n for interface in INTERFACES for n in (interface.forward, interface.backward)),
                *LOSSES,
                *(cs231n_im2col.CUT, cs231n_im2col.PASTE),
                *cs231n_models.NAMES,
            ]
        )
    ),
    subjects=subjects,
    models=cs231n_models.models,
)
