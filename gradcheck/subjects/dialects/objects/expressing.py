"""The nearest parameters that a constructor's arguments can express in a style."""

from functools import partial
from typing import Any

from gradcheck.grammar import Params
from gradcheck.layers.loss import unignored
from gradcheck.subjects.dialects.dialect import Express
from gradcheck.subjects.dialects.expressing import flat
from gradcheck.subjects.dialects.inferred.layouts import Layout, narrowed
from gradcheck.subjects.dialects.inferred.words import ELEMENTWISE
from gradcheck.subjects.dialects.objects.roles import ON_TARGETS
from gradcheck.subjects.dialects.objects.styles import WINDOWED, Style

SEVERAL_AXES = (
    ON_TARGETS
    | ELEMENTWISE - {"identity"}
    | {"affine", "layer_norm", "rms_norm", "dropout", "softmax", "log_softmax"}
)
"""Layers whose samples may have several axes of features; a class may be written for one."""


def composed(*steps: Express) -> Express:
    """Return what narrows parameters in several steps."""

    def express(params: Params) -> dict[str, Any]:
        found = dict(params)
        for step in steps:
            found = step(found)
        return found

    return express


def express_of(layer: str, roles: dict[str, str], style: Style, *, is_flat: bool = True) -> Express:
    """Return what a constructor can express; `is_flat` leaves the samples one axis of features."""
    have = set(roles.values())
    steps: list[Express] = [partial(_in_layouts, [style.x, style.w, style.b])]
    if is_flat and layer in SEVERAL_AXES:
        steps.append(flat)
    if layer == "depthwise_conv2d" and "m" not in have:
        steps.append(lambda params: {**params, "m": 1})
    if layer == "adaptive_avg_pool2d" and style.extents == "number":
        steps.append(lambda params: {**params, "size": (params["size"][0],) * 2})
    if layer in WINDOWED:
        steps.append(partial(_windows, have, style))
    elif layer in ("max_pool1d", "avg_pool1d"):
        steps.append(partial(_pooled_line, have))
    elif layer == "conv1d":
        steps.append(partial(_line, have))
    elif layer == "svm_loss" and "margin" not in have:
        steps.append(lambda params: {**params, "margin": 1.0})
    elif layer == "huber_loss" and "delta" not in have:
        steps.append(lambda params: {**params, "delta": 1.0})
    elif layer == "softmax_loss" and style.labels == "one-hot":
        steps.append(lambda params: {**unignored(params), "c": max(2, params["c"])})
    elif layer == "smoothed_softmax_loss" and style.labels == "one-hot":
        steps.append(lambda params: {**params, "c": max(2, params["c"])})
    elif layer == "smoothed_softmax_loss" and "smoothing" not in have:
        steps.append(lambda params: {**params, "smoothing": 0.1})
    elif layer == "softmax_loss" and "ignore_index" not in have:
        steps.append(unignored)
    if "b" in have:
        steps.append(_shared)
    return composed(*steps)


def _line(have: set[str], params: Params) -> dict[str, Any]:
    """Return what a convolution along a line can express: as much padding on both sides, and what it has words for."""
    before = params["pad"][0][0]
    usual = {"stride": (1,), "pad": ((0, 0),), "dilation": (1,), "g": 1}
    lacks = {name: value for name, value in usual.items() if name not in have}
    return {**params, "pad": ((before, before),), **lacks}


def _pooled_line(have: set[str], params: Params) -> dict[str, Any]:
    """Return what a pooling along a line can express: windows that are whole, and touch where there is no stride."""
    before = min(params["pad"][0][0], params["kernel"][0] // 2) if "pad" in have else 0
    found = {**params, "pad": ((before, before),), "rounding": "floor"}
    found |= {} if "stride" in have else {"stride": params["kernel"]}
    found |= {"dilation": (1,)} if "dilation" in params and "dilation" not in have else {}
    return found | ({"divisor": "padded"} if "divisor" in params else {})


def _shared(params: Params) -> dict[str, Any]:
    return {**params, "bias": "shared"}


def _in_layouts(layouts: list[Layout], params: Params) -> dict[str, Any]:
    return narrowed(params, layouts)


def _windows(have: set[str], style: Style, params: Params) -> dict[str, Any]:
    found = dict(params)
    found |= _kernel(have, style, found)
    found["stride"] = _stride(have, style, found)
    if "dilation" in found:
        found["dilation"] = _option(have, style, found, "dilation", (1, 1))
    if "output_pad" in found:
        found["output_pad"] = _option(have, style, found, "output_pad", (0, 0))
    if "g" in found and "g" not in have:
        found["g"] = 1
    found["pad"] = _pad(have, style, found)
    fixed = {"rounding": "floor", "divisor": "padded"}
    return found | {name: value for name, value in fixed.items() if name in found}


def _kernel(have: set[str], style: Style, params: Params) -> dict[str, Any]:
    if style.size:
        kernel = style.size, style.size
    else:
        kernel = params["kernel"] if "kernel" in params else (params["kh"], params["kw"])
        if style.extents == "number" and "kernel" in have:
            kernel = kernel[0], kernel[0]
        if style.odd:
            kernel = kernel[0] | 1, kernel[1] | 1
    return {"kernel": kernel} if "kernel" in params else {"kh": kernel[0], "kw": kernel[1]}


def _stride(have: set[str], style: Style, params: Params) -> tuple[int, int]:
    if "stride" not in have and "stride_h" not in have:
        found: tuple[int, int] = params.get("kernel", (1, 1))
        return found
    return _option(have, style, params, "stride", (1, 1))


def _option(
    have: set[str], style: Style, params: Params, name: str, usual: tuple[int, int]
) -> tuple[int, int]:
    value: tuple[int, int] = params[name]
    if f"{name}_h" in have:
        return value
    if name not in have:
        return usual
    return value if style.steps == "pair" else (value[0], value[0])


Pad = tuple[tuple[int, int], tuple[int, int]]


def _pad(have: set[str], style: Style, params: Params) -> Pad:
    """Return the pad: passed in numbers, or what the class adds by itself."""
    extents = params["kernel"] if "kernel" in params else (params["kh"], params["kw"])
    reach = [d * (k - 1) for k, d in zip(extents, params.get("dilation", (1, 1)), strict=True)]
    if style.pad == "same":
        return (reach[0] // 2, reach[0] - reach[0] // 2), (reach[1] // 2, reach[1] - reach[1] // 2)
    if style.pad == "early":
        return (reach[0] - reach[0] // 2, reach[0] // 2), (reach[1] - reach[1] // 2, reach[1] // 2)
    if style.pad == "half":
        return (extents[0] // 2, extents[0] // 2), (extents[1] // 2, extents[1] // 2)
    if style.pad in ("none", "valid"):
        return (0, 0), (0, 0)
    down, across = params["pad"][0][0], params["pad"][1][0]
    if style.steps != "pair" and "pad_h" not in have:
        across = down
    if "kernel" in params:  # half the window at most
        down, across = min(down, extents[0] // 2), min(across, extents[1] // 2)
        if style.steps != "pair" and "pad_h" not in have:
            down = across = min(down, across)
    return (down, down), (across, across)
