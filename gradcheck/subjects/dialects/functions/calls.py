"""One way to call the functions of a group, and the calls that it makes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, gradients
from gradcheck.calling.results import numbers
from gradcheck.contract import Array, Arrays, Case, Malformed, Missing, Shape
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import called, forward_call, spelled
from gradcheck.subjects.dialects.dialect import Express, Members
from gradcheck.subjects.dialects.functions.finding import Group
from gradcheck.subjects.dialects.inferred.arguments import Read
from gradcheck.subjects.dialects.inferred.factors import FACTORS, extents_of
from gradcheck.subjects.dialects.inferred.layouts import OURS, Layout, TurnedCall, known_inputs
from gradcheck.subjects.dialects.inferred.styles import Style

SEED = 231


@dataclass(frozen=True, kw_only=True)
class Back:
    """How one backward function is called.

    Attributes
    ----------
    name : str
        What it is called.
    read : Read
        Its arguments.
    sources : mapping
        Argument -> what is passed for it where its role leaves that open: a tensor, ``out``, ``rest`` (what forward
        returned in addition to its output), ``rest0`` (the first of these), ``inputs``.
    order : tuple of str
        The tensors whose gradients it returns, in order.
    is_derivative : bool
        Whether it returns f'(x), which dout is to be multiplied by.
    averaged : bool
        Whether its gradients of w and b are means over the batch, as where dout is the derivative of each sample's
        loss.
    """

    name: str
    read: Read
    sources: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ("x",)
    is_derivative: bool = False
    averaged: bool = False


@dataclass(frozen=True, kw_only=True)
class Narrowing:
    """A smaller set of geometries that functions may be written for, and how the report calls it."""

    text: str = ""
    express: Express = dict


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How the functions of a group are called: layouts of the tensors, styles of the options, and the backwards.

    `stuck` says why no backward is judged. `constants` are parameters of the layer that stand in the code. `scale` is
    what the output of a loss is a multiple of: N where it sums. `refused` has what the arguments seem to allow, and
    a small call has shown not to be accepted.
    """

    group: Group
    read: Read
    layouts: Mapping[str, Layout] = field(default_factory=dict)
    styles: Mapping[str, Style] = field(default_factory=dict)
    backs: tuple[Back, ...] = ()
    express: Express = dict
    is_fused: bool = False
    scale: str = "1"
    narrowing: Narrowing = Narrowing()
    constants: Mapping[str, float] = field(default_factory=dict)
    stuck: str = ""
    refused: tuple[str, ...] = ()

    def layout(self, tensor: str) -> Layout:
        """Return a tensor's layout."""
        return self.layouts.get(tensor, OURS)

    def given(self, tensors: Arrays) -> Arrays:
        """Return the tensors in the author's layout."""
        return {name: self.layout(name).theirs(values) for name, values in tensors.items()}

    def ours(self, tensor: str, values: Any, shape: Shape) -> Any:
        """Return a result in our layout, where the right one has this shape. Raises Malformed."""
        layout = self.layout(tensor)
        return layout.folded(layout.ours(values), shape)

    def factor(self, params: Params) -> float:
        """Return what the author's loss is divided by to be ours."""
        return FACTORS[self.scale](*extents_of(params))


def call(fit: Fit, members: Members, params: Params, tensors: Arrays) -> LocalCall:
    """Call forward in the author's terms, and read what it returned in ours. Raises SubjectError."""
    given, case = fit.given(tensors), Case(fit.group.layer, params)
    if "mask" in tensors and not fit.read.has("mask"):
        called(members, "seed_global_numbers", SEED)
    back = partial(_gradients, fit, members, params, given)
    mine = known_inputs(given, tensors)
    forward = fit.group.forward
    if forward is None:
        out = fit.group.layer.ours.fast.forward(**tensors, **case.options)[0]
        return TurnedCall({"out": out}, tensors, partial(back, (None,)), back=mine)

    def read(returned: Any) -> LocalCall:
        results = tuple(returned) if isinstance(returned, tuple | list) else (returned,)
        out = _scaled(fit, params, fit.ours("out", results[0], case.output_shape))
        observed = _observed(fit, tensors, out)
        inside = list(results[1:]) or list(given.values())
        return TurnedCall({"out": out}, tensors, partial(back, results), inside, None, observed, back=mine)

    numbers_of = {"rng": called(members, "number_generator", SEED)} if _needs_numbers(fit.read) else {}
    positional, keywords = _passed(fit.read, fit, params, given, numbers_of)
    front = partial(called, members, forward.name, *positional, **keywords)
    return forward_call(forward.name, tensors, front, read, partial(_missing, forward.name))


def said(fit: Fit, params: Params, tensors: Arrays) -> str:
    """Return the call of forward as its author would write it, with arrays by the shape that is passed."""
    forward = fit.group.forward
    assert forward is not None
    positional, keywords = _passed(fit.read, fit, params, fit.given(tensors), {})
    names = [slot.name for slot in fit.read.slots if slot.name not in keywords]
    return spelled(forward.name, {**dict(zip(names, positional, strict=False)), **keywords})


