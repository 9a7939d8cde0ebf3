"""Our own naming: ``conv2d_forward`` and ``conv2d_backward``, with the arguments that `naive` and `fast` take."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from math import inf
from typing import Any

import numpy as np

from gradcheck.calling import LocalCall, gradients, results_of
from gradcheck.calling.results import numbers
from gradcheck.calling.signature import described
from gradcheck.contract import Array, Arrays, Case, Function, Interface, Layer, Pair, Subject, SubjectError
from gradcheck.evidence import fill
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME, LAYERS
from gradcheck.layers.loss import unignored
from gradcheck.layers.norm import last_axis, without_lead
from gradcheck.layers.ours import as_defined, as_written
from gradcheck.layers.outside.registry import known_layers
from gradcheck.subjects.dialects.adapter import called, forward_call
from gradcheck.subjects.dialects.dialect import Dialect, Express, Members
from gradcheck.subjects.dialects.inferred.ways import (
    IGNORING,
    NOT_IGNORING,
    Agreement,
    Tried,
    is_theirs,
    small_call,
)
from gradcheck.subjects.dialects.inferred.words import role_of
from gradcheck.subjects.dialects.running import IN_THE_CACHE, running
from gradcheck.subjects.dialects.signatures import form_of, read

SUITE = "gradcheck"
"""The package of our own functions, and of what is made of them: they keep the dtype. Others' names do not say so."""

OUTSIDE = Interface(lenient=frozenset({"empty", "refusal"}), conventions=frozenset({IN_THE_CACHE}))
"""What functions promise that follow our naming but are not `naive` or `fast`: these two keep the full contract."""


def names_of(layer: Layer) -> dict[str, str]:
    """Return the names of a layer's two functions."""
    return {part: f"{layer.name}_{part}" for part in ("forward", "backward")}


def members_of(layer: Layer, pair: Pair) -> dict[str, Function]:
    """Return what a file defines that has a pair of functions in our naming."""
    written = as_written(pair, layer.shapes.outputs)
    return {name: getattr(written, part) for part, name in names_of(layer).items()}


