"""The nearest parameters that simple interfaces can express, and values that they are passed: for several families."""

from typing import Any

from gradcheck.contract import Arrays
from gradcheck.grammar import Params


def affine(params: Params) -> dict[str, Any]:
    """A bias is always there."""
    return {**params, "bias": "shared"}


def convolution(params: Params) -> dict[str, Any]:
    """One stride and one pad for all axes and sides; no dilation, no groups."""
    stride, pad, axes = params["stride"][0], params["pad"][0][0], len(params["stride"])
    square = {"stride": (stride,) * axes, "pad": ((pad, pad),) * axes, "dilation": (1,) * axes}
    return {**params, **square, "g": 1, "bias": "shared"}


def pooling(params: Params) -> dict[str, Any]:
    """A window of any shape, one stride, no padding, no dilation; partial windows are dropped."""
    stride = params["stride"][0]
    known = {
        "stride": (stride, stride),
        "pad": ((0, 0), (0, 0)),
        "dilation": (1, 1),
        "rounding": "floor",
        "divisor": "padded",
    }
    # Only what the layer has: means know no dilation, maxima no divisor.
    return {name: known.get(name, value) for name, value in params.items()}


def batch(params: Params) -> dict[str, Any]:
    """The running variance is the biased one."""
    return {**params, "variance": "biased"}


def flat(params: Params) -> dict[str, Any]:
    """One axis of features."""
    return {**params, "dims": params["dims"][:1]}


def hinge(params: Params) -> dict[str, Any]:
    """A margin of 1."""
    return {**params, "margin": 1.0}


def stride(params: Params, tensors: Arrays) -> int:
    """Pass the stride as one number."""
    return int(params["stride"][0])


def pad(params: Params, tensors: Arrays) -> int:
    """Pass the padding as one number."""
    return int(params["pad"][0][0])


def stride_and_pad(params: Params, tensors: Arrays) -> dict[str, int]:
    """Pass both in a dict."""
    return {"stride": stride(params, tensors), "pad": pad(params, tensors)}
