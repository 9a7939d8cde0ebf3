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
from gradcheck.subjects.dialects.inferred.words import ELEMENTWISE
from gradcheck.subjects.dialects.objects.rates import Rated
from gradcheck.subjects.dialects.objects.roles import GIVEN, has_role
from gradcheck.subjects.dialects.objects.styles import Style
from gradcheck.subjects.dialects.objects.using import Used

EMPTY = inspect.Parameter.empty


def with_methods(used: Used, style: Style) -> Iterator[Used]:
    """Yield the use with what is passed to its methods; nothing if an argument that must be passed is not known."""
    for given in _givens(used, style):
        for back in _backs(used, style):
            yield replace(used, given=given, back=back)


def _givens(used: Used, style: Style) -> Iterator[dict[str, Value]]:
    """Yield what may be passed to forward: predictions and targets in both orders, where their names do not say."""
    roles = _given_roles(used)
    if roles is None:
        return
    orders = [roles]
    if used.layer.shapes.is_loss and _is_unclear(roles):
        swapped = {"x": "y", "y": "x"}
        orders = [{name: swapped.get(role, role) for name, role in roles.items()}, roles]
        orders.sort(key=lambda each: next(role for role in each.values() if role in swapped) == "y")
    defaults = {each.name: each.default for each in used.written.given}
    for order in orders:
        yield {
            name: InTraining(defaults[name]) if role == "training" else _tensor(role, style)
            for name, role in order.items()
        }


def _is_unclear(roles: dict[str, str]) -> bool:
    """Return whether the names of two arguments do not say which one is the target."""
    names = {role: name for name, role in roles.items()}
    said = {role: {each for each in "xy" if has_role(names.get(role, ""), GIVEN[each])} for role in "xy"}
    return "y" in said["x"] or ("x" not in said["x"] and "y" not in said["y"])


def _given_roles(used: Used) -> dict[str, str] | None:
    """Return the roles of forward's arguments; None if one that must be passed has none, or there is no input."""
    found: dict[str, str] = {}
    for each in used.written.given:
        left = [role for role in ("training", *TENSORS) if role not in found.values() and _has(used, role)]
        role = next((role for role in left if has_role(each.name, GIVEN[role])), None)
        if role is None and each.default is not EMPTY:
            continue
        if role is None:
            role = next((name for name in ("x", "y") if name in left), None)
        if role is None:
            return None
        found[each.name] = role
    return found if "x" in found.values() else None


TENSORS = ("x", "y", "w", "b", "gamma", "beta", "running_mean", "running_var")


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


def _backs(used: Used, style: Style) -> Iterator[dict[str, Value]]:
    """Yield what may be passed to backward: dout, or what the derivative is taken at."""
    needed = [each.name for each in used.written.back if each.default is EMPTY]
    slopes: list[dict[str, Value]] = []
    # backward(z) may give the derivative at z, which the layer around it multiplies by dout; backward(delta) may not.
    is_neutral = used.written.gives_slope or not all(has_role(name, GIVEN["dout"]) for name in needed)
    if used.layer.name in ELEMENTWISE and len(needed) == 1 and is_neutral:
        slopes = [{needed[0]: "x"}, {needed[0]: "out"}]
    usual = list(_usual_backs(used, style))
    yield from [*slopes, *usual] if used.written.gives_slope else [*usual, *slopes]


def _usual_backs(used: Used, style: Style) -> Iterator[dict[str, Value]]:
    """Yield what may be passed to a backward that takes dout."""
    found: dict[str, Value] = {}
    parameters = used.written.back
    named = {each.name: _back_role(each.name, used) for each in parameters}
    if "dout" not in named.values() and not used.layer.shapes.is_loss:
        free = [each.name for each in parameters if named[each.name] in (None, "x") and each.default is EMPTY]
        if used.layer.name in (
            "softmax",
            "log_softmax",
        ):  # p - y, or p (1 - p): the gradient of something else
            free = [name for name in free if not any(has_role(name, GIVEN[role]) for role in ("x", "y"))]
        if free:
            named[free[0]] = "dout"
    for each in parameters:
        role = named[each.name]
        if role is None and each.default is EMPTY:
            return
        if role == "rate":
            found[each.name] = Rated()
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
