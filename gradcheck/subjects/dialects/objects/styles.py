"""The styles in which a constructor may take its arguments: layouts, pairs or numbers, words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from gradcheck.subjects.dialects.inferred.layouts import (
    EACH_CHANNEL,
    FILTERS,
    IMAGES,
    IN_TIME,
    LINE_FILTERS,
    LINES,
    MATRICES,
    ONE,
    OURS,
    ROWS,
    VECTORS,
    Layout,
)
from gradcheck.subjects.dialects.inferred.words import layer_of_class, words_of
from gradcheck.subjects.dialects.objects.roles import ON_TARGETS
from gradcheck.subjects.dialects.objects.written import Written

WORDS = {"max_pool2d": ("max",), "avg_pool2d": ("average", "avg", "mean")}


SPELLED = {"relu": ("relu", "ReLU"), "sigmoid": ("sigmoid",), "tanh": ("tanh",)}


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
        Where it is not passed as numbers: ``none``, ``same`` (more of it at the end), ``early`` (more at the
        beginning) or ``half`` (on both sides).
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
    odd : bool
        Whether the extents of a window are odd, for classes whose padding needs a middle.
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
    odd: bool = False


LABELLED = ("softmax_loss", "smoothed_softmax_loss", "svm_loss")
"""Losses whose labels may be one-hot rows."""


def styles(written: Written, layer: str, roles: dict[str, str]) -> Iterator[Style]:
    """Yield the styles in which a constructor may take its arguments, the most expressive and the likeliest first."""
    every = list(_styles(written, layer, roles))
    yield from every
    # At odd extents all ways to keep the plane's size are the same.
    pad = "half" if any(each.pad == "half" for each in every) else "same"
    if layer == "conv2d":
        yield from (replace(each, odd=True) for each in every if each.pad == pad and not each.size)


def _styles(written: Written, layer: str, roles: dict[str, str]) -> Iterator[Style]:
    have = set(roles.values())
    names = {role: name for name, role in roles.items()}
    defaults = {each.name: each.default for each in written.made}
    windows = [("pair", "pair"), ("pair", "number"), ("number", "number")]
    if not have & {"kernel", "stride", "pad", "dilation", "size", "x_shape", "w_shape", "d"}:
        windows = windows[:1]
    elif layer not in WINDOWED and "size" not in have:
        windows = [("number", "number"), ("pair", "pair")]
    pads = _pads(layer, have, defaults.get(names.get("pad", "")))
    words = _words(layer, have, defaults.get(names.get("activation", "")))
    sizes = _sizes(written, layer, have)
    labels = ("labels", "one-hot") if layer in LABELLED else ("labels",)
    layouts = [(IN_TIME, OURS, OURS)] if is_in_time(written.name) else _layouts(layer, have)
    for (x, w, b), (extents, steps), pad, word, size, y in product(
        layouts, windows, pads, words, sizes, labels
    ):
        yield Style(x=x, w=w, b=b, extents=extents, steps=steps, pad=pad, word=word, size=size, labels=y)


def is_in_time(name: str) -> bool:
    """Return whether a class is named after a layer of every step of a sequence."""
    return not {"time", "temporal"}.isdisjoint(words_of(name)) and layer_of_class(name) == "softmax_loss"


WINDOWED = frozenset({"conv2d", "depthwise_conv2d", "conv_transpose2d", "max_pool2d", "avg_pool2d"})


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
    return ("none", "same", "early", "half") if layer == "conv2d" else ("none",)


def _words(layer: str, have: set[str], default: Any) -> tuple[Any, ...]:
    if layer in SPELLED and "activation" in have:
        if "slope_of" in have:
            return (FUNCTION,) if layer == "tanh" else ()
        return SPELLED[layer]
    if "mode" in have and layer in WORDS:
        return WORDS[layer]
    if "activation" in have and default is not None:
        return (None, "linear", "identity", IDENTITY)
    return (None,)


IDENTITY = ("unchanged_value",)
"""A function of the support module, in place of a word."""


OF_PLANES = ("spatial_batch_norm", "group_norm", "instance_norm", "global_avg_pool2d", "adaptive_avg_pool2d")
"""Layers of images that have no windows."""


def _layouts(layer: str, have: set[str]) -> Iterator[tuple[Layout, Layout, Layout]]:
    """Yield layouts of the input, of the weights and of the bias: the latter two matter where they are passed."""
    xs: tuple[Layout, ...] = (OURS,)
    if layer in (*WINDOWED, *OF_PLANES):
        xs = IMAGES if layer in WINDOWED else IMAGES[:2]
    elif layer in ("conv1d", "max_pool1d", "avg_pool1d"):
        xs = LINES
    elif layer in ("affine", "softmax_loss", "smoothed_softmax_loss", *ON_TARGETS):
        xs = (*ROWS, *ONE_SAMPLE)
    ws = layouts_of_weights(layer) if "W" in have else (OURS,)
    bs = VECTORS[:5] if have & {"b", "gamma", "beta"} else (OURS,)
    yield from product(xs, ws, bs)


def layouts_of_weights(layer: str) -> tuple[Layout, ...]:
    """Return the layouts in which weights may be passed."""
    if layer == "depthwise_conv2d":
        return EACH_CHANNEL
    if layer in WINDOWED:
        return FILTERS
    return {"conv1d": LINE_FILTERS, "word_embedding": (OURS,), "learned_encoding": (OURS,)}.get(
        layer, MATRICES
    )


ONE_SAMPLE = (
    Layout(name="one sample (1, D)", fixed=ONE),
    Layout(name="one sample as a column (D, 1)", axes=(1, 0), fixed=ONE),
)
"""For classes that fail at more than one sample."""


FUNCTION = ("curve_value",)
