"""What is passed to a constructor: for each argument with a known role what the case has for it, in several styles."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from gradcheck.contract import Arrays
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import Value
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.layouts import (
    FILTERS,
    IMAGES,
    MATRICES,
    ONE,
    OURS,
    ROWS,
    VECTORS,
    Layout,
)
from gradcheck.subjects.dialects.objects.roles import MAKING, SHAPING, roles_for
from gradcheck.subjects.dialects.objects.using import RATE, Rated
from gradcheck.subjects.dialects.objects.written import Parameters, Written

EMPTY = inspect.Parameter.empty
WORDS = {"max_pool2d": ("max",), "avg_pool2d": ("average", "avg", "mean")}
NAMES = {"relu": ("relu", "ReLU"), "sigmoid": ("sigmoid",), "tanh": ("tanh",)}


@dataclass(frozen=True, kw_only=True)
class Style:
    """One way to write the arguments of a layer.

    Attributes
    ----------
    x, w, b : Layout
        How the input is laid out, and the parameters that are passed.
    extents, steps : str
        Whether the window, and the stride and the pad, are passed as a ``pair`` or as a ``number``.
    pad : str
        Where it is not passed as numbers: ``none``, ``same`` (more of it at the end) or ``half`` (on both sides).
    word : Any
        What is passed for an activation, a mode or a pad in words.
    keeps : bool
        Whether the probability of a dropout is that to keep a value.
    momentum : bool
        Whether the momentum is the weight of the old statistics.
    labels : str
        How a loss takes its labels: ``labels`` or ``one-hot``.
    size : int
        The extent of a window that is written into the class.
    """

    x: Layout = OURS
    w: Layout = OURS
    b: Layout = OURS
    extents: str = "pair"
    steps: str = "pair"
    pad: str = "given"
    word: Any = None
    keeps: bool = False
    momentum: bool = True
    labels: str = "labels"
    size: int = 3


Form = dict[str, Value]
Steps = tuple[tuple[str, Form], ...]


def roles_in(written: Written, layer: str) -> dict[str, str]:
    """Return the constructor's arguments that have a role, and the role; each role once."""
    order = roles_for(layer)
    if _takes_arrays(written, layer):
        order = ("W", "b", *order)
    found = _roles(written.made, order)
    lacking = unknown(written.made, found)
    guessed = BY_PLACE.get(layer, ())
    if lacking and len(lacking) <= len(guessed) and not set(found.values()) & set(guessed):
        found |= dict(zip(lacking, guessed[-len(lacking) :], strict=True))
    return _with_extents(found) if layer in ("conv2d", "conv_transpose2d") else found


BY_PLACE = {"affine": ("in", "out"), "batch_norm": ("d",), "spatial_batch_norm": ("d",), "layer_norm": ("d",)}
"""Layer -> the roles of arguments with names in any language, the last ones where there are fewer."""


