"""How the functions of frameworks are called: those of torch.nn.functional, and Paddle's img_conv_layer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gradcheck.contract import Arrays
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.framework.options import Option, pad_option, pair_option

Arguments = Callable[[Params, Arrays], tuple[Any, ...]]


def as_is(params: Params) -> dict[str, Any]:
    """Return the parameters: all can be expressed."""
    return dict(params)


@dataclass(frozen=True, kw_only=True)
class Form:
    """One function for one layer.

    `arguments` are given by position, `options` by name. `bias` is the position of one that may be None,
    `window` that of a pair that may have to be one number; the gradients of `transposed` come the other way round.
    """

    name: str
    layer: str
    arguments: Arguments
    options: tuple[Option, ...] = ()
    express: Callable[[Params], dict[str, Any]] = as_is
    transposed: tuple[str, ...] = ()
    bias: int | None = None
    window: int | None = None


def _evenly(params: Params) -> dict[str, Any]:
    """Both sides of an axis are padded alike, a bias is for all positions."""
    pads = tuple((before, before) for before, _ in params["pad"])
    bias = {"bias": "none" if params["bias"] == "none" else "shared"} if "bias" in params else {}
    return {**params, "pad": pads, **bias}


def squared(form: Form) -> Form:
    """Return a form whose window is one number for both axes."""

    def express(params: Params) -> dict[str, Any]:
        return {**form.express(params), "kernel": (params["kernel"][0],) * 2}

    def arguments(params: Params, tensors: Arrays) -> tuple[Any, ...]:
        given = form.arguments(params, tensors)
        return tuple(each[0] if i == form.window else each for i, each in enumerate(given))

    return replace(form, express=express, arguments=arguments, window=None)


def _flat(params: Params) -> dict[str, Any]:
    """One axis of features."""
    return {**params, "dims": params["dims"][:1]}


def _tall(params: Params) -> dict[str, Any]:
    """A group of a single number is refused by F.group_norm."""
    return {**params, "h": max(2, params["h"])}


def _with_bias(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return tensors["x"], tensors["w"], tensors.get("b")


def _linear(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return tensors["x"], tensors["w"].T, tensors.get("b")


def _window(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return tensors["x"], params["kernel"]


def _all(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return tuple(tensors.values())


def _slope(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return tensors["x"], params["slope"]


def _layer_norm(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return tensors["x"], params["dims"], tensors["gamma"], tensors["beta"], params["eps"]


def _group_norm(params: Params, tensors: Arrays) -> tuple[Any, ...]:
    return tensors["x"], params["g"], tensors["gamma"], tensors["beta"], params["eps"]


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

FUNCTIONAL = (
    Form(
        name="conv2d",
        layer="conv2d",
        arguments=_with_bias,
        options=(STRIDE, PADDING, DILATION, GROUPS),
        express=_evenly,
        bias=2,
    ),
    Form(
        name="conv_transpose2d",
        layer="conv_transpose2d",
        arguments=_with_bias,
        options=(STRIDE, PADDING, DILATION, MORE, GROUPS),
        express=_evenly,
        bias=2,
    ),
    Form(
        name="max_pool2d",
        layer="max_pool2d",
        arguments=_window,
        options=(STEP, PADDING, DILATION, CEIL),
        express=_evenly,
        window=1,
    ),
    Form(
        name="avg_pool2d",
        layer="avg_pool2d",
        arguments=_window,
        options=(STEP, PADDING, CEIL, COUNTED),
        express=_evenly,
        window=1,
    ),
    Form(name="linear", layer="affine", arguments=_linear, express=_flat, transposed=("w",), bias=2),
    Form(name="relu", layer="relu", arguments=_all),
    Form(name="leaky_relu", layer="leaky_relu", arguments=_slope),
    Form(name="sigmoid", layer="sigmoid", arguments=_all),
    Form(name="tanh", layer="tanh", arguments=_all),
    Form(name="layer_norm", layer="layer_norm", arguments=_layer_norm),
    Form(name="group_norm", layer="group_norm", arguments=_group_norm, express=_tall),
    Form(name="cross_entropy", layer="softmax_loss", arguments=_all),
    Form(name="mse_loss", layer="mse_loss", arguments=_all),
)
"""torch.nn.functional's names and arguments."""
