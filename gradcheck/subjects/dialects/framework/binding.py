"""A form of call together with the functions of a file: which options they know, and whether they take tensors.

A function of PyTorch's tensors becomes a pair of functions of arrays, whose backward is autograd.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import guarded
from gradcheck.contract import Array, Case, Function, Layer, Pair, SubjectError
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.adapter import parameters_of, written
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.framework.forms import Form, squared
from gradcheck.subjects.dialects.framework.options import Known, expressed, keywords, known_options, runs
from gradcheck.subjects.dialects.inferred.layouts import OURS, Layout


@dataclass(frozen=True)
class Bound:
    """A form, and the functions of a file that have it.

    `x` is how the input is laid out, `refused` what the form seems to allow and they do not accept.
    """

    form: Form
    forward: Function
    backward: Function | None
    known: Known
    may_have_no_bias: bool
    is_recorded: bool
    x: Layout = OURS
    refused: tuple[str, ...] = ()

    @property
    def back_name(self) -> str:
        """What its backward is called; autograd's has no name of its own."""
        return self.form.name if self.is_recorded else f"{self.form.name}_backward"

    @property
    def layer(self) -> Layer:
        """The layer it implements."""
        return BY_NAME[self.form.layer]

    def express(self, params: Params) -> dict[str, Any]:
        """Return the nearest parameters that the functions can express."""
        nearest = expressed(self.form.express(params), self.form.options, self.known)
        must = nearest.get("bias") == "none" and not self.may_have_no_bias
        return {**nearest, "bias": "shared"} if must else nearest


def bind(form: Form, members: Members) -> Bound:
    """Return a form with a file's functions, and what they know, found by calling them on the tiniest case."""
    layer, forward, backward = BY_NAME[form.layer], members[form.name], members.get(f"{form.name}_backward")
    is_recorded = not callable(backward) and takes_tensors(form.name, members, _tiny(form)[0])
    if is_recorded:
        pair = recorded(members, form.name, len(layer.shapes.differentiable))
        forward, backward = pair.forward, pair.backward
        form = replace(form, express=partial(_without_blind_windows, form))
    form, known, is_callable = _knowing(form, forward)
    bare, params = _tiny(form, without_bias=True)
    has_choice = not is_callable or runs(form.name, forward, bare, keywords(params, form.options, known))
    return Bound(form, forward, backward if callable(backward) else None, known, has_choice, is_recorded)


def has_room(form: Form, members: Members) -> bool:
    """Return whether a function takes as many arguments as the form gives by position, as far as that can be seen."""
    seen = parameters_of(members, form.name)
    return callable(members.get(form.name)) and (not seen or len(seen) >= len(form.arguments))


def _tiny(form: Form, *, without_bias: bool = False) -> tuple[tuple[Any, ...], Params]:
    """Return the arguments of the tiniest case, with None for its bias if that is asked for, and its parameters."""
    layer = BY_NAME[form.layer]
    params = form.express(layer.cases.grammar.read(layer.cases.tiny))
    given = written(form.arguments, params, fill.tensors(Case(layer, params)))
    if without_bias and form.bias is not None:
        given[form.bias] = None
    return tuple(given.values()), params


def _knowing(form: Form, function: Function) -> tuple[Form, Known, bool]:
    """Return the form that a function can be called by, the options it knows, and whether it could be called."""
    forms = [form] if form.window is None else [form, squared(form)]
    knowns = []
    for each in forms:
        arguments, params = _tiny(each)
        knowns.append(known_options(each.name, function, arguments, each.options))
        if runs(each.name, function, arguments, keywords(params, each.options, knowns[-1])):
            return each, knowns[-1], True
    return form, knowns[0], False


def _without_blind_windows(form: Form, params: Params) -> dict[str, Any]:
    """A dilated window may see nothing but padding: there PyTorch's max-pooling writes behind the end of dx."""
    nearest = form.express(params)
    is_blind = form.layer == "max_pool2d" and any(before for before, _ in nearest["pad"])
    return {**nearest, "dilation": (1, 1)} if is_blind else nearest


def takes_tensors(name: str, members: Members, arguments: tuple[Any, ...]) -> bool:
    """Return whether a function cannot do with arrays, and takes the same numbers as tensors."""
    if not _has_torch(members):
        return False
    try:
        guarded(name, members[name], *arguments)
    except SubjectError as problem:
        is_unfit = problem.kind is not None and issubclass(problem.kind, (TypeError, AttributeError))
        return is_unfit and runs(name, recorded(members, name, 1).forward, arguments, {})
    return False


def _has_torch(members: Members) -> bool:
    """Return whether PyTorch is there, in the process in which the file runs."""
    try:
        return "torch_is_there" in members and guarded("", members["torch_is_there"]) is True
    except SubjectError:
        return False


def recorded(members: Members, name: str, count: int) -> Pair:
    """Return forward and backward for a function of tensors, the first `count` of which are differentiated."""

    def forward(*arguments: Any, **options: Any) -> Any:
        arrays = [place for place, value in enumerate(arguments) if isinstance(value, np.ndarray)]
        return members["torch_recorded"](members[name], "", tuple(arrays[:count]), arguments, options)

    def backward(dout: Array, graph: Any) -> Any:
        return members["torch_backward"](dout, graph)

    return Pair(forward, backward)
