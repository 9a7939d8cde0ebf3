"""The NHWC course: conv_forward(A_prev, W, b, hparameters), pool_forward(A_prev, hparameters, mode), backward alike."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall
from gradcheck.calling.results import plain
from gradcheck.contract import Array, Arrays, Subject
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import (
    Arguments,
    FunctionPair,
    habit,
    pair_call,
    parameters_of,
    written,
)
from gradcheck.subjects.dialects.dialect import Dialect, Members
from gradcheck.subjects.dialects.expressing import convolution, pooling, stride, stride_and_pad
from gradcheck.subjects.dialects.nhwc.helpers import HELPERS, helpers

AXES = {
    "x": ((0, 2, 3, 1), (0, 3, 1, 2)),
    "w": ((2, 3, 1, 0), (3, 2, 0, 1)),
    "out": ((0, 2, 3, 1), (0, 3, 1, 2)),
}
"""Where the axes go and where they come from: x (N, C, H, W) is A_prev (m, n_H, n_W, n_C), w (F, C, f, f) is W."""

INDICES = {"x": "dx[n, c, h, w] is dA_prev[n, h, w, c]", "w": "dw[f, c, h, w] is dW[h, w, c, f]"}
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
    array = plain(values)
    if array.ndim != 4 or (name == "b" and array.shape[:3] != (1, 1, 1)):
        return array
    return array.reshape(-1) if name == "b" else array.transpose(AXES[name][1])


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


def square_filters(params: Params) -> dict[str, Any]:
    """Square filters, one stride and one pad for both axes and sides; no dilation, no groups."""
    f = min(params["kh"], params["kw"])
    return {**convolution(params), "kh": f, "kw": f}


def square_windows(params: Params) -> dict[str, Any]:
    """Square windows, one stride, no padding; partial windows are dropped."""
    return {**pooling(params), "kernel": (min(params["kernel"]),) * 2}


def _pool_hparameters(params: Params, tensors: Arrays) -> dict[str, int]:
    return {"stride": stride(params, tensors), "f": params["kernel"][0]}


def _inputs(arguments: Arguments, params: Params, tensors: Arrays) -> tuple[Any, ...]:
    """Return the cache, which in this course is what forward was passed."""
    return tuple(written(arguments, params, tensors).values())


CONVOLVED: Arguments = {"A_prev": "x", "W": "w", "b": "b", "hparameters": stride_and_pad}
POOLED: Arguments = {"A_prev": "x", "hparameters": _pool_hparameters}


def _pooling(layer: str, mode: str) -> FunctionPair:
    """Return the pair of functions for maxima and means: `mode` chooses."""
    chosen: Arguments = {"mode": lambda params, tensors: mode}
    return FunctionPair(
        layer=layer,
        forward="pool_forward",
        backward="pool_backward",
        arguments={**POOLED, **chosen},
        back_arguments={"dA": "dout", "cache": "cache", **chosen},
        cache=partial(_inputs, POOLED),
        express=square_windows,
    )


PAIRS = (
    FunctionPair(
        layer="conv2d",
        forward="conv_forward",
        backward="conv_backward",
        arguments=CONVOLVED,
        back_arguments={"dZ": "dout", "cache": "cache"},
        cache=partial(_inputs, CONVOLVED),
        express=square_filters,
    ),
    _pooling("max_pool2d", "max"),
    _pooling("avg_pool2d", "average"),
)
NAMES = tuple(dict.fromkeys(name for pair in PAIRS for name in pair.names.values()))
SIGNS = frozenset({"A_prev", "a_prev", "hparameters", "hparams", "dZ", "dA"})
"""What the course calls its parameters, and others who write `conv_forward` do not."""


def signs(members: Members) -> bool:
    """Return whether a file's conv_forward is the course's: by its helpers, or by what parameters are called."""
    has_helper = any(callable(members.get(name)) for name in HELPERS)
    return has_helper or any(SIGNS & set(parameters_of(members, name)) for name in NAMES)


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each pair of functions, for each mode, of which one is defined; then for the helpers."""
    found = [_noted(pair) for pair in PAIRS if pair.is_in(members)]
    pairs = [
        pair.speaking(pair.subject(members, partial(_forward, pair, members)), _theirs) for pair in found
    ]
    return (*pairs, *helpers(members))


def _theirs(tensors: Arrays) -> Arrays:
    """Return the tensors in the course's layout."""
    return {name: theirs(name, values) for name, values in tensors.items()}


def _noted(pair: FunctionPair) -> FunctionPair:
    """Return the pair with a note on how to read the indices of its findings."""
    indices = ", ".join(text for name, text in INDICES.items() if name in pair.spec.shapes.differentiable)
    return replace(pair, notes=(habit(f"indices are NCHW: {indices}", check=""),))


def _forward(pair: FunctionPair, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call forward, and backward, in the course's layout."""
    given = _theirs(tensors)
    call = pair_call(pair, members, params, given)
    return TurnedCall(
        outputs={"out": ours("out", call.outputs["out"])},
        arguments={name: ours(name, values) for name, values in given.items()},
        backward=partial(_gradients, call),
        cache=call.cache,
        missing=call.missing,
    )


def _gradients(call: LocalCall, dout: Array) -> dict[str, Any]:
    return {name: ours(name, values) for name, values in call.backward(theirs("out", dout)).items()}


NHWC = Dialect(
    name="nhwc",
    title="NHWC, step by step: conv_forward(A_prev, W, b, hparameters), conv_backward(dZ, cache), pool_forward(...)",
    names=(*NAMES, *HELPERS),
    subjects=subjects,
    signs=signs,
)
