"""The course's layers: pairs of functions with a cache and dictionaries of parameters, NCHW."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall
from gradcheck.contract import Array, Arrays, Subject
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import (
    AlternativePair,
    Arguments,
    FunctionPair,
    pair_call,
    parameter,
    written,
)
from gradcheck.subjects.dialects.cs231n.fitting import (
    NOTE,
    OBLONG,
    drops,
    group_norm_is_right,
    squared,
    wants_squares,
)
from gradcheck.subjects.dialects.dialect import Express, Members, usual
from gradcheck.subjects.dialects.evaluation import Evaluation, evaluation_of, skipping
from gradcheck.subjects.dialects.expressing import affine, batch, convolution, flat, pooling, stride_and_pad

Forward = Callable[[Params, Arrays], LocalCall]


def tiling(params: Params) -> dict[str, Any]:
    """Square windows that cover the plane without overlap: all that the reshaping variant knows."""
    k = params["kernel"][0]
    plane = {axis: max(k, params[axis] // k * k) for axis in ("h", "w")}
    return {**pooling(params), **plane, "kernel": (k, k), "stride": (k, k)}


# What the dictionaries of parameters hold. The course's momentum is the share that is kept.


def _pool_param(params: Params, tensors: Arrays) -> dict[str, Any]:
    height, width = params["kernel"]
    return {"pool_height": height, "pool_width": width, "stride": params["stride"][0]}


def _mode(params: Params) -> str:
    return "train" if params["mode"] == "train" else "test"


def _bn_param(params: Params, tensors: Arrays) -> dict[str, Any]:
    running = {name: tensors[name].copy() for name in ("running_mean", "running_var")}
    return {"mode": _mode(params), "eps": params["eps"], "momentum": 1 - params["momentum"], **running}


def _eps(params: Params, tensors: Arrays) -> dict[str, Any]:
    return {"eps": params["eps"]}


def _dropout_param(drops: bool, params: Params, tensors: Arrays) -> dict[str, Any]:
    p = 1 - params["keep_prob"] if drops else params["keep_prob"]
    # 0 is a seed, too: code that asks `if seed` forgets it.
    seed = {} if params.get("seeding") == "unseeded" else {"seed": 0}
    return {"p": p, "mode": _mode(params), **seed}


def _four_axes(name: str, params: Params, tensors: Arrays) -> Array:
    return tensors[name].reshape(1, -1, 1, 1)


X: Arguments = {"x": "x"}
WEIGHTED: Arguments = {"x": "x", "w": "w", "b": "b"}
SCALED: Arguments = {"x": "x", "gamma": "gamma", "beta": "beta"}
GROUPS: Arguments = {"G": parameter("g"), "gn_param": _eps}
BROADCAST: Arguments = {name: partial(_four_axes, name) for name in ("gamma", "beta")}
"""Group norm takes gamma and beta as (1, C, 1, 1)."""


def _pair(layer: str, stem: str, arguments: Arguments, express: Express = dict) -> FunctionPair:
    forward, backward = f"{stem}_forward", f"{stem}_backward"
    return FunctionPair(layer=layer, forward=forward, backward=backward, arguments=arguments, express=express)


def _ways(stem: str, layer: str, arguments: Arguments, ways: Mapping[str, Express]) -> Iterator[FunctionPair]:
    """Yield the plain pair of a layer and its faster ones: conv_forward_naive, conv_forward_im2col, ..."""
    for way, express in ways.items():
        kind = FunctionPair if way == "naive" else AlternativePair
        forward, backward = f"{stem}_forward_{way}", f"{stem}_backward_{way}"
        yield kind(layer=layer, forward=forward, backward=backward, arguments=arguments, express=express)


NORMALISED: Arguments = {**SCALED, "bn_param": _bn_param}
DROPPING: Arguments = {**X, "dropout_param": partial(_dropout_param, True)}
"""Until 2019 p was the probability to drop."""


PAIRS: tuple[FunctionPair, ...] = (
    _pair("affine", "affine", WEIGHTED, affine),
    _pair("relu", "relu", X),
    *_ways(
        "conv",
        "conv2d",
        {**WEIGHTED, "conv_param": stride_and_pad},
        dict.fromkeys(("naive", "im2col", "strides", "fast"), convolution),
    ),
    _pair("conv1d", "conv1d", {**WEIGHTED, "conv_param": stride_and_pad}, convolution),
    *_ways(
        "max_pool",
        "max_pool2d",
        {**X, "pool_param": _pool_param},
        {"naive": pooling, "im2col": pooling, "reshape": tiling, "fast": pooling},
    ),
    _pair("batch_norm", "batchnorm", NORMALISED, batch),
    AlternativePair(
        layer="batch_norm",
        forward="batchnorm_forward",
        backward="batchnorm_backward_alt",
        arguments=NORMALISED,
        express=batch,
        parts=("backward",),
    ),
    _pair("layer_norm", "layernorm", {**SCALED, "ln_param": _eps}, flat),
    _pair("dropout", "dropout", {**X, "dropout_param": partial(_dropout_param, False)}),
    _pair("spatial_batch_norm", "spatial_batchnorm", NORMALISED, batch),
    _pair("group_norm", "spatial_groupnorm", {**X, **BROADCAST, **GROUPS}),
)


def layers(members: Members) -> list[Subject]:
    """Return a subject for each pair of functions that the module defines."""
    here = [pair for pair in PAIRS if _is_here(pair, members)]
    return [subject_of_pair(pair, members) for pair in here]


def subject_of_pair(pair: FunctionPair, members: Members) -> Subject:
    """Return the subject of a pair of functions, in the conventions that their file follows."""
    return _subject(_fitted(pair, members), members)


def _is_here(pair: FunctionPair, members: Members) -> bool:
    """Return whether a pair is to be judged: of an alternative a backward alone is not, as it has another's cache."""
    if not isinstance(pair, AlternativePair):
        return pair.is_in(members)
    needed = [pair.forward] if "forward" in pair.parts else pair.names.values()
    return all(callable(members.get(name)) for name in needed)


