"""Declare a layer of your own in a few lines: its shapes, one reference function, and what kind of function it is."""

import inspect
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck.contract import Arithmetic, Arrays, Function, Layer, Numbers, Ours, Shapes
from gradcheck.evidence.arithmetic import Linear, Quadratic, Smooth, Winner
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.layers.outside import axes as axis_text
from gradcheck.layers.outside import drawing, trying
from gradcheck.layers.outside.axes import Axes, DeclarationError
from gradcheck.layers.outside.blueprint import Blueprint
from gradcheck.layers.outside.numbers import Wish, filling
from gradcheck.layers.outside.references import Declared
from gradcheck.text import unknown

ARITHMETIC: dict[str, type[Arithmetic]] = {each.name: each for each in (Linear, Winner, Quadratic, Smooth)}
Gain = Callable[[Params, Arrays], float]
FILLS = ("ties", "nan", "inf", "large")


def declare_layer(
    reference: Function,
    shapes: str,
    arithmetic: str,
    *,
    name: str | None = None,
    draw: Mapping[str, Collection[Any]] | None = None,
    numbers: Mapping[str, Wish] | None = None,
    differentiable: Sequence[str] | None = None,
    unit: str | Callable[[Params], int] = "",
    fills: Sequence[str] = (),
    gain: Gain | None = None,
    backward: Function | None = None,
    second: Function | None = None,
) -> Layer:
    """Declare a layer of your own: `verify`, `replay` and the plugin of pytest then judge implementations of it.

    An implementation is a pair of functions, ``mish_forward(x)`` that returns ``(out, cache)``, and
    ``mish_backward(dout, cache)``. The layer is found by ``--layers FILE``, by the entry point group
    ``gradcheck.layers``, or by `use_layers`.

    Parameters
    ----------
    reference : callable
        The layer's forward: tensors by position, options by keyword -> one array. It is trusted, and runs in the
        judging process.
    shapes : str
        The tensors and their axes, ``"x: n d, w: d m -> n m"``. The first tensor is x, and n is the axis of the
        samples. An axis is a name, a number, or ``...`` for one to three axes. Without an arrow, the shape of the
        output is that of the reference; nothing after the arrow is a single number, a loss.
    arithmetic : {'linear', 'winner', 'quadratic', 'smooth'}
        What the reference is, in each tensor by itself: linear, piecewise linear, a polynomial of degree two, or any
        other differentiable function. The first three are exact on integers, and judged without a tolerance.
    name : str, optional
        By default the name of the function.
    draw : mapping, optional
        What each axis and each option of the function is drawn from: ``{"d": range(2, 6), "slope": (0.5, 0.25)}``. An
        axis has 1 to 5 entries by default. An option that is not named keeps its default value.
    numbers : mapping, optional
        What each tensor is filled with: ``(low, high)`` for decimals in a range, ``"integers"``, ``"distinct"`` or
        ``"distinct multiples of 4"`` for integers, ``"below c"`` for labels from 0 to c - 1, or a function of a NumPy
        generator and a shape. By default it is what the arithmetic needs.
    differentiable : sequence of str, optional
        The tensors that backward returns gradients for, in this order; all of a floating dtype by default.
    unit : str or callable
        In an exact layer, the axes whose product a mean divides by, such as ``"n"``; or a function from the parameters
        of a case to the number that makes its results integers, such as 1 / slope.
    fills : sequence of str
        Special numbers in x to which the reference has the one right answer: ``"nan"``, ``"inf"``, ``"large"`` (1e4
        times larger, in a smooth layer), and ``"ties"``, for a maximum.
    gain : callable, optional
        In a smooth layer, a function from the parameters and the tensors of a case to the factor by which a right
        backward may magnify dout before terms cancel. By default it is how steep the reference is.
    backward : callable, optional
        ``backward(dout, *tensors, **options)`` -> the gradients. It gives the size of rounding, never the truth;
        without it, differences do.
    second : callable, optional
        A second implementation of the reference, which must agree with it.

    Returns
    -------
    Layer
        The layer. It is not known to commands before it is found.

    Raises
    ------
    ValueError
        If the declaration is wrong, or the reference is not what it says. The message says what to do.

    Examples
    --------
    >>> cumulative = declare_layer(lambda x: x.cumsum(axis=1), "x: n d", "linear", name="cumulative_sum")
    >>> cumulative.cases.tiny
    'n1d1'
    """
    name = _name(reference, name)
    axes = axis_text.read(name, shapes)
    drawn = drawing.of(name, axes, draw)
    one = Declared(name, tuple(axes.tensors), reference, backward)
    kind = _arithmetic(name, arithmetic, axes, unit, gain or _steepness(one, drawn.options))
    filled = filling(name, dict(numbers or {}), axes.tensors, drawn.values, kind)
    _refuse_signature(one, drawn.options)
    blueprint = Blueprint(one, drawn, filled)
    wanted = _among(name, "differentiable", differentiable, blueprint.floats())
    special = _special(name, fills, blueprint.floats(), has_ties="x" in wanted and isinstance(kind, Winner))
    if not wanted:
        raise DeclarationError(f"{name}: no tensor has a gradient; expected at least one of a floating dtype")
    other = one if second is None else replace(one, function=second)
    layer = Layer(
        name,
        Shapes(inputs=axes.shapes, output=blueprint.output, differentiable=wanted, is_loss=axes.result == ()),
        kind,
        blueprint.cases(),
        Numbers(
            fill=filled.fill,
            kinds=special,
            large="x" in blueprint.floats() if kind.exact else "large" in fills,
        ),
        Ours(naive=other.pair(wanted), fast=one.pair(wanted), options=blueprint.options),
    )
    trying.refuse_wrong(layer, {t: wish for t, wish in filled.wishes.items() if isinstance(wish, tuple)})
    return replace(layer, shapes=replace(layer.shapes, per_sample=trying.is_per_sample(layer)))