def outside_names() -> tuple[str, ...]:
    """Return the names of the functions of layers that are not the suite's own."""
    outside = [layer for name, layer in known_layers().items() if name not in BY_NAME]
    return tuple(name for layer in outside for name in names_of(layer).values())


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each layer of which at least one function is defined."""
    found = [
        layer
        for layer in known_layers().values()
        if any(callable(members.get(name)) for name in names_of(layer).values())
    ]
    return tuple(_subject(layer, members) for layer in found if not _has_a_shorter_name(layer, members))


def _has_a_shorter_name(layer: Layer, members: Members) -> bool:
    """Return whether forward is called as the layer is, ``gelu`` next to ``gelu_backward``: not as in this family."""
    return callable(members.get(layer.name)) and not callable(members.get(names_of(layer)["forward"]))


def _subject(layer: Layer, members: Members) -> Subject:
    names = names_of(layer)
    forward = members.get(names["forward"])
    naive, fast = (as_defined(each.forward) for each in _ours(layer))
    is_fast = forward is fast
    is_ours = is_fast or forward is naive
    interface = Interface() if is_ours else _declared(layer, members)
    call = partial(
        _forward,
        layer,
        names,
        members,
        cache_first=_takes_cache_first(layer, members),
        alone="backward" in interface.misfit,
    )
    subject = Subject(
        layer=layer,
        functions=names,
        forward=call,
        interface=interface,
        reference=layer.ours.naive if is_fast else layer.ours.fast,
    )
    if is_ours:
        return subject
    if layer.name == GELU and not _takes(FORM, names["forward"], members):
        return _in_its_form(replace(subject, forward=partial(call, without=FORM)))
    if layer.name == SOFTMAX:
        return _of_rows(subject)
    if "lead" in layer.cases.grammar.names and layer.name in BY_NAME:
        return _leading(subject)
    return _counting(subject) if _taken(layer, members) else subject


FLAT = "n3d5_e0.001"
"""A norm of rows."""

LEADING = "n2x3d4_e0.001"
"""A norm over the last of three axes."""

OVER_TWO = "n2d3x4_e0.001"
"""A norm over two axes."""

FEW = 3
"""How many steps a sequence has that is asked in the place of rows."""

ONLY_SEQUENCES = "x of other than three axes, (N, T, D): not accepted"
NO_LEAD = "axes between the batch and those of gamma: not accepted"
NOT_DEEP = "gamma with several axes: not accepted"


def _leading(subject: Subject) -> Subject:
    """Return a norm with the axes that it takes: in front of gamma's besides the batch, and in a gamma of RMS norm.

    What comes out otherwise may be meant so: most RMS norms are over the last axis, whatever gamma they are given.
    """
    if "forward" in subject.interface.misfit:
        return subject
    read = subject.layer.cases.grammar.read
    flat, led = (small_call(subject, read(geometry)) for geometry in (FLAT, LEADING))
    if _is_for_sequences(flat, led):
        return _narrowed(subject, _in_sequences, ONLY_SEQUENCES)
    if led.forward is not Agreement.RIGHT:
        subject = _narrowed(subject, without_lead, NO_LEAD)
    if (
        subject.layer.name == "rms_norm"
        and small_call(subject, read(OVER_TWO)).forward is not Agreement.RIGHT
    ):
        subject = _narrowed(subject, last_axis, NOT_DEEP)
    return subject


def _is_for_sequences(flat: Tried, led: Tried) -> bool:
    """Return whether a norm is right on sequences (N, T, D) alone: it takes no rows, or is wrong on these only."""
    if led.forward is not Agreement.RIGHT:
        return False
    if flat.forward is not Agreement.RIGHT:
        return True
    return led.backward is Agreement.RIGHT and flat.backward is not Agreement.RIGHT


def _in_sequences(params: Params) -> dict[str, Any]:
    """Return the nearest parameters of a norm over the last of three axes."""
    others = (*params["lead"], *params["dims"][:-1])
    return {**params, "lead": (others or (FEW,))[:1], "dims": params["dims"][-1:]}


def _narrowed(subject: Subject, narrowing: Express, text: str) -> Subject:
    """Return a subject that is asked what a narrowing leaves, with what the report says of the rest."""
    express, refused = subject.interface.express, subject.interface.refused
    interface = replace(
        subject.interface, express=lambda params: narrowing(express(params)), refused=(*refused, text)
    )
    return replace(subject, interface=interface)


def _counting(subject: Subject) -> Subject:
    """Return a softmax loss whose labels all count, if it takes the label to ignore and refuses it."""
    if "forward" in subject.interface.misfit or is_theirs(
        small_call(subject, subject.layer.cases.grammar.read(IGNORING))
    ):
        return subject
    interface = replace(subject.interface, express=unignored, refused=(NOT_IGNORING,))
    return replace(subject, interface=interface)


GELU, FORM = "gelu", "approximate"
FORMS = ("none", "tanh")


def _takes(option: str, name: str, members: Members) -> bool:
    """Return whether a function takes an option by its name."""
    parameters = described(members.get(name)).parameters
    return any(each.name == option or each.kind is each.VAR_KEYWORD for each in parameters)


def _in_its_form(subject: Subject) -> Subject:
    """Return a gelu that takes no option for its form, in the form to which it is nearest: the two differ by 5e-4."""
    ways = [
        replace(subject, interface=replace(subject.interface, express=partial(_in_form, form)))
        for form in FORMS
    ]
    return min(ways, key=_distance)


SOFTMAX, FOUR_AXES, ROWS = "softmax", "n3d2x3x4", "n4d5"
ONLY_ROWS = "x of more than two axes: it is no softmax over the last one"


def _of_rows(subject: Subject) -> Subject:
    """Return a softmax that is asked for rows alone, if it is one of these: courses write ``axis=1``."""
    read_params = subject.layer.cases.grammar.read
    alone = replace(subject, parts=("forward",))
    deep, flat = (small_call(alone, read_params(geometry)).forward for geometry in (FOUR_AXES, ROWS))
    if deep is Agreement.RIGHT or flat is not Agreement.RIGHT:
        return subject
    interface = replace(subject.interface, express=_in_rows, refused=(ONLY_ROWS,))
    return replace(subject, interface=interface)


def _in_rows(params: Params) -> dict[str, Any]:
    return {**params, "dims": params["dims"][-1:]}


def _distance(subject: Subject) -> float:
    """Return how far a small call's output is from the right one; infinity where there is none."""
    case = subject.layer.case(subject.layer.cases.battery[0])
    params = subject.interface.express(case.params)
    tensors = fill.tensors(case)
    right = subject.layer.ours.fast.forward(*tensors.values(), **subject.layer.ours.options(params))[0]
    try:
        out = numbers(subject.forward(params, tensors).outputs["out"])
    except SubjectError:
        return inf
    return float(np.abs(out - right).max()) if out is not None and out.shape == right.shape else inf


def _in_form(form: str, params: Params) -> dict[str, Any]:
    return {**params, FORM: form}


def is_own(layer: Layer, members: Members) -> bool:
    """Return whether the functions are the suite's own, as far as a namespace has them."""
    here = {part: name for part, name in names_of(layer).items() if name in members}
    return any(
        all(members[name] is as_defined(getattr(pair, part)) for part, name in here.items())
        for pair in _ours(layer)
    )


def _ours(layer: Layer) -> tuple[Pair, Pair]:
    return layer.ours.naive, layer.ours.fast


