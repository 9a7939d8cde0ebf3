"""Functions named and called as frameworks do: ``conv2d(x, w, b, stride=..., padding=...)``, ``img_conv_layer``.

Forward returns out, or (out, cache). Its backward is called ``conv2d_backward``, and takes dout and what
forward returned as its cache, or else dout and forward's own arguments. Without one only forward is judged, unless
the function takes PyTorch's tensors: then autograd is its backward, as in torch.nn.functional itself.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, gradients, guarded
from gradcheck.contract import PARTS, Array, Arrays, Case, Missing, Subject
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import forward_call, written
from gradcheck.subjects.dialects.dialect import Dialect, Members, usual
from gradcheck.subjects.dialects.framework.binding import Bound, bind, has_room
from gradcheck.subjects.dialects.framework.forms import FUNCTIONAL, Form
from gradcheck.subjects.dialects.framework.options import keywords
from gradcheck.subjects.dialects.framework.paddle import CONV, NAME, TRANSPOSED
from gradcheck.subjects.dialects.inferred.layouts import NO_RANK, STACKED
from gradcheck.subjects.dialects.inferred.ways import Way, is_theirs, tried
from gradcheck.subjects.dialects.signatures import form_of, read

SIGNS = ("conv2d", "conv_transpose2d", "max_pool2d", "avg_pool2d", NAME)
"""The names by which the dialect is known; a file of any sort may have its own relu."""


FORMS = (*FUNCTIONAL, CONV)


def signs(members: Members) -> bool:
    """Return whether a function of `SIGNS` can be called as a framework's: conv2d(image, kernel) is a helper."""
    return any(has_room(form, members) for form in FORMS if form.name in SIGNS)


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each function, and two where Paddle's knows `trans`."""
    bound = [bind(form, members) for form in FORMS if callable(members.get(form.name))]
    # A function called relu or linear may be anybody's: what it means on arrays is found out elsewhere.
    bound = [_with_rank(each) for each in bound if each.is_recorded or each.form.name in SIGNS]
    both = [replace(each, form=TRANSPOSED) for each in bound if each.form is CONV and "trans" in each.known]
    return tuple(_subject(each, members) for each in (*bound, *both))


def _subject(bound: Bound, members: Members) -> Subject:
    forms = {"forward": (bound.form.name, form_of(tuple(bound.form.arguments), tuple(bound.known)))}
    return Subject(
        layer=bound.layer,
        functions={"forward": bound.form.name, "backward": bound.back_name},
        forward=partial(_forward, bound),
        parts=PARTS if bound.backward else ("forward",),
        interface=read(members, forms).onto(usual(bound.express, refused=bound.refused)),
    )


def _with_rank(bound: Bound) -> Bound:
    """Return a layer norm with further axes in front of those that it normalises over, where it takes them."""
    if bound.layer.name != "layer_norm":
        return bound
    stacked = replace(bound, x=STACKED)
    way = Way(layer=bound.layer, call=partial(_forward, stacked), express=bound.express)
    found = tried(way, bound.layer.cases.grammar.read("n6d5_e1e-05"), back=bound.backward is not None)
    return stacked if is_theirs(found) else replace(bound, refused=(NO_RANK,))


def _forward(bound: Bound, params: Params, tensors: Arrays) -> LocalCall:
    """Call forward, which returns out, or out and a cache."""
    name, options = bound.form.name, keywords(params, bound.form.options, bound.known)
    given = {**tensors, "x": bound.x.theirs(tensors["x"])}
    arguments = tuple(written(bound.form.arguments, params, given).values())
    without = partial(_missing, f"{name} is not implemented")

    def read(returned: Any) -> LocalCall:
        if returned is None:
            return LocalCall({"out": None}, tensors, without)
        if isinstance(returned, tuple | list) and len(returned) == 2:
            out, cache = returned
            out = bound.x.folded(out, tensors["x"].shape)
            return LocalCall({"out": out}, tensors, partial(_backward, bound, params, (cache,), {}), cache)
        back = partial(_backward, bound, params, arguments, options)
        out = bound.x.folded(returned, tensors["x"].shape)
        return LocalCall({"out": out}, tensors, back, tuple(tensors.values()))

    forward = partial(guarded, name, bound.forward, *arguments, **options)
    return forward_call(name, tensors, forward, read, without)


def _missing(why: str, dout: Array) -> dict[str, Any]:
    raise Missing(why)


def _backward(
    bound: Bound, params: Params, arguments: tuple[Any, ...], options: Mapping[str, Any], dout: Array
) -> dict[str, Any]:
    """Call backward; the gradient of a bias that is not there may be left out, or be None."""
    name, layer = bound.back_name, bound.layer
    assert bound.backward is not None
    returned = guarded(name, bound.backward, bound.x.theirs(dout), *arguments, **options)
    is_full = isinstance(returned, tuple | list) and len(returned) == len(layer.shapes.differentiable)
    found = gradients(name, returned, layer.shapes.differentiable if is_full else Case(layer, params).wanted)
    turned = {key: _turned(bound.form, key, value) for key, value in found.items()}
    return turned | (
        {"x": bound.x.folded(turned["x"], Case(layer, params).shapes["x"])} if "x" in turned else {}
    )


def _turned(form: Form, name: str, value: Any) -> Any:
    return value.T if name in form.transposed and isinstance(value, np.ndarray) else value


FRAMEWORK = Dialect(
    name="framework",
    title="torch.nn.functional's names on arrays, conv2d(x, w, b, stride=..., padding=...) and conv2d_backward(dout, "
    "cache) or (dout, x, w, b, stride=...); Paddle's img_conv_layer(input, w, b, filter_size=..., stride_y=...)",
    names=tuple(f"{name}{ending}" for name in SIGNS for ending in ("", "_backward")),
    subjects=subjects,
    signs=signs,
    support="torch_tensors",
)