def _name(reference: Function, name: str | None) -> str:
    found = str(name or getattr(reference, "__name__", ""))
    if not found.isidentifier():
        raise DeclarationError(f"a layer is called {found!r}; expected an identifier: pass name='mish'")
    if found in BY_NAME:
        raise DeclarationError(
            f"the suite has a layer {found} of its own: choose another name, as in name='my_{found}'"
        )
    return found


def _arithmetic(
    layer: str, name: str, axes: Axes, unit: str | Callable[[Params], int], gain: Gain
) -> Arithmetic:
    if name not in ARITHMETIC:
        raise DeclarationError(f"{layer}: {unknown('arithmetic', str(name), ARITHMETIC)}")
    divisors = [] if callable(unit) else unit.split()
    for axis in divisors:
        if axis not in axes.names:
            raise DeclarationError(f"{layer}: {unknown('axis', axis, axes.names)}")

    def divisor(params: Params) -> int:
        return _product(divisors, params)

    def terms(params: Params) -> int:
        # No contraction of named axes sums more products than there are combinations of their indices.
        return _product(axes.names, params) + 1

    if name == Smooth.name:
        return Smooth(terms=terms, gain=gain, vouched=False)
    return ARITHMETIC[name](terms=terms, unit=unit if callable(unit) else divisor)


def _steepness(reference: Declared, options: Sequence[str]) -> Gain:
    return lambda params, tensors: reference.steepness(tensors, {name: params[name] for name in options})


def _special(layer: str, fills: Sequence[str], floats: Sequence[str], *, has_ties: bool) -> tuple[str, ...]:
    """Return the declared fills but ``large``. Raises DeclarationError for one that x cannot have."""
    if fills and "x" not in floats:
        raise DeclarationError(f"{layer}: fills has {', '.join(fills)}, but x holds integers")
    if "ties" in fills and not has_ties:
        raise DeclarationError(
            f"{layer}: fills has ties; only a piecewise linear layer ('winner') has ties in x"
        )
    return tuple(fill for fill in _among(layer, "fills", fills, FILLS) if fill != "large")


def _product(axes: Sequence[str], params: Params) -> int:
    return math.prod(int(np.prod(params[axis])) for axis in axes)


def _refuse_signature(declared: Declared, options: Sequence[str]) -> None:
    """Raise DeclarationError if the reference cannot be called with its tensors and options."""
    try:
        inspect.signature(declared.function).bind(*declared.tensors, **dict.fromkeys(options))
    except TypeError as problem:
        named = ", ".join([*declared.tensors, *(f"{option}=..." for option in options)])
        raise DeclarationError(
            f"{declared.layer}: the reference is called as {declared.layer}({named}), which it does not accept: "
            f"{problem}"
        ) from None
    except ValueError:  # some built-in functions have no signature
        return


def _among(layer: str, what: str, given: Sequence[str] | None, known: Sequence[str]) -> tuple[str, ...]:
    """Return the given names, by default all that are known. Raises DeclarationError for another name."""
    names = tuple(known if given is None else given)
    for name in names:
        if name not in known:
            raise DeclarationError(f"{layer}: {what} names {name!r}; expected some of {', '.join(known)}")
    return names