def _fitted(pair: FunctionPair, members: Members) -> FunctionPair:
    """Return the pair with the conventions that this file follows."""
    is_alternative = isinstance(pair, AlternativePair)
    if is_alternative and _wants_squares(pair, members):
        pair = replace(pair, express=squared(pair.express), notes=(NOTE,))
    if is_alternative and not callable(members.get(pair.backward)):
        return replace(pair, parts=("forward",))
    if pair.layer == "dropout" and drops(members):
        return replace(pair, arguments=DROPPING)
    if pair.layer == "group_norm":
        # Until 2019 gamma and beta were (C,).
        older = replace(pair, arguments={**SCALED, **GROUPS})
        return (
            older if group_norm_is_right(older, members) and not group_norm_is_right(pair, members) else pair
        )
    return pair


def _wants_squares(pair: FunctionPair, members: Members) -> bool:
    is_oblong = pair.layer in OBLONG and pair.express is not tiling
    return is_oblong and wants_squares(pair.forward, members[pair.forward], OBLONG[pair.layer])


def _subject(pair: FunctionPair, members: Members) -> Subject:
    conventions = {"full-credit", *(["p-drops"] if pair.arguments is DROPPING else [])}
    forward = partial(_forward, pair, members)
    evaluation = evaluation_of(pair.spec, forward, pair.express)
    if evaluation is Evaluation.REFUSED:
        forward = partial(_untracked, forward)
    interface = usual(
        pair.express,
        draws_mask=pair.layer == "dropout",
        skips=skipping(evaluation),
        conventions=frozenset(conventions),
    )
    return pair.speaking(pair.subject(members, forward, interface))


def _untracked(forward: Forward, params: Params, tensors: Arrays) -> LocalCall:
    """Call a forward that is for training alone: nobody reads its running values."""
    call = forward(params, tensors)
    return replace(call, outputs={"out": call.outputs["out"]})


def _forward(pair: FunctionPair, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call forward. Running values are read from the dictionary of parameters, dropout's mask from the output."""
    given = written(pair.arguments, params, tensors)
    call = pair_call(pair, members, params, tensors, given)
    if pair.layer == "group_norm":
        call = replace(call, backward=partial(_group_gradients, call, params["c"]))
    out = call.outputs["out"]
    if out is None:
        return call
    *_, last = given.values()
    tracked = {name: last.get(name) for name in pair.spec.shapes.tracked}
    observed = {"mask": np.asarray(out) != 0} if "mask" in tensors and isinstance(out, np.ndarray) else {}
    return replace(call, outputs={"out": out, **tracked}, observed=observed)


def _group_gradients(call: LocalCall, channels: int, dout: Array) -> dict[str, Any]:
    return {name: _without_axes(value, channels) for name, value in call.backward(dout).items()}


def _without_axes(value: Any, channels: int) -> Any:
    """Reshape a gradient of gamma or beta to (C,), the layer's own shape."""
    is_scale = isinstance(value, np.ndarray) and value.shape == (1, channels, 1, 1)
    return value.reshape(channels) if is_scale else value
