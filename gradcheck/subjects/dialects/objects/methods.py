"""What is passed to the two methods of a class, and how it learns whether it is trained."""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck.calling.description import OPAQUE
from gradcheck.contract import Arrays
from gradcheck.grammar import Params
from gradcheck.subjects.dialects.adapter import Value
from gradcheck.subjects.dialects.objects.making import Style
from gradcheck.subjects.dialects.objects.roles import GIVEN, has_role
from gradcheck.subjects.dialects.objects.using import RATE, Used
from gradcheck.subjects.dialects.objects.written import Parameters

EMPTY = inspect.Parameter.empty


def with_methods(used: Used, style: Style) -> Iterator[Used]:
    """Yield the use with what is passed to its methods; nothing if an argument that must be passed is not known."""
    given = _given(used, style)
    if given is None:
        return
    for back in _backs(used, style, given):
        yield replace(used, given=given, back=back)


def _given(used: Used, style: Style) -> dict[str, Value] | None:
    """Return what is passed to forward."""
    parameters, found = used.written.given, dict[str, Value]()
    tensors = [name for name in ("x", "y", "w", "b", "gamma", "beta", "running_mean", "running_var")]
    for each in parameters:
        role = next((role for role in ("training", *tensors) if _fits(each.name, role, used, found)), None)
        if role is None and each.default is not EMPTY:
            continue
        if role is None:
            role = next((name for name in ("x", "y") if name not in found.values() and _has(used, name)), None)
        if role is None:
            return None
        found[each.name] = InTraining(each.default) if role == "training" else _tensor(role, style)
    return found if "x" in {name_of(value) for value in found.values()} else None


def name_of(value: Value) -> str:
    """Return the tensor that a value passes."""
    return value if isinstance(value, str) else str(getattr(value, "tensor", ""))


def _fits(name: str, role: str, used: Used, found: dict[str, Value]) -> bool:
    return has_role(name, GIVEN[role]) and _has(used, role) and role not in map(name_of, found.values())


def _has(used: Used, role: str) -> bool:
    """Return whether the layer has the tensor, or the option."""
    if role == "training":
        return used.layer.name in ("dropout", "batch_norm", "spatial_batch_norm")
    return role in used.layer.cases.grammar.read(used.layer.cases.battery[0]) or role in _inputs(used)


def _inputs(used: Used) -> dict[str, Any]:
    return used.layer.shapes.inputs(used.layer.cases.grammar.read(used.layer.cases.battery[0]))


def _tensor(role: str, style: Style) -> Value:
    return OneHot() if role == "y" and style.labels == "one-hot" else role


class OneHot:
    """The labels as one-hot rows."""

    tensor = "y"

    def __call__(self, params: Params, tensors: Arrays) -> Any:
        """Return them."""
        return np.eye(params["c"])[tensors["y"]]


class InTraining:
    """Whether the layer is trained, as a flag or as a word."""

    is_mode = True

    def __init__(self, default: Any) -> None:
        self._is_word = isinstance(default, str) and default != OPAQUE
        self._test = "eval" if self._is_word and "eval" in str(default) else "test"

    def __call__(self, params: Params, tensors: Arrays) -> Any:
        """Return it."""
        in_training = params.get("mode") == "train"
        return ("train" if in_training else self._test) if self._is_word else in_training


def _backs(used: Used, style: Style, given: dict[str, Value]) -> Iterator[dict[str, Value]]:
    """Yield what may be passed to backward."""
    found: dict[str, Value] = {}
    parameters = used.written.back
    named = {each.name: _back_role(each.name, used) for each in parameters}
    if "dout" not in named.values():
        free = [each.name for each in parameters if named[each.name] is None and each.default is EMPTY]
        if free:
            named[free[0]] = "dout"
    for each in parameters:
        role = named[each.name]
        if role is None and each.default is EMPTY:
            return
        if role == "rate":
            found[each.name] = lambda params, tensors: RATE
        elif role is not None and (role in ("dout", "cache", "x") or role in _inputs(used)):
            found[each.name] = _tensor(role, style)
        elif each.default is EMPTY:
            return
    yield found


def _back_role(name: str, used: Used) -> str | None:
    for role in ("rate", "dout", "cache", "y", "x", "w", "b"):
        if has_role(name, GIVEN[role]) and (role in ("rate", "dout", "cache") or role in _inputs(used)):
            return role
    return None
