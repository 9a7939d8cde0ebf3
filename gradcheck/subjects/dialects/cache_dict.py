"""Functions on one dict: conv_fun(cache) with keys a, w, b, pad, stride, and conv_backward(dout, cache); NCHW."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from gradcheck.calling import LocalCall, gradients
from gradcheck.contract import Array, Arrays, Layer, Missing, Subject
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.cs231n.layers import CS231N, LENIENT, LOSSES, affine, as_is, convolution
from gradcheck.subjects.dialects.dialect import Dialect
from gradcheck.subjects.dialects.plain import Members, called, parameters, windows, without_output


def _nothing(params: Params) -> dict[str, int]:
    """No options."""
    return {}


def _conv_options(params: Params) -> dict[str, int]:
    return {"pad": params["pad"][0][0], "stride": params["stride"][0]}


def _pool_options(params: Params) -> dict[str, int]:
    height, width = params["kernel"]
    return {"HH": height, "WW": width, "s": params["stride"][0]}


@dataclass(frozen=True, kw_only=True)
class Interface:
    """How one pair of functions is called.

    `keys` are what the dict calls the tensors, `options` what else is in it. Forward takes the dict or, where `loose`,
    the tensors themselves; backward takes dout and the dict or, where `bare`, dout and x.
    """

    layer: str
    forward: str
    backward: str
    keys: tuple[str, ...]
    express: Callable[[Params], dict[str, Any]]
    options: Callable[[Params], dict[str, int]] = _nothing
    loose: bool = False
    bare: bool = False


def _pooling(layer: str, stem: str) -> Interface:
    return Interface(
        layer=layer,
        forward=f"{stem}_forward",
        backward=f"{stem}_backward",
        keys=("net",),
        express=windows,
        options=_pool_options,
    )


INTERFACES = (
    Interface(
        layer="conv2d",
        forward="conv_fun",
        backward="conv_backward",
        keys=("a", "w", "b"),
        express=convolution,
        options=_conv_options,
    ),
    _pooling("max_pool2d", "max_pool"),
    _pooling("avg_pool2d", "mean_pool"),
    _pooling("avg_pool2d", "avg_pool"),
    Interface(
        layer="relu",
        forward="Relu",
        backward="relu_backward",
        keys=("x",),
        express=as_is,
        loose=True,
        bare=True,
    ),
    Interface(
        layer="affine", forward="fc", backward="fc_backward", keys=("a", "w", "b"), express=affine, loose=True
    ),
)

OWN = ("conv_fun", "fc", "fc_backward")
"""Names that no other family has. `Relu` is also a class elsewhere, `max_pool_forward` takes anything."""


def signs(members: Members) -> bool:
    """Tell whether a file is of this family: by a name of its own, or by functions of one dict, or of x alone."""
    alone = [parameters(members, interface.forward) for interface in INTERFACES]
    return any(callable(members.get(name)) for name in OWN) or ("cache",) in alone or ("x",) in alone


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each pair of functions of which one is defined, and for each loss, as cs231n has them."""
    found = [
        each for each in INTERFACES if any(callable(members.get(n)) for n in (each.forward, each.backward))
    ]
    losses = {name: members[name] for name in LOSSES if name in members}
    return (*(_subject(interface, members) for interface in found), *CS231N.subjects(losses))


def _subject(interface: Interface, members: Members) -> Subject:
    layer = BY_NAME[interface.layer]
    return Subject(
        layer=layer,
        functions={"forward": interface.forward, "backward": interface.backward},
        forward=partial(_forward, layer, interface, members),
        express=interface.express,
        lenient=LENIENT,
        conventions=frozenset({"full-credit"}),
    )


def _forward(
    layer: Layer, interface: Interface, members: Members, params: Params, tensors: Arrays
) -> LocalCall:
    """Call forward with the dict or with the tensors; the output may come back, or be left in the dict."""
    cache: dict[str, Any] = {
        **dict(zip(interface.keys, tensors.values(), strict=True)),
        **interface.options(params),
    }
    back = partial(_backward, layer, interface, members)
    arguments = tuple(tensors.values()) if interface.loose else (cache,)
    try:
        out = called(members, interface.forward, *arguments)
    except Missing as problem:
        return without_output(problem, tensors, lambda _, dout: back(cache, dout))
    out = cache.get("out") if out is None else out
    missing = f"{interface.forward} returned no output" if out is None else None
    return LocalCall({"out": out}, tensors, partial(back, cache), cache, missing)


def _backward(
    layer: Layer, interface: Interface, members: Members, cache: dict[str, Any], dout: Array
) -> dict[str, Any]:
    """Call backward; the gradients may come back, or be left in the dict."""
    given = cache[interface.keys[0]] if interface.bare else cache
    returned = called(members, interface.backward, dout, given)
    if returned is None and any(f"d{name}" in cache for name in layer.shapes.differentiable):
        returned = tuple(cache.get(f"d{name}") for name in layer.shapes.differentiable)
    return gradients(interface.backward, returned, layer.shapes.differentiable)


CACHE_DICT = Dialect(
    name="cache-dict",
    title="functions on one dict: conv_fun(cache) with a, w, b, pad, stride in it, conv_backward(dout, cache), ...",
    names=tuple(dict.fromkeys([*(n for each in INTERFACES for n in (each.forward, each.backward)), *LOSSES])),
    subjects=subjects,
    signs=signs,
)
