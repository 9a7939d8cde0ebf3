"""A form of call together with the functions of a file: which options they know, and whether they take tensors."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gradcheck.contract import Case, Function, Layer
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.framework.forms import Form, squared
from gradcheck.subjects.dialects.framework.options import Known, expressed, keywords, known_options, runs
from gradcheck.subjects.dialects.framework.tensors import recorded, takes_tensors
from gradcheck.subjects.dialects.plain import parameters

Members = Mapping[str, Any]


@dataclass(frozen=True)
class Bound:
    """A form, and the functions of a file that have it."""

    form: Form
    forward: Function
    backward: Function | None
    known: Known
    may_have_no_bias: bool
    is_recorded: bool

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
    is_recorded = not callable(backward) and takes_tensors(form.name, forward, _tiny(form)[0])
    if is_recorded:
        pair = recorded(forward, len(layer.shapes.differentiable))
        forward, backward = pair.forward, pair.backward
        form = replace(form, express=partial(_without_blind_windows, form))
    form, known, is_callable = _knowing(form, forward)
    bare, params = _tiny(form, bias=None)
    has_choice = not is_callable or runs(form.name, forward, bare, keywords(params, form.options, known))
    return Bound(form, forward, backward if callable(backward) else None, known, has_choice, is_recorded)


def has_room(form: Form, members: Members) -> bool:
    """Tell whether a function takes as many arguments as the form gives by position, as far as that can be seen."""
    seen = parameters(members, form.name)
    return callable(members.get(form.name)) and (not seen or len(seen) >= len(_tiny(form)[0]))


def _tiny(form: Form, **bias: None) -> tuple[tuple[Any, ...], Params]:
    """Return the arguments of the tiniest case, without its bias if that is said, and its parameters."""
    layer = BY_NAME[form.layer]
    params = form.express(layer.cases.grammar.read(layer.cases.tiny))
    arguments = form.arguments(params, fill.tensors(Case(layer, params)))
    return tuple(None if bias and i == form.bias else each for i, each in enumerate(arguments)), params


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
