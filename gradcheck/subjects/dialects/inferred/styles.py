"""How an option is passed: as one number, a pair, pads on each side; and what an interface with that can express."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gradcheck.contract import Array
from gradcheck.grammar import Params
from gradcheck.layers.loss import ignored_label, unignored
from gradcheck.subjects.dialects.dialect import Express
from gradcheck.subjects.dialects.inferred.arguments import (
    Value,
    number,
    one_hot,
    pad_number,
    pad_pair,
    pair,
)


@dataclass(frozen=True, kw_only=True)
class Style:
    """One way to pass a role: `value` is what is passed, `express` what it can say, `text` its name in the report."""

    value: Value
    express: Express = dict
    text: str = ""


def _same(parameter: str) -> Express:
    return lambda params: {**params, parameter: (params[parameter][0],) * len(params[parameter])}


def _even(params: Params) -> dict[str, Any]:
    return {**params, "pad": tuple((before, before) for before, _ in params["pad"])}


def _same_or_none(params: Params) -> dict[str, Any]:
    """Return the parameters without padding, or with as much as keeps the plane's size."""
    reach = [params["kh"], params["kw"]] if "kh" in params else list(params["kernel"])
    keeps = all(k % 2 for k in reach) and params["stride"] == (1, 1) and any(map(any, params["pad"]))
    return {**params, "pad": tuple((k // 2, k // 2) if keeps else (0, 0) for k in reach)}


def _pad_word(valid: str, same: str) -> Style:
    def word(params: Params, tensors: Mapping[str, Array]) -> Any:
        return same if any(map(any, params["pad"])) else valid

    return Style(value=word, express=_same_or_none, text=f"pad {valid!r} or {same!r}")


PAD_WORDS = {"upper": _pad_word("VALID", "SAME"), "lower": _pad_word("valid", "same")}


def _both(role: str) -> tuple[Style, ...]:
    """Return the two styles of a role that is a pair in our terms: one number, and a pair."""
    return (
        Style(value=number(role), express=_same(role), text=f"{role} one number"),
        Style(value=pair(role), text=f"{role} a pair"),
    )


def _flag(role: str, word: str) -> tuple[Style, ...]:
    return (Style(value=lambda params, tensors: params[role] == word),)


def _as_it_is(role: str) -> tuple[Style, ...]:
    return (Style(value=pair(role)),)


def _half(role: str, place: int) -> tuple[Style, ...]:
    return (Style(value=lambda params, tensors: params[role][place]),)


def _side(place: int) -> tuple[Style, ...]:
    return (Style(value=lambda params, tensors: params["pad"][place][0]),)


def _kept(params: Params, tensors: Mapping[str, Array]) -> Any:
    return params["keep_prob"]


def _dropped(params: Params, tensors: Mapping[str, Array]) -> Any:
    return 1 - params["keep_prob"]


def _is_training(params: Params, tensors: Mapping[str, Array]) -> Any:
    return params["mode"] == "train"


def _mode_word(params: Params, tensors: Mapping[str, Array]) -> Any:
    return "train" if params["mode"] == "train" else "test"


def _in_extent(params: Params, tensors: Mapping[str, Array]) -> int:
    """Return how many features or channels come in."""
    return int(
        params["c"] if "c" in params else math.prod(params["dims"]) if "dims" in params else params["d"]
    )


def _out_extent(params: Params, tensors: Mapping[str, Array]) -> int:
    """Return how many features or channels go out."""
    return int(params["f"] if "f" in params else params["m"])


KEEP, DROP = Style(value=_kept, text="p is what is kept"), Style(value=_dropped, text="p is what is dropped")


def _dictionary(params: Params, tensors: Mapping[str, Array]) -> dict[str, Any]:
    """Return the options in a dictionary, under every name that people read them by."""
    found: dict[str, Any] = {}
    for name, keys in KEYS.items():
        if name in params:
            value = params[name]
            while isinstance(value, tuple):
                value = value[0]
            found |= dict.fromkeys(keys, value)
    if "kernel" in params:
        found |= dict.fromkeys(("pool_height", "HH", "kernel_h"), params["kernel"][0])
        found |= dict.fromkeys(("pool_width", "WW", "kernel_w"), params["kernel"][-1])
    if "mode" in params:
        found |= {"mode": _mode_word(params, tensors), "training": params["mode"] == "train", "seed": 231}
    if "momentum" in params:  # courses' momentum is the share that is kept
        found["momentum"] = 1 - params["momentum"]
    return found | {name: tensors[name].copy() for name in ("running_mean", "running_var") if name in tensors}


KEYS = {
    "stride": ("stride", "strides", "s"),
    "pad": ("pad", "padding", "p"),
    "kernel": ("f", "size", "pool_size", "kernel_size", "k", "window", "ksize"),
    "eps": ("eps", "epsilon"),
    "keep_prob": ("keep_prob", "p", "keep"),
    "g": ("g", "groups"),
}
"""Parameter -> the keys under which it stands in a dictionary of options."""


def _plain(params: Params) -> dict[str, Any]:
    """Return the parameters with one stride and one pad; no dilation and no groups, but for a norm's."""
    nearest = dict(params)
    for name in ("stride", "pad"):
        if name in nearest:
            nearest = _same(name)(_even(nearest) if name == "pad" else nearest)
    return nearest


STYLES: dict[str, tuple[Style, ...]] = {
    "stride": _both("stride"),
    "dilation": _both("dilation"),
    "output_pad": _both("output_pad"),
    "kernel": _both("kernel"),
    "size": _both("size"),
    "pad": (
        Style(value=pad_number, express=lambda p: _same("pad")(_even(p)), text="pad one number"),
        Style(value=pad_pair, express=_even, text="pad a pair"),
        Style(value=pair("pad"), text="pad of each side"),
    ),
    "g": _as_it_is("g"),
    "eps": _as_it_is("eps"),
    "momentum": (
        *_as_it_is("momentum"),
        Style(value=lambda params, tensors: 1 - params["momentum"], text="momentum is what is kept"),
    ),
    "slope": _as_it_is("slope"),
    "margin": _as_it_is("margin"),
    "delta": _as_it_is("delta"),
    "alpha": _as_it_is("alpha"),
    "smoothing": _as_it_is("smoothing"),
    "axis": (Style(value=lambda params, tensors: -1),),
    "dims": _as_it_is("dims"),
    "ignore_index": (Style(value=lambda params, tensors: int(params["label"])),),
    "rounding": _flag("rounding", "ceil"),
    "divisor": _flag("divisor", "padded"),
    "keep_prob": (KEEP,),
    "drop_prob": (DROP,),
    "keep_or_drop": (DROP, KEEP),
    "training": (Style(value=_is_training), Style(value=_mode_word)),
    "options": (Style(value=_dictionary, express=_plain, text="options in a dictionary"),),
    "seed": (Style(value=lambda params, tensors: 231),),
    "y": (
        Style(value=lambda params, tensors: tensors["y"]),
        Style(value=one_hot, express=unignored, text="labels one-hot"),
    ),
    "kernel_h": _half("kernel", 0),
    "kernel_w": _half("kernel", 1),
    "stride_h": _half("stride", 0),
    "stride_w": _half("stride", 1),
    "pad_h": _side(0),
    "pad_w": _side(1),
    "in_extent": (Style(value=_in_extent),),
    "out_extent": (Style(value=_out_extent),),
    "window": (
        Style(value=lambda params, tensors: (params["kh"], params["kw"]), text="kernel a pair"),
        Style(
            value=lambda params, tensors: params["kh"],
            express=lambda params: {**params, "kw": params["kh"]},
            text="kernel one number",
        ),
    ),
}
"""Role -> the styles in which it is passed; the simplest first."""


IGNORED_OR_NONE = Style(value=lambda params, tensors: ignored_label(params))
"""The label that is ignored, or None: where that is the argument's default."""


def absent(params: Params, roles: frozenset[str]) -> dict[str, Any]:
    """Return the nearest parameters that a function can express which has arguments of these roles only.

    What stands in the code itself (an eps, a slope) is the caller's to find out.
    """
    nearest = dict(params)
    if "options" in roles:
        # No course's dictionary for a pooling has a pad.
        roles = roles | {"stride", "training", "running_mean"} | ({"pad"} if "kh" in params else set())
    ones = (1,) * len(params.get("stride", ()))
    fixed = {
        "pad": ((0, 0),) * len(ones),
        "dilation": ones,
        "g": 1,
        "output_pad": (0, 0),
        "rounding": "floor",
        "divisor": "padded",
        "margin": 1.0,
        "delta": 1.0,
        "alpha": 1.0,
    }
    for role, value in fixed.items():
        halves = {f"{role}_h", f"{role}_w"} & roles
        if role in nearest and role not in roles and not halves:
            nearest[role] = value
    if "ignore_index" not in roles:
        nearest = unignored(nearest)
    if "pad" in nearest and {"pad_h", "pad_w"} & roles:
        nearest = _even(nearest)
    if "stride" in nearest and not {"stride", "stride_h"} & roles:
        nearest["stride"] = nearest.get("kernel", ones)
    return nearest
