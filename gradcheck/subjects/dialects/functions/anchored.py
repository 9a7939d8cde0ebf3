"""Convolutions whose windows begin at the output's pixel: zeros beyond the far borders keep the plane's extents."""

from collections.abc import Iterator
from typing import Any

from gradcheck.contract import Layer
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.functions.calls import Narrowing
from gradcheck.subjects.dialects.inferred.arguments import Read


def anchored(layer: Layer, read: Read) -> Iterator[Narrowing]:
    """Yield this padding, for a convolution without arguments for stride and padding.

    Its output has the shape of one that is padded on all sides: only its values say which it is.
    """
    given = {slot.role.partition("_")[0] for slot in read.slots}
    if layer.name == "conv2d" and not given & {"stride", "pad", "options"}:
        yield Narrowing(text="zeros beyond the far borders keep the plane's extents", express=_far)


def _far(params: Params) -> dict[str, Any]:
    pad = ((0, params["kh"] - 1), (0, params["kw"] - 1))
    return {**params, "stride": (1, 1), "dilation": (1, 1), "pad": pad}
