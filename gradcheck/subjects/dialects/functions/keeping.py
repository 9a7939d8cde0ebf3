"""Convolutions whose padding stands in the code: the output is as large as the input."""

from collections.abc import Iterator
from typing import Any

from gradcheck.contract import Layer
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.functions.calls import Narrowing
from gradcheck.subjects.dialects.inferred.arguments import Read


def keeping(layer: Layer, read: Read) -> Iterator[Narrowing]:
    """Yield the paddings that keep a plane's extents, for a convolution without arguments for stride and padding."""
    given = {slot.role.partition("_")[0] for slot in read.slots}
    if layer.name == "conv2d" and not given & {"stride", "pad"}:
        yield Narrowing(
            text="padded to keep the plane's extents, square windows of odd extent", express=_same
        )
        yield Narrowing(text="zeros beyond the far borders keep the plane's extents", express=_far)


def _same(params: Params) -> dict[str, Any]:
    side = params["kh"] - (1 - params["kh"] % 2)
    reach = side // 2
    return {**_plain(params), "kh": side, "kw": side, "pad": ((reach, reach),) * 2}


def _far(params: Params) -> dict[str, Any]:
    return {**_plain(params), "pad": ((0, params["kh"] - 1), (0, params["kw"] - 1))}


def _plain(params: Params) -> dict[str, Any]:
    return {**params, "stride": (1, 1), "dilation": (1, 1)}