def _needs_numbers(read: Read) -> bool:
    """Return whether forward must be passed a generator of random numbers."""
    slot = read.slot("rng")
    return slot is not None and not slot.is_optional


def _missing(name: str, dout: Array) -> dict[str, Any]:
    raise Missing(f"{name} is not implemented")


def _scaled(fit: Fit, params: Params, out: Any) -> Any:
    if fit.scale == "1":
        return out
    value = numbers(out)
    return out if value is None else value / fit.factor(params)


def _observed(fit: Fit, tensors: Arrays, out: Any) -> Arrays:
    """Return the mask that forward drew itself, as its output shows it: no input is zero."""
    if "mask" not in tensors or fit.read.has("mask"):
        return {}
    values = numbers(out)
    fits = values is not None and values.shape == tensors["mask"].shape
    return {"mask": values != 0} if fits and values is not None else {}


def _passed(
    read: Read, fit: Fit, params: Params, given: Arrays, more: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Return what is passed by position and by name; `more` has values by argument name or role."""
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    late = False
    for slot in read.slots:
        if slot.role == "rng" and slot.is_optional:
            late = True
            continue
        value = _value(slot.name, slot.role, fit, params, given, more)
        if slot.by_name or late:
            keywords[slot.name] = value
        else:
            positional.append(value)
    return positional, keywords


def _value(name: str, role: str, fit: Fit, params: Params, given: Arrays, more: Mapping[str, Any]) -> Any:
    for key in (name, role):
        if key in more:
            return more[key]
    if role in fit.styles:
        return fit.styles[role].value(params, given)
    if role in ("x_shape", "w_shape"):
        return given[role[0]].shape
    value = given.get(role)
    return value.copy() if value is not None and role.startswith("running") else value


def _gradients(
    fit: Fit, members: Members, params: Params, given: Arrays, results: tuple[Any, ...], dout: Array
) -> dict[str, Any]:
    """Return the gradients of all backwards, in our layout. Raises SubjectError."""
    if fit.is_fused and len(results) < 2:
        raise Malformed("it returned no gradient with the loss")
    if fit.is_fused:
        return {"x": _scaled(fit, params, fit.layout("x").ours(results[1]))}
    upstream = fit.layout("out").theirs(dout)
    found: dict[str, Any] = {}
    for back in fit.backs:
        found |= dict(_of_one(fit, back, members, params, given, results, upstream))
    shapes = Case(fit.group.layer, params).shapes
    return {name: fit.ours(name, value, shapes.get(name, ())) for name, value in found.items()}


def _of_one(
    fit: Fit,
    back: Back,
    members: Members,
    params: Params,
    given: Arrays,
    results: tuple[Any, ...],
    dout: Array,
) -> Iterator[tuple[str, Any]]:
    sources = _sources(given, results)
    more = {name: sources.get(source) for name, source in back.sources.items()}
    if "dout" not in more:
        more["dout"] = dout
    more.setdefault("out", results[0])
    positional, keywords = _passed(back.read, fit, params, given, more)
    returned = called(members, back.name, *positional, **keywords)
    if isinstance(returned, dict):
        returned = tuple(returned.values())
    is_one = len(back.order) == 1 and isinstance(returned, tuple | list) and len(returned) == 1
    order = back.order
    if isinstance(returned, tuple | list) and len(returned) != len(
        order
    ):  # without a bias, no gradient of it
        order = tuple(tensor for tensor in order if given.get(tensor) is not None)
    found = gradients(back.name, returned[0] if is_one else returned, order)
    unscaled = not back.read.has("dout")
    for name, value in found.items():
        array = numbers(value)
        if array is not None and (back.is_derivative or (unscaled and fit.group.layer.shapes.is_loss)):
            value = array * dout
        if array is not None and back.averaged and name != "x":
            value = array * params["n"]
        yield name, _scaled(fit, params, value) if fit.group.layer.shapes.is_loss else value


def _sources(given: Arrays, results: tuple[Any, ...]) -> dict[str, Any]:
    """Return everything that a backward may be passed for its cache."""
    rest = results[1:]
    found: dict[str, Any] = {**given, "out": results[0], "all": results}
    found["inputs"] = tuple(given.values())
    if rest:
        found["rest"] = rest[0] if len(rest) == 1 else rest
    return found | {f"rest{place}": value for place, value in enumerate(rest)}


def with_styles(fit: Fit, styles: Mapping[str, Style]) -> Fit:
    """Return the same with further styles."""
    return replace(fit, styles={**fit.styles, **styles})


def is_number(value: Any) -> bool:
    """Return whether a value is one number."""
    found = numbers(value)
    return (found is not None and found.size == 1) or isinstance(value, int | np.integer)
