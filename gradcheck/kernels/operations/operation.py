"""What a kernel is judged as: a layer, and what its declaration does not say about kernels.

A layer of the suite needs nothing more. An operation that only kernels have (a matrix product, rotary embedding) is one
file of this folder, which declares a layer and its two functions in NumPy's double precision.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck.contract import (
    Arithmetic,
    Array,
    Arrays,
    Case,
    Cases,
    Choose,
    Layer,
    Numbers,
    Ours,
    Pair,
    Shape,
)
from gradcheck.contract import Shapes as LayerShapes
from gradcheck.evidence import fill
from gradcheck.grammar import Grammar, Kind, Params, words
from gradcheck.layers.extents import draw_dims, draw_extents

SUMMED = ("conv2d", "conv_transpose2d", "affine")
"""The suite's layers that are sums of products of an x and a w."""

FLAG = Kind("yes|no", lambda text: text == "yes", lambda value: "yes" if value else "no")
"""How a parameter that is true or false is written."""

AXIS = Kind(r"-?\d+", int, str)
"""How the number of an axis is written; it may count from the end."""

USUAL: Mapping[str, tuple[Any, ...]] = {"eps": (1e-5,), "training": (True,), "momentum": (0.1,)}
"""What a function without such a parameter does, where our own has no default either."""


SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "stride": ("stride", "strides", "window_strides"),
    "pad": ("padding", "pad", "pads"),
    "dilation": ("dilation", "dilations", "rhs_dilation", "rate"),
    "kernel": ("kernel_size", "kernel", "window"),
    "groups": ("num_groups", "groups", "group"),
    "slope": ("negative_slope", "slope", "alpha"),
    "eps": ("eps", "epsilon"),
    "training": ("training", "train"),
    "dim": ("dim", "axis"),
    "causal": ("is_causal", "causal"),
}
"""The names of options, that of most frameworks first; others have one name."""


Disputed = Callable[[Params, Mapping[str, str]], "str | None"]
Cancelled = Callable[[Arrays, Array, Mapping[str, Any]], Arrays]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A layer that kernels are judged as.

    Attributes
    ----------
    layer : Layer
        Its tensors, cases and numbers, and the right results.
    products : mapping, optional
        The tensors that each result is a sum of products of: ``{"out": ("x", "w")}``. The sums of the absolute values
        of the products are then the results for absolute values, and say which integers are exact.
    neutral : mapping
        Option -> the values that a function without it computes with.
    spelled : mapping
        Option -> the names that its parameter may have; the first one is used where a function's are not known.
    cancelled : callable, optional
        Tensors, dout, options -> how large the numbers are that cancel on the way to a gradient, where inputs
        alone do not show it: entry by entry, for some of the gradients.
    returns : str, optional
        The NumPy dtype of an output that is not of the tensors' dtype: that of indices.
    is_narrow : bool
        Whether operands may be of a format of eight bits, and the result is in a longer one.
    disputed : callable
        Parameters, the name of each option that a function has -> why right functions of these names differ, or None.
    alone : callable, optional
        Parameters -> those with one score alone, which has all the weight whatever it is.
    """

    layer: Layer
    products: Mapping[str, tuple[str, ...]] | None = None
    neutral: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    spelled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cancelled: Cancelled | None = None
    returns: str | None = None
    is_narrow: bool = False
    disputed: Disputed = lambda params, spelled: None
    alone: Callable[[Params], Params] | None = None

    @cached_property
    def options(self) -> frozenset[str]:
        """The options that its cases may have, by our names."""
        geometries = (self.layer.cases.tiny, *self.layer.cases.battery)
        return frozenset(name for each in geometries for name in self.layer.case(each).options)

    @cached_property
    def names(self) -> dict[str, str]:
        """The option that each name of a parameter stands for."""
        return {name: option for option in self.options for name in self.spellings(option)}

    def spellings(self, option: str) -> tuple[str, ...]:
        """Return the names that an option's parameter may have, that of most frameworks first."""
        return self.spelled.get(option) or SPELLINGS.get(option, (option,))

    def without(self, option: str) -> tuple[Any, ...]:
        """Return the values that a function without an option computes with; none where nothing is known."""
        if option in self.neutral:
            return self.neutral[option]
        parameter = inspect.signature(self.layer.ours.fast.forward).parameters.get(option)
        is_known = parameter is not None and parameter.default is not parameter.empty
        return (parameter.default,) if parameter is not None and is_known else USUAL.get(option, ())


