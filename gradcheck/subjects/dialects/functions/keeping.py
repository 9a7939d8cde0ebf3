"""Convolutions whose padding stands in the code: the output is as large as the input, but for its stride."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from gradcheck.contract import Layer
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.functions.calls import Narrowing
from gradcheck.subjects.dialects.inferred.arguments import Read


def keeping(layer: Layer, read: Read) -> Iterator[Narrowing]:
    """Yield the paddings that keep a plane's extents, for a convolution without an argument for padding."""
    given = {slot.role.partition("_")[0] for slot in read.slots}
    if given & {"pad", "options"}:
        return
    if layer.name == "conv1d" and "stride" not in given:
        yield Narrowing(text="zeros beyond the far border keep the length", express=partial(_along_a_line, 0))
        yield Narrowing(
            text="zeros before the near border keep the length", express=partial(_along_a_line, 1)
        )
    if layer.name != "conv2d":
        return
    yield Narrowing(text="pads by itself, so that the size stays; odd filters", express=_odd)
    yield Narrowing(
        text="pads by itself, so that the size stays; odd, square filters", express=_odd_and_square
    )
    if "stride" not in given:
        yield Narrowing(text="zeros beyond the far borders keep the plane's extents", express=_far)


def _odd(params: Params) -> dict[str, Any]:
    kh, kw = params["kh"] | 1, params["kw"] | 1
    return {**params, "dilation": (1, 1), "kh": kh, "kw": kw, "pad": ((kh // 2,) * 2, (kw // 2,) * 2)}


def _odd_and_square(params: Params) -> dict[str, Any]:
    return _odd({**params, "kw": params["kh"]})


def _along_a_line(share: int, params: Params) -> dict[str, Any]:
    """Return parameters with all padding before the first entry (a `share` of 1), or behind the last (0)."""
    reach = params["kl"] - 1
    return {**params, "stride": (1,), "dilation": (1,), "pad": ((share * reach, (1 - share) * reach),)}


def _far(params: Params) -> dict[str, Any]:
    pad = ((0, params["kh"] - 1), (0, params["kw"] - 1))
    return {**params, "stride": (1, 1), "dilation": (1, 1), "pad": pad}
