"""How the functions of frameworks are called: those of torch.nn.functional, and Paddle's img_conv_layer."""

from dataclasses import dataclass, replace
from typing import Any

from gradcheck.contract import Arrays
from gradcheck.grammar import Params
from gradcheck.layers.loss import IGNORED
from gradcheck.subjects.dialects.adapter import Arguments, parameter
from gradcheck.subjects.dialects.dialect import Express
from gradcheck.subjects.dialects.expressing import flat
from gradcheck.subjects.dialects.framework.options import Option, pad_option, pair_option


@dataclass(frozen=True, kw_only=True)
class Form:
    """One function for one layer.

    `arguments` are passed by position, `options` by name. `bias` is the argument that may be None, `window` the one
    that is a pair and may have to be one number; the gradients of `transposed` come the other way round.
    """

    name: str
    layer: str
    arguments: Arguments
    options: tuple[Option, ...] = ()
    express: Express = dict
    transposed: tuple[str, ...] = ()
    bias: str | None = None
    window: str | None = None


def _evenly(params: Params) -> dict[str, Any]:
    """Both sides of an axis are padded alike, a bias is for all positions."""
    pads = tuple((before, before) for before, _ in params["pad"])
    bias = {"bias": "none" if params["bias"] == "none" else "shared"} if "bias" in params else {}
    return {**params, "pad": pads, **bias}


def squared(form: Form) -> Form:
    """Return a form whose window is one number for both axes."""

    def express(params: Params) -> dict[str, Any]:
        return {**form.express(params), "kernel": (params["kernel"][0],) * 2}

    assert form.window is not None
    return replace(form, express=express, arguments={**form.arguments, form.window: _side}, window=None)


def _side(params: Params, tensors: Arrays) -> int:
    return int(params["kernel"][0])


def _tall(params: Params) -> dict[str, Any]:
    """A group of a single number is refused by F.group_norm."""
    return {**params, "h": max(2, params["h"])}


def _turned(params: Params, tensors: Arrays) -> Any:
    return tensors["w"].T


INPUT: Arguments = {"input": "x"}
WEIGHTED: Arguments = {"input": "x", "weight": "w", "bias": "b"}
WINDOW: Arguments = {"input": "x", "kernel_size": parameter("kernel")}
SCALED: Arguments = {"weight": "gamma", "bias": "beta", "eps": parameter("eps")}
TARGET: Arguments = {"input": "x", "target": "y"}

GROUPS = Option(
    keyword="groups", neutral=1, write=lambda params: params["g"], without=lambda params: {"g": 1}
)
CEIL = Option(
    keyword="ceil_mode",
    neutral=False,
    write=lambda params: params["rounding"] == "ceil",
    without=lambda params: {"rounding": "floor"},
)
COUNTED = Option(
    keyword="count_include_pad",
    neutral=True,
    write=lambda params: params["divisor"] == "padded",
    without=lambda params: {"divisor": "padded"},
)
STEP = Option(
    keyword="stride",
    neutral=(1, 1),
    write=lambda params: params["stride"],
    without=lambda params: {"stride": params["kernel"]},
    single=lambda params: {"stride": (params["stride"][0],) * 2},
)
STRIDE, DILATION = pair_option("stride", "stride", 1), pair_option("dilation", "dilation", 1)
MORE = pair_option("output_padding", "output_pad", 0)
PADDING = pad_option("padding")
IGNORE = Option(
    keyword="ignore_index",
    neutral=-100,
    write=lambda params: int(params["label"]),
    without=lambda params: IGNORED,
)

FUNCTIONAL = (
    Form(
        name="conv2d",
        layer="conv2d",
        arguments=WEIGHTED,
        options=(STRIDE, PADDING, DILATION, GROUPS),
        express=_evenly,
        bias="bias",
    ),
    Form(
        name="conv_transpose2d",
        layer="conv_transpose2d",
        arguments=WEIGHTED,
        options=(STRIDE, PADDING, DILATION, MORE, GROUPS),
        express=_evenly,
        bias="bias",
    ),
    Form(
        name="max_pool2d",
        layer="max_pool2d",
        arguments=WINDOW,
        options=(STEP, PADDING, DILATION, CEIL),
        express=_evenly,
        window="kernel_size",
    ),
    Form(
        name="avg_pool2d",
        layer="avg_pool2d",
        arguments=WINDOW,
        options=(STEP, PADDING, CEIL, COUNTED),
        express=_evenly,
        window="kernel_size",
    ),
    Form(
        name="linear",
        layer="affine",
        arguments={**WEIGHTED, "weight": _turned},
        express=flat,
        transposed=("w",),
        bias="bias",
    ),
    Form(name="relu", layer="relu", arguments=INPUT),
    Form(name="leaky_relu", layer="leaky_relu", arguments={**INPUT, "negative_slope": parameter("slope")}),
    Form(name="sigmoid", layer="sigmoid", arguments=INPUT),
    Form(name="tanh", layer="tanh", arguments=INPUT),
    Form(
        name="layer_norm",
        layer="layer_norm",
        arguments={**INPUT, "normalized_shape": parameter("dims"), **SCALED},
    ),
    Form(
        name="group_norm",
        layer="group_norm",
        arguments={**INPUT, "num_groups": parameter("g"), **SCALED},
        express=_tall,
    ),
    Form(name="cross_entropy", layer="softmax_loss", arguments=TARGET, options=(IGNORE,)),
    Form(name="mse_loss", layer="mse_loss", arguments=TARGET),
)
"""torch.nn.functional's names and arguments."""
