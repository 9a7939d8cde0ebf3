"""Attention without weights as a class: ``DotProductAttention().forward(q, k, v)`` and ``backward(dout)``.

An object is made for each call, and is what is left for backward: so it is called like the functions.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck.calling import guarded
from gradcheck.calling.signature import described, shown
from gradcheck.contract import PARTS, Arrays, Subject, SubjectError
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.attention.functions import subjects as functions
from gradcheck.subjects.dialects.attention.masks import role
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.ways import Agreement, small_call
from gradcheck.subjects.dialects.inferred.words import role_of

NAMES = ("DotProductAttention", "ScaledDotProductAttention", "ScaledDotProduct", "ScaledAttention")
WIDTHS = frozenset({"d_k", "dk", "dim", "d", "dim_k", "key_dim", "d_key", "head_dim", "d_head", "dim_head"})
"""What the argument of a constructor is called that is passed the width of the keys."""

FORWARD, BACKWARD = "scaled_dot_product_attention", "scaled_dot_product_attention_backward"
"""The names under which the functions are known that make such an object."""


def subjects(members: Members) -> Iterator[Subject]:
    """Yield the subject of each such class."""
    for name in NAMES:
        made = _as_functions(name, members) if callable(members.get(name)) else None
        for subject in functions(made) if made is not None else ():
            yield _renamed(subject, name, members)


def _as_functions(name: str, members: Members) -> dict[str, Any] | None:
    """Return the class as two functions; None where it takes something else."""
    facts = described(members[name])
    widths = [each.name for each in facts.parameters if each.default is each.empty]
    if not {"forward", "backward"} <= set(facts.methods) or any(
        each.lower() not in WIDTHS for each in widths
    ):
        return None
    given, back = (_parameters(members, name, part) for part in ("forward", "backward"))
    if given is None or back is None:
        return None
    roles = [role(each.name) for each in given]
    needed = [each for each in back if each.default is each.empty]
    if (
        roles[:3] != ["q", "k", "v"]
        or len(given) > 4
        or len(needed) != 1
        or role_of(needed[0].name, ["dout"]) is None
    ):
        return None

    def called(q: Any, k: Any, v: Any, *mask: Any) -> Any:
        made = guarded(name, members[name], **dict.fromkeys(widths, q.shape[-1]))
        out = guarded(f"{name}.forward", guarded(f"{name}.forward", getattr, made, "forward"), q, k, v, *mask)
        return None if out is None else (out[0] if isinstance(out, tuple) and out else out, made)

    def backward(dout: Any, cache: Any) -> Any:
        return guarded(f"{name}.backward", guarded(f"{name}.backward", getattr, cache, "backward"), dout)

    takes_mask = roles[3:] == ["mask"]
    return {FORWARD: _with_mask(called) if takes_mask else _without(called), BACKWARD: backward}


UNSCALED = "its scores are not divided by the root of the keys' width: it is another attention"


def _is_unscaled(subject: Subject) -> bool:
    """Return whether the output is the layer's if the queries are divided by the root of their width before."""

    def forward(params: Params, tensors: Arrays) -> Any:
        return subject.forward(params, {**tensors, "q": tensors["q"] / np.sqrt(tensors["q"].shape[-1])})

    divided = replace(subject, parts=("forward",), forward=forward)
    return small_call(divided).forward is Agreement.RIGHT


def _with_mask(called: Callable[..., Any]) -> Callable[..., Any]:
    def forward(q: Any, k: Any, v: Any, mask: Any = None) -> Any:
        return called(q, k, v, mask)

    return forward


def _without(called: Callable[..., Any]) -> Callable[..., Any]:
    def forward(q: Any, k: Any, v: Any) -> Any:
        return called(q, k, v)

    return forward


def _parameters(members: Members, name: str, part: str) -> tuple[inspect.Parameter, ...] | None:
    """Return the parameters of a method without self; None where they cannot be seen, and for a static one."""
    try:
        found = described(guarded(name, members["method_of"], members[name], part)).parameters
    except SubjectError:
        return None
    return found[1:] if found and found[0].name in ("self", "this") else None


def _renamed(subject: Subject, name: str, members: Members) -> Subject:
    """Return the subject with the names of the class and its methods."""
    names: Mapping[str, str] = {FORWARD: f"{name}.forward", BACKWARD: f"{name}.backward"}
    own = {part: names.get(each, each) for part, each in subject.functions.items()}
    made = shown(name, described(members[name]).signature)
    texts = {"forward": f"{made}.forward(q, k, v)", "backward": ".backward(dout), of the same object"}
    interface = replace(subject.interface, understood={part: texts[part] for part in subject.parts})
    if "Scaled" not in name and not interface.misfit and _is_unscaled(subject):
        interface = replace(interface, misfit=dict.fromkeys(PARTS, UNSCALED))
    return replace(subject, functions=own, interface=interface)
