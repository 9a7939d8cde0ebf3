"""What is passed to a constructor: for each argument with a known role what the case has for it, in several styles."""

import inspect
from collections.abc import Iterator
from functools import partial
from typing import Any

from gradcheck.contract import Arrays
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import Value
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.objects.assigning import EMPTY, roles_of, unknown
from gradcheck.subjects.dialects.objects.numbers import number_for
from gradcheck.subjects.dialects.objects.rates import Rated
from gradcheck.subjects.dialects.objects.roles import SHAPING
from gradcheck.subjects.dialects.objects.styles import FUNCTION, IDENTITY, Style
from gradcheck.subjects.dialects.objects.written import Parameters, Written

Form = dict[str, Value]


Steps = tuple[tuple[str, Form], ...]


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
        roles = roles_of(parameters, order)
        if not unknown(parameters, roles):
            yield method, _form(parameters, layer, roles, style, members)


def arguments(written: Written, layer: str, roles: dict[str, str], style: Style, members: Members) -> Form:
    """Return what is passed to a constructor in a style, by the names of its arguments."""
    return _form(written.made, layer, roles, style, members)


def _form(parameters: Parameters, layer: str, roles: dict[str, str], style: Style, members: Members) -> Form:
    found: Form = {}
    for each in parameters:
        role = roles.get(each.name)
        if role is None or (role == "activation" and style.word is None and each.default is None):
            continue
        if role == "name" and each.default is not EMPTY:
            continue
        found[each.name] = _value(role, layer, style, members, each)
    return found


def _value(role: str, layer: str, style: Style, members: Members, each: inspect.Parameter) -> Value:
    """Return what is passed for an argument."""
    if role in ("W", "b", "gamma", "beta", "running_mean", "running_var"):
        name = "w" if role == "W" and layer not in ("word_embedding", "learned_encoding") else role
        return lambda params, tensors: tensors[name].copy() if name in tensors else None
    if role in ("activation", "mode", "slope_of"):
        return _constant(_word(role, style, members, layer))
    if role == "name":
        return _constant("layer")
    if role == "rate":
        return Rated()
    if role == "rng":
        return _constant(0) if each.name == "seed" else partial(_generator, members)
    if role == "optimizer":
        return Rated(members["PlainStep"]) if each.default is EMPTY else _constant(None)
    if role == "pad" and style.pad in ("valid", "same"):
        return _constant(style.pad)
    if role in ("keep_prob", "drop_prob") or role == "keep_or_drop":
        keeps = style.keeps if role == "keep_or_drop" else role == "keep_prob"
        return lambda params, tensors: params["keep_prob"] if keeps else 1 - params["keep_prob"]
    return number_for(role, layer, style, each)


def _generator(members: Members, params: Params, tensors: Arrays) -> Any:
    return members["number_generator"](0)


def _constant(value: Any) -> Value:
    return lambda params, tensors: value


def _word(role: str, style: Style, members: Members, layer: str) -> Any:
    if role == "slope_of":
        return members["slope_of_curve" if layer == "tanh" else "slope_of_unchanged"]
    if layer == "tanh" and style.word == FUNCTION:
        return members["curve_value"]
    return members["unchanged_value"] if style.word == IDENTITY else style.word