def of_layer(layer: Layer) -> Operation:
    """Return a layer of the suite, or from outside, as what kernels are judged as."""
    weights = {"out": ("x", "w"), "dx": ("w", "dout"), "dw": ("x", "dout"), "db": ("dout",)}
    return Operation(
        layer=layer, products=weights if layer.name in SUMMED else None, is_narrow=layer.name in SUMMED
    )


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What the parameters of an operation may be.

    Attributes
    ----------
    template : str
        How they are written, as in `gradcheck.grammar.Grammar`.
    extents : tuple of str
        Those that are extents of axes, and ``dims`` where there are any number of them after ``n``.
    choices : mapping
        The others: parameter -> the values it may have, the first one being the default where the template lets it
        be left out.
    battery : tuple of str
        Small geometries that show mistakes.
    flaw : callable
        Parameters -> why they are impossible, or None.
    kinds : mapping
        How a parameter is written that is no number; by default a word, a flag or an axis, as its values are.
    fitted : callable
        Parameters that were drawn -> the nearest possible ones.
    """

    template: str
    extents: tuple[str, ...]
    battery: tuple[str, ...]
    choices: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    flaw: Callable[[Params], str | None] = lambda params: None
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    allows_empty: bool = True
    fitted: Callable[[Params], Params] = lambda params: params

    def cases(self) -> Cases:
        """Return the cases of a layer with these parameters."""
        kinds = {name: _kind(values) for name, values in self.choices.items()} | dict(self.kinds)
        defaults = {name: values[0] for name, values in self.choices.items()}
        grammar = Grammar(self.template, defaults, kinds)

        def draw(choose: Choose) -> dict[str, Any]:
            drawn = {name: choose.one_of(*values) for name, values in self.choices.items()}
            axes = tuple(name for name in self.extents if name not in ("n", "dims"))
            if "dims" in self.extents:
                n, dims = draw_dims(choose, 3)
                found = {"n": n, "dims": dims, **(draw_extents(choose, *axes) if axes else {}), **drawn}
            else:
                found = {**draw_extents(choose, *self.extents), **drawn}
            return dict(self.fitted(found))

        return Cases(
            grammar=grammar,
            draw=draw,
            battery=self.battery,
            tiny=self.battery[0],
            flaw=self.flaw,
            allows_empty=self.allows_empty,
        )


def _kind(values: Sequence[Any]) -> Kind:
    """Return how a parameter with these values is written."""
    if all(isinstance(each, bool) for each in values):
        return FLAG
    if all(isinstance(each, str) for each in values):
        return words(*values)
    if all(isinstance(each, int) for each in values):
        return AXIS
    return Kind(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?", float, lambda value: f"{value:g}")


def operation(
    name: str,
    *,
    inputs: Callable[[Params], dict[str, Shape]],
    output: Callable[[Params], Shape],
    arithmetic: Arithmetic,
    drawing: Drawing,
    forward: Callable[..., tuple[Array, Any]],
    backward: Callable[..., tuple[Array | None, ...]],
    differentiable: tuple[str, ...] = ("x",),
    options: Callable[[Params], dict[str, Any]] = lambda params: {},
    numbers: Callable[[Case, np.random.Generator], Arrays] | None = None,
    kinds: tuple[str, ...] = ("nan",),
    products: Mapping[str, tuple[str, ...]] | None = None,
    neutral: Mapping[str, tuple[Any, ...]] | None = None,
    spelled: Mapping[str, tuple[str, ...]] | None = None,
    cancelled: Cancelled | None = None,
    returns: str | None = None,
    is_narrow: bool = False,
    disputed: Disputed = lambda params, spelled: None,
    alone: Callable[[Params], Params] | None = None,
) -> Operation:
    """Return an operation that only kernels have.

    Parameters
    ----------
    name : str
        What ``--layer`` calls it.
    inputs, output : callable
        Parameters -> the shapes of its tensors by name, in the order in which a kernel takes them; the output's.
    arithmetic : Arithmetic
        As a layer's: `Linear`, `Winner` or `Smooth`, with the number of terms of the longest sum.
    drawing : Drawing
        Its parameters.
    forward, backward : callable
        ``forward(**tensors, **options) -> (out, cache)``, ``backward(dout, cache) -> gradients``: double precision.
    differentiable : tuple of str
        The inputs that backward has gradients for, in order.
    options : callable
        Parameters -> the keyword arguments of forward.
    numbers : callable, optional
        Case, generator -> the tensors; by default integers where they are exact, and decimals elsewhere.
    kinds : tuple of str
        ``("nan",)`` where a NaN in the first tensor has a defined answer.
    products, neutral, spelled, cancelled, returns, is_narrow, disputed, alone
        As in `Operation`.
    """
    plain = fill.integers if arithmetic.exact else fill.reals

    def filled(case: Case, rng: np.random.Generator) -> Arrays:
        return {each: plain(rng, shape) for each, shape in case.shapes.items()}

    pair = Pair(forward, backward)
    layer = Layer(
        name,
        shapes=LayerShapes(inputs=inputs, output=output, differentiable=differentiable),
        arithmetic=arithmetic,
        cases=drawing.cases(),
        numbers=Numbers(fill=numbers or filled, kinds=kinds),
        ours=Ours(naive=pair, fast=pair, options=options),
    )
    return Operation(
        layer=layer,
        products=products,
        neutral=neutral or {},
        spelled=spelled or {},
        cancelled=cancelled,
        returns=returns,
        is_narrow=is_narrow,
        disputed=disputed,
        alone=alone,
    )
