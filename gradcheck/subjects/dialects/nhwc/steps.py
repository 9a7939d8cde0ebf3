"""The NHWC course: conv_forward(A_prev, W, b, hparameters), pool_forward(A_prev, hparameters, mode), backward alike."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, gradients, pair_of_results
from gradcheck.contract import Array, Arrays, Layer, Missing, Subject
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.report import Finding, Severity, Verdict
from gradcheck.subjects.dialects.cs231n.layers import LENIENT, convolution
from gradcheck.subjects.dialects.dialect import Dialect
from gradcheck.subjects.dialects.nhwc.helpers import HELPERS, helpers
from gradcheck.subjects.dialects.plain import Members, called, parameters, windows, without_output

AXES = {
    "x": ((0, 2, 3, 1), (0, 3, 1, 2)),
    "w": ((2, 3, 1, 0), (3, 2, 0, 1)),
    "out": ((0, 2, 3, 1), (0, 3, 1, 2)),
}
"""Where the axes go and where they come from: x (N, C, H, W) is A_prev (m, n_H, n_W, n_C), w (F, C, f, f) is W."""

TOLD = {"x": "dx[n, c, h, w] is dA_prev[n, h, w, c]", "w": "dw[f, c, h, w] is dW[h, w, c, f]"}
"""How to read an index of ours."""


def theirs(name: str, values: Array) -> Array:
    """Return a tensor in the course's layout; in C order, and read-only, where it is so now."""
    if name == "b":
        return values.reshape(1, 1, 1, -1)
    turned = values.transpose(AXES[name][0])
    if not values.flags.c_contiguous:
        return turned
    given = np.array(turned, order="C")
    given.flags.writeable = values.flags.writeable
    return given


def ours(name: str, values: Any) -> Any:
    """Return a result in our layout, as a view; what has not the axes for it stays as it is."""
    if not isinstance(values, np.ndarray):
        return values
    plain = np.array(values, copy=None, subok=False)
    if plain.ndim != 4 or (name == "b" and plain.shape[:3] != (1, 1, 1)):
        return plain
    return plain.reshape(-1) if name == "b" else plain.transpose(AXES[name][1])


@dataclass(frozen=True)
class TurnedCall(LocalCall):
    """A call whose arguments have other axes than the layer's tensors."""

    def cached(self) -> list[Array]:
        """Return the arrays in the cache, the inputs among them in our layout."""
        return [self._known(array) for array in super().cached()]

    def _known(self, array: Array) -> Array:
        found = (ours(name, array) for name in self.arguments)
        equal = (view for name, view in zip(self.arguments, found, strict=True) if self._is(name, view))
        return next(equal, array)

    def _is(self, name: str, view: Array) -> bool:
        return np.array_equal(view, self.arguments[name], equal_nan=view.dtype.kind == "f")


@dataclass(frozen=True, kw_only=True)
class Interface:
    """How one pair of functions is called: with hyper-parameters and, where it is a pooling, its mode."""

    layer: str
    stem: str
    express: Callable[[Params], dict[str, Any]]
    hparameters: Callable[[Params], dict[str, int]]
    mode: tuple[str, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """The names of the two functions."""
        return {part: f"{self.stem}_{part}" for part in ("forward", "backward")}


def square_filters(params: Params) -> dict[str, Any]:
    """Square filters, one stride and one pad for both axes and sides; no dilation, no groups."""
    f = min(params["kh"], params["kw"])
    return {**convolution(params), "kh": f, "kw": f}


def square_windows(params: Params) -> dict[str, Any]:
    """Square windows, one stride, no padding; partial windows are dropped."""
    return {**windows(params), "kernel": (min(params["kernel"]),) * 2}


def _pool_hparameters(params: Params) -> dict[str, int]:
    return {"stride": params["stride"][0], "f": params["kernel"][0]}


INTERFACES = (
    Interface(
        layer="conv2d",
        stem="conv",
        express=square_filters,
        hparameters=lambda params: {"stride": params["stride"][0], "pad": params["pad"][0][0]},
    ),
    *(
        Interface(
            layer=layer, stem="pool", express=square_windows, hparameters=_pool_hparameters, mode=(mode,)
        )
        for layer, mode in (("max_pool2d", "max"), ("avg_pool2d", "average"))
    ),
)
NAMES = tuple(dict.fromkeys(name for interface in INTERFACES for name in interface.names.values()))
SIGNS = frozenset({"A_prev", "a_prev", "hparameters", "hparams", "dZ", "dA"})
"""What the course calls its parameters, and others who write `conv_forward` do not."""


def signs(members: Members) -> bool:
    """Tell whether a file's conv_forward is the course's: by its helpers, or by what parameters are called."""
    has_helper = any(callable(members.get(name)) for name in HELPERS)
    return has_helper or any(SIGNS & set(parameters(members, name)) for name in NAMES)


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each pair of functions, for each mode, of which one is defined; then for the helpers."""
    found = [each for each in INTERFACES if any(callable(members.get(n)) for n in each.names.values())]
    return (*(_subject(interface, members) for interface in found), *helpers(members))


def _subject(interface: Interface, members: Members) -> Subject:
    layer = BY_NAME[interface.layer]
    told = ", ".join(text for name, text in TOLD.items() if name in layer.shapes.differentiable)
    note = Finding(check="", severity=Severity.NOTE, verdict=Verdict.PASS, message=f"told as NCHW: {told}")
    return Subject(
        layer=layer,
        functions=interface.names,
        forward=partial(_forward, layer, interface, members),
        express=interface.express,
        lenient=LENIENT,
        conventions=frozenset({"full-credit"}),
        notes=(note,),
    )


def _forward(
    layer: Layer, interface: Interface, members: Members, params: Params, tensors: Arrays
) -> LocalCall:
    name = interface.names["forward"]
    given = {key: theirs(key, values) for key, values in tensors.items()}
    arguments = {key: ours(key, values) for key, values in given.items()}
    inputs = (*given.values(), interface.hparameters(params))
    back = partial(_backward, layer, interface, members)
    try:
        returned = called(members, name, *inputs, *interface.mode)
    except Missing as problem:  # what the course leaves for backward is known
        return without_output(problem, arguments, lambda _, dout: back(inputs, dout))
    out, cache = pair_of_results(name, returned)
    missing = f"{name} returned no output" if out is None else None
    return TurnedCall({"out": ours("out", out)}, arguments, partial(back, cache), cache, missing)


def _backward(
    layer: Layer, interface: Interface, members: Members, cache: Any, dout: Array
) -> dict[str, Any]:
    name = interface.names["backward"]
    returned = called(members, name, theirs("out", dout), cache, *interface.mode)
    found = gradients(name, returned, layer.shapes.differentiable)
    return {key: ours(key, values) for key, values in found.items()}


NHWC = Dialect(
    name="nhwc",
    title="NHWC, step by step: conv_forward(A_prev, W, b, hparameters), conv_backward(dZ, cache), pool_forward(...)",
    names=(*NAMES, *HELPERS),
    subjects=subjects,
    signs=signs,
)