def _declared(layer: Layer, members: Members) -> Interface:
    """Return the interface with what the signatures say: all options are needed, and a bias may be left out."""
    params = layer.cases.grammar.read(layer.cases.battery[0])
    tensors = tuple(Case(layer, params).shapes)
    takes = _taken(layer, members)
    named = (
        {"mask"} if layer.name in BY_NAME else set()
    )  # tensors of a layer from outside are all passed by position
    by_name = (*(name for name in tensors if name in named), *layer.ours.options(params), *takes)
    names = names_of(layer)
    passed_back = (*_upstream(layer), "cache")
    if _takes_cache_first(layer, members):
        passed_back = ("cache", *_upstream(layer))
    forms = {
        "forward": (names["forward"], form_of([name for name in tensors if name not in named], by_name)),
        "backward": (names["backward"], form_of(passed_back)),
    }
    reading = read(members, forms)
    if "bias" in params and _needs_bias(names["forward"], members):
        reading.misfit.setdefault("forward", f"{names['forward']} cannot leave out b, as this family does")
    # What it lets one leave out is what this family passes or leaves out: it is the family's own contract.
    interface = OUTSIDE if takes else replace(OUTSIDE, express=unignored)
    if described(members.get(names["forward"])).module.partition(".")[0] != SUITE:
        interface = replace(interface, lenient=interface.lenient | {"dtype"})
    return replace(reading.onto(interface), is_loose=False)


def _takes_cache_first(layer: Layer, members: Members) -> bool:
    """Return whether the names of backward's arguments say that the cache comes before the upstream gradient."""
    parameters = described(members.get(names_of(layer)["backward"])).parameters
    roles = [role_of(each.name, ("cache", "dout")) for each in parameters]
    return roles[:2] == ["cache", "dout"]


def _upstream(layer: Layer) -> tuple[str, ...]:
    """Return what backward calls the upstream gradients."""
    return tuple(f"d{each}" for each in layer.shapes.outputs) if layer.shapes.is_stacked else ("dout",)


MAY_LACK = "ignore_index"
"""The option that a function of this family may do without."""


def _taken(layer: Layer, members: Members) -> tuple[str, ...]:
    """Return the option that a softmax loss may lack, if it has it."""
    parameters = described(members.get(names_of(layer)["forward"])).parameters
    has_it = layer.name in BY_NAME and any(each.name == MAY_LACK for each in parameters)
    return (MAY_LACK,) if has_it else ()


def _needs_bias(name: str, members: Members) -> bool:
    return any(
        each.name in ("b", "bias") and each.default is each.empty
        for each in described(members.get(name)).parameters
    )


def _forward(
    layer: Layer,
    names: Mapping[str, str],
    members: Members,
    params: Params,
    tensors: Arrays,
    without: str = "",
    cache_first: bool = False,
    alone: bool = False,
) -> LocalCall:
    """Call forward with the tensors that the case has by position, and with the mask and the options by name.

    `without` is an option that the function does not take; `cache_first` says that backward takes the cache first;
    `alone` that backward is none of this family, so that forward need not return a cache.
    """
    name, first = names["forward"], dict(tensors)
    options = {key: value for key, value in layer.ours.options(params).items() if key != without}
    if (
        "mask" in first and layer.name in BY_NAME
    ):  # tensors of a layer from outside are all passed by position
        options["mask"] = first.pop("mask")
    back = partial(_backward, layer, names["backward"], members, cache_first)
    before = {key: tensors[key].copy() for key in layer.shapes.tracked} if layer.shapes.tracked else {}

    def read(returned: Any) -> LocalCall:
        if alone and isinstance(returned, np.ndarray):
            return LocalCall({"out": returned}, tensors, partial(back, None))
        out, cache = results_of(name, returned, layer.shapes, params)
        if not before:
            return LocalCall({"out": out}, tensors, partial(back, cache), cache)
        tracked, updated = running(layer.shapes.tracked, cache, before, tensors)
        return LocalCall({"out": out, **tracked}, tensors, partial(back, cache), cache, updated=updated)

    forward = partial(called, members, name, *first.values(), **options)
    return forward_call(name, tensors, forward, read, partial(back, None))


def _backward(
    layer: Layer, name: str, members: Members, cache_first: bool, cache: Any, dout: Array
) -> dict[str, Any]:
    upstream = tuple(dout) if layer.shapes.is_stacked else (dout,)
    given = (cache, *upstream) if cache_first else (*upstream, cache)
    return gradients(name, called(members, name, *given), layer.shapes.differentiable)


PAIR = Dialect(
    name="pair",
    title="functions named after the layer: conv2d_forward(x, w, b, stride=..., ...) and conv2d_backward(dout, cache)",
    names=tuple(name for layer in LAYERS for name in names_of(layer).values()),
    more=outside_names,
    subjects=subjects,
)
