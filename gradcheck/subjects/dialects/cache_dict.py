"""Functions on one dict: conv_fun(cache) with keys a, w, b, pad, stride, and conv_backward(dout, cache); NCHW."""

from functools import partial
from typing import Any

from gradcheck.calling import LocalCall, gradients
from gradcheck.contract import Array, Arrays, Subject
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import (
    Arguments,
    FunctionPair,
    called,
    forward_call,
    parameters_of,
    written,
)
from gradcheck.subjects.dialects.cs231n import CS231N, LOSSES
from gradcheck.subjects.dialects.dialect import Dialect, Members
from gradcheck.subjects.dialects.expressing import affine, convolution, pad, pooling, stride

DICT: Arguments = {"cache": "cache"}
"""Forward is passed nothing but the dict."""


def _dict_of(keys: Arguments, params: Params, tensors: Arrays) -> dict[str, Any]:
    return written(keys, params, tensors)


def _pair(forward: str, backward: str, layer: str, keys: Arguments, **others: Any) -> FunctionPair:
    """Return a pair whose cache is a dict with the given keys; forward is passed the dict, or its entries."""
    cache = partial(_dict_of, keys)
    return FunctionPair(forward=forward, backward=backward, layer=layer, cache=cache, **others)


def _pooling(layer: str, stem: str) -> FunctionPair:
    keys: Arguments = {
        "net": "x",
        "HH": lambda params, tensors: params["kernel"][0],
        "WW": lambda params, tensors: params["kernel"][1],
        "s": stride,
    }
    return _pair(f"{stem}_forward", f"{stem}_backward", layer, keys, arguments=DICT, express=pooling)


WEIGHTED: Arguments = {"a": "x", "w": "w", "b": "b"}
X: Arguments = {"x": "x"}

PAIRS = (
    _pair(
        "conv_fun",
        "conv_backward",
        "conv2d",
        {**WEIGHTED, "pad": pad, "stride": stride},
        arguments=DICT,
        express=convolution,
    ),
    _pooling("max_pool2d", "max_pool"),
    _pooling("avg_pool2d", "mean_pool"),
    _pooling("avg_pool2d", "avg_pool"),
    _pair("Relu", "relu_backward", "relu", X, arguments=X, back_arguments={"dout": "dout", "x": "x"}),
    _pair("fc", "fc_backward", "affine", WEIGHTED, arguments=WEIGHTED, express=affine),
)

OWN = ("conv_fun", "fc", "fc_backward")
"""Names that no other family has. `Relu` is also a class elsewhere, `max_pool_forward` takes anything."""


def signs(members: Members) -> bool:
    """Return whether a file is of this family: by a name of its own, or by functions of one dict, or of x alone."""
    alone = [parameters_of(members, pair.forward) for pair in PAIRS]
    return any(callable(members.get(name)) for name in OWN) or ("cache",) in alone or ("x",) in alone


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each pair of functions of which one is defined, and for each loss, as cs231n has them."""
    found = [pair.subject(members, partial(_forward, pair, members)) for pair in PAIRS if pair.is_in(members)]
    losses = {name: members[name] for name in LOSSES if name in members}
    return (*found, *CS231N.subjects(losses))


def _forward(pair: FunctionPair, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call forward with the dict or with the tensors; the output may come back, or be left in the dict."""
    assert pair.cache is not None
    cache = pair.cache(params, tensors)
    given = written(pair.arguments, params, {**tensors, "cache": cache})
    back = partial(_backward, pair, members, params, {**tensors, "cache": cache})

    def read(out: Any) -> LocalCall:
        return LocalCall({"out": cache.get("out") if out is None else out}, tensors, back, cache)

    return forward_call(
        pair.forward, tensors, partial(called, members, pair.forward, *given.values()), read, back
    )


def _backward(
    pair: FunctionPair, members: Members, params: Params, known: dict[str, Any], dout: Array
) -> dict[str, Any]:
    """Call backward; the gradients may come back, or be left in the dict."""
    cache, wanted = known["cache"], pair.spec.shapes.differentiable
    given = written(pair.back_arguments, params, {**known, "dout": dout})
    returned = called(members, pair.backward, *given.values())
    if returned is None and any(f"d{name}" in cache for name in wanted):
        returned = tuple(cache.get(f"d{name}") for name in wanted)
    return gradients(pair.backward, returned, wanted)


CACHE_DICT = Dialect(
    name="cache-dict",
    title="functions on one dict: conv_fun(cache) with a, w, b, pad, stride in it, conv_backward(dout, cache), ...",
    names=tuple(dict.fromkeys([*(name for pair in PAIRS for name in pair.names.values()), *LOSSES])),
    subjects=subjects,
    signs=signs,
)
