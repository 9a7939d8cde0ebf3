"""The sizes and options that a constructor is passed, as a case has them."""

import inspect
from typing import Any

from gradcheck.contract import Arrays
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import Value
from gradcheck.subjects.dialects.objects.styles import Style

Extents = tuple[int, ...]


def number_for(role: str, layer: str, style: Style, each: inspect.Parameter) -> Value:
    """Return what passes sizes and options."""
    windows = {
        "kernel": _kernel,
        "stride": _stride,
        "pad": _pad,
        "dilation": _dilation,
        "output_pad": _output_pad,
    }
    if role in windows:
        axes = windows[role]
        less = 1 if role == "dilation" and each.default == 0 else 0
        as_pair = (style.extents if role == "kernel" else style.steps) == "pair"
        return lambda params, tensors: _pair_or_number([value - less for value in axes(params)], as_pair)
    if role[:-2] in windows and role[-2:] in ("_h", "_w"):
        return lambda params, tensors: windows[role[:-2]](params)[role[-1] == "w"]
    found: Value = _SIZES[role](style, layer)
    return found


def _pair_or_number(axes: list[int], as_pair: bool) -> Any:
    return tuple(axes) if as_pair else axes[0]


def _kernel(params: Params) -> Extents:
    if "kl" in params:
        return (params["kl"],)
    found: Extents = params["kernel"] if "kernel" in params else (params["kh"], params["kw"])
    return found


def _stride(params: Params) -> Extents:
    found: Extents = params["stride"]
    return found


def _pad(params: Params) -> Extents:
    return tuple(before for before, _ in params["pad"])


def _dilation(params: Params) -> Extents:
    found: Extents = params["dilation"]
    return found


def _output_pad(params: Params) -> Extents:
    found: Extents = params["output_pad"]
    return found


def _features(params: Params) -> int:
    dims = params.get("dims")
    if dims is None:
        return int(params.get("d") or params["c"])
    count = 1
    for extent in dims:
        count *= extent
    return count


def _x_shape(style: Style, layer: str) -> Value:
    def value(params: Params, tensors: Arrays) -> Any:
        shape = tensors["x"].shape
        alone = tuple(shape if "n" in style.x.fixed and 0 in style.x.without else shape[1:])
        return alone if style.extents == "pair" or len(alone) > 1 else alone[0]

    return value


def _w_shape(style: Style, layer: str) -> Value:
    return lambda params, tensors: (params["c"], params["kh"], params["kw"])


def _size(style: Style, layer: str) -> Value:
    def value(params: Params, tensors: Arrays) -> Any:
        return params["size"] if style.extents == "pair" else params["size"][0]

    return value


def _d(style: Style, layer: str) -> Value:
    def value(params: Params, tensors: Arrays) -> Any:
        return (
            _features(params)
            if style.extents == "number"
            else tuple(params.get("dims", (_features(params),)))
        )

    return value


_SIZES: dict[str, Any] = {
    "in": lambda style, layer: lambda params, tensors: _features(params),
    "out": lambda style, layer: lambda params, tensors: params["m"],
    "x_shape": _x_shape,
    "w_shape": _w_shape,
    "d": _d,
    "momentum": lambda style, layer: (
        lambda params, tensors: 1 - params["momentum"] if style.momentum else params["momentum"]
    ),
    "v": lambda style, layer: lambda params, tensors: params["v"],
    "e": lambda style, layer: lambda params, tensors: params["d"],
    "sharpness": lambda style, layer: lambda params, tensors: 1.0,
    "axis": lambda style, layer: lambda params, tensors: -1,
    "size": _size,
    "length": lambda style, layer: lambda params, tensors: params.get("most") or max(params["t"], 64),
    "no_drop": lambda style, layer: lambda params, tensors: 0.0,
    "ignore_index": lambda style, layer: lambda params, tensors: int(params["label"]),
    **{
        name: (lambda style, layer, name=name: lambda params, tensors: params[name])
        for name in ("c", "f", "g", "h", "w", "m", "eps", "slope", "margin", "alpha", "delta", "smoothing")
    },
}