def _roles(parameters: Parameters, order: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in parameters:
        if isinstance(each.default, bool):  # whether there is a bias, and the like
            continue
        left = [role for role in order if role not in found.values()]
        role = next((role for role in left if _has(each.name, role)), None)
        if role is not None:
            found[each.name] = role
    return found


def first_steps(written: Written, layer: str, style: Style, members: Members) -> Iterator[Steps]:
    """Yield what may be called after the constructor for the parameters to be there."""
    for method, form in _usable(written, layer, style, members):
        if method not in SHAPING:
            yield ((method, form),)


def shaping_steps(written: Written, layer: str, style: Style, members: Members) -> Steps:
    """Return the calls that give an object the shape of a sample, as a network would."""
    return tuple(each for each in _usable(written, layer, style, members) if each[0] in SHAPING)


def _usable(written: Written, layer: str, style: Style, members: Members) -> Iterator[tuple[str, Form]]:
    order = (
        ("x_shape", "optimizer", "rng", "in", "out") if layer == "affine" else ("x_shape", "optimizer", "rng")
    )
    for method, parameters in written.initial:
        roles = _roles(parameters, order)
        if not unknown(parameters, roles):
            yield method, _form(parameters, layer, roles, style, members)


def _takes_arrays(written: Written, layer: str) -> bool:
    """Return whether a constructor takes the bias, and so the weights: ``kernel`` is no extent then."""
    is_trained = layer in ("affine", "conv2d", "conv_transpose2d")
    return is_trained and any(_has(each.name, "b") and each.default is EMPTY for each in written.made)


def _has(name: str, role: str) -> bool:
    words = MAKING[role].split()
    return name in words or name.lower().strip("_") in words


def _with_extents(found: dict[str, str]) -> dict[str, str]:
    """W next to H is the width of the images, and not the weights."""
    has_sizes = "f" in found.values() or "kernel" in found.values()
    return {
        name: "w" if role == "W" and name in ("w", "W") and has_sizes and "h" in found.values() else role
        for name, role in found.items()
    }


def unknown(parameters: Parameters, roles: dict[str, str]) -> list[str]:
    """Return the arguments that must be passed, and of which the role is not known."""
    return [each.name for each in parameters if each.default is EMPTY and each.name not in roles]


def styles(written: Written, layer: str, roles: dict[str, str]) -> Iterator[Style]:
    """Yield the styles in which a constructor may take its arguments, the most expressive and the likeliest first."""
    have = set(roles.values())
    names = {role: name for name, role in roles.items()}
    defaults = {each.name: each.default for each in written.made}
    windows = [("pair", "pair"), ("pair", "number"), ("number", "number")]
    if not have & {"kernel", "stride", "pad", "dilation", "x_shape", "w_shape", "d"}:
        windows = windows[:1]
    elif layer not in WINDOWED:
        windows = [("number", "number"), ("pair", "pair")]
    pads = _pads(layer, have, defaults.get(names.get("pad", "")))
    words = _words(layer, have, defaults.get(names.get("activation", "")))
    sizes = _sizes(written, layer, have)
    labels = ("labels", "one-hot") if layer in ("softmax_loss", "svm_loss") else ("labels",)
    for (x, w, b), (extents, steps), pad, word, size, y in product(
        _layouts(layer, have), windows, pads, words, sizes, labels
    ):
        yield Style(x=x, w=w, b=b, extents=extents, steps=steps, pad=pad, word=word, size=size, labels=y)


WINDOWED = frozenset({"conv2d", "conv_transpose2d", "max_pool2d", "avg_pool2d"})


def _sizes(written: Written, layer: str, have: set[str]) -> tuple[int, ...]:
    """Return the extents to try for a window that no argument has."""
    if layer not in WINDOWED or have & {"kernel", "kernel_h", "w_shape", "W"}:
        return (0,)
    digits = [int(letter) for letter in written.name if letter in "2357"]
    usual = (2, 3) if "pool" in layer else (3, 5, 2)
    return tuple(dict.fromkeys((*digits[:1], *usual)))


def _pads(layer: str, have: set[str], default: Any) -> tuple[str, ...]:
    if layer not in WINDOWED or "pad_h" in have:
        return ("given",)
    if "pad" in have:
        return ("valid", "same") if isinstance(default, str) and default != "..." else ("given",)
    return ("none", "same", "half") if layer == "conv2d" else ("none",)


def _words(layer: str, have: set[str], default: Any) -> tuple[Any, ...]:
    if layer in NAMES and "activation" in have:
        if "slope_of" in have:
            return (FUNCTION,) if layer == "tanh" else ()
        return NAMES[layer]
    if "mode" in have and layer in WORDS:
        return WORDS[layer]
    if "activation" in have and default is not None:
        return (None, "linear", "identity", IDENTITY)
    return (None,)


IDENTITY = ("identity_function",)
"""A function of the support module, in place of a word."""


def _layouts(layer: str, have: set[str]) -> Iterator[tuple[Layout, Layout, Layout]]:
    """Yield layouts of the input, of the weights and of the bias: the latter two matter where they are passed."""
    xs: tuple[Layout, ...] = (OURS,)
    if layer in (*WINDOWED, "spatial_batch_norm", "group_norm"):
        xs = IMAGES[:2] if "norm" in layer else IMAGES
    elif layer in ("affine", "softmax_loss", "mse_loss"):
        xs = (*ROWS, *ONE_SAMPLE)
    ws = (FILTERS if layer in WINDOWED else MATRICES) if "W" in have else (OURS,)
    bs = VECTORS[:5] if have & {"b", "gamma", "beta"} else (OURS,)
    for x, w, b in product(xs, ws, bs):
        yield x, w, b


ONE_SAMPLE = (
    Layout(name="one sample (1, D)", fixed=ONE),
    Layout(name="one sample as a column (D, 1)", axes=(1, 0), fixed=ONE),
)
"""For classes that fail at more than one sample."""


def arguments(written: Written, layer: str, roles: dict[str, str], style: Style, members: Members) -> Form:
    """Return what is passed to a constructor in a style, by the names of its arguments."""
    return _form(written.made, layer, roles, style, members)


def _form(parameters: Parameters, layer: str, roles: dict[str, str], style: Style, members: Members) -> Form:
    found: Form = {}
    for each in parameters:
        role = roles.get(each.name)
        if role is None or (role == "activation" and style.word is None and each.default is None):
            continue
        found[each.name] = _value(role, layer, style, members, each)
    return found


def _value(role: str, layer: str, style: Style, members: Members, each: inspect.Parameter) -> Value:
    """Return what is passed for an argument."""
    if role in ("W", "b", "gamma", "beta", "running_mean", "running_var"):
        name = "w" if role == "W" else role
        return lambda params, tensors: tensors[name].copy() if name in tensors else None
    if role in ("activation", "mode", "slope_of"):
        return _constant(_word(role, style, members, layer))
    if role == "rate":
        return Rated(RATE)
    if role == "rng":
        return _constant(0 if each.name == "seed" else members["number_generator"](0))
    if role == "optimizer":
        return Rated(members["PlainStep"](RATE)) if each.default is EMPTY else _constant(None)
    if role == "pad" and style.pad in ("valid", "same"):
        return _constant(style.pad)
    if role in ("keep_prob", "drop_prob") or role == "keep_or_drop":
        keeps = style.keeps if role == "keep_or_drop" else role == "keep_prob"
        return lambda params, tensors: params["keep_prob"] if keeps else 1 - params["keep_prob"]
    return _number(role, layer, style, each)


def _constant(value: Any) -> Value:
    return lambda params, tensors: value


def _word(role: str, style: Style, members: Members, layer: str) -> Any:
    if role == "slope_of":
        return members["tanh_slope" if layer == "tanh" else "slope_of_one"]
    if layer == "tanh" and style.word == FUNCTION:
        return members["tanh_function"]
    return members["identity_function"] if style.word == IDENTITY else style.word


FUNCTION = ("tanh_function",)


def _number(role: str, layer: str, style: Style, each: inspect.Parameter) -> Value:
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
    return _SIZES[role](style, layer)


def _pair_or_number(axes: list[int], as_pair: bool) -> Any:
    return tuple(axes) if as_pair else axes[0]


def _kernel(params: Params) -> tuple[int, int]:
    return params["kernel"] if "kernel" in params else (params["kh"], params["kw"])


def _stride(params: Params) -> tuple[int, int]:
    return params["stride"]


def _pad(params: Params) -> tuple[int, int]:
    return params["pad"][0][0], params["pad"][1][0]


def _dilation(params: Params) -> tuple[int, int]:
    return params["dilation"]


def _output_pad(params: Params) -> tuple[int, int]:
    return params["output_pad"]


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
    **{
        name: (lambda style, layer, name=name: lambda params, tensors: params[name])
        for name in ("c", "f", "g", "h", "w", "eps", "slope", "margin")
    },
}
