"""Paddle's img_conv_layer on arrays: input, weights and bias come first, its options by their names.

``_y`` is vertical and defaults to the other; ``trans`` makes it a transposed convolution, with weights (C, F/groups,
kh, kw); ``bias_attr=False`` means no bias, ``shared_biases=False`` one for each output position.
"""

from dataclasses import replace
from typing import Any

from gradcheck.grammar import Params
from gradcheck.subjects.dialects.framework.forms import GROUPS, Form
from gradcheck.subjects.dialects.framework.options import Option

NAME = "img_conv_layer"


def _evenly(params: Params) -> dict[str, Any]:
    """Both sides of an axis are padded alike; a transposed convolution has no extra rows."""
    pads = tuple((before, before) for before, _ in params["pad"])
    more = {"output_pad": (0, 0)} if "output_pad" in params else {}
    return {**params, "pad": pads, **more}


def _axes(keyword: str, parameter: str, default: int) -> tuple[Option, Option]:
    """Return the vertical and the horizontal option of a parameter."""
    vertical = Option(
        keyword=f"{keyword}_y",
        neutral=default,
        write=lambda params: params[parameter][0],
        without=lambda params: {parameter: (params[parameter][1],) * 2},
    )
    horizontal = Option(
        keyword=keyword,
        neutral=default,
        write=lambda params: params[parameter][1],
        without=lambda params: {parameter: (default, default)},
    )
    return vertical, horizontal


def _padding() -> tuple[Option, Option]:
    vertical = Option(
        keyword="padding_y",
        neutral=0,
        write=lambda params: params["pad"][0][0],
        without=lambda params: {"pad": (params["pad"][1],) * 2},
    )
    horizontal = Option(
        keyword="padding",
        neutral=0,
        write=lambda params: params["pad"][1][0],
        without=lambda params: {"pad": ((0, 0), (0, 0))},
    )
    return vertical, horizontal


SIZES = (
    Option(
        keyword="filter_size_y",
        neutral=1,
        write=lambda params: params["kh"],
        without=lambda params: {"kh": params["kw"]},
    ),
    Option(keyword="filter_size", neutral=1, write=lambda params: params["kw"]),
    Option(keyword="num_filters", neutral=1, write=lambda params: params["f"]),
    Option(keyword="num_channels", neutral=1, write=lambda params: params["c"]),
)
BIASES = (
    Option(
        keyword="shared_biases",
        neutral=True,
        write=lambda params: params["bias"] != "position",
        without=lambda params: {"bias": "none" if params["bias"] == "none" else "shared"},
    ),
    Option(
        keyword="bias_attr",
        neutral=True,
        write=lambda params: params["bias"] != "none",
        without=lambda params: {"bias": "position" if params["bias"] == "position" else "shared"},
    ),
)
TRANS = Option(keyword="trans", neutral=False, write=lambda params: "output_pad" in params)

CONV = Form(
    name=NAME,
    layer="conv2d",
    arguments={"input": "x", "weight": "w", "bias": "b"},
    options=(
        *_axes("stride", "stride", 1),
        *_padding(),
        *_axes("dilation", "dilation", 1),
        *SIZES,
        *BIASES,
        GROUPS,
        TRANS,
    ),
    express=_evenly,
)
TRANSPOSED = replace(CONV, layer="conv_transpose2d")
