"""Ops of small tensor libraries: compute and gradient (needle), or forward and backward with a context (minitorch)."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from gradcheck.calling.signature import Described, described
from gradcheck.contract import Layer, Subject
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.arguments import NEEDED, Read, Slot, roles_of
from gradcheck.subjects.dialects.inferred.words import layer_of, words_of
from gradcheck.subjects.dialects.tensors.constructors import read_constructor
from gradcheck.subjects.dialects.tensors.views import View, method, seen, signature_without, subject_of_view

TENSORS = ("Tensor", "Variable")
"""What libraries call their class of tensors."""

PRODUCTS = frozenset({"matmul", "mat_mul"})
"""Ops that are an affine layer without a bias, where both are matrices."""


def tensor_in(members: Members) -> Any:
    """Return the class of a file's own tensors, if it has one."""
    found = (members.get(name) for name in TENSORS)
    return next((each for each in found if callable(each) and described(each).is_class), None)


def subjects(members: Members) -> Iterator[Subject]:
    """Yield a subject for each op that is a layer."""
    tensor = tensor_in(members)
    if tensor is None:
        return
    for name, value in members.items():
        layer = layer_of_op(name)
        declared = described(value) if layer is not None and callable(value) else Described()
        view = (
            _view(members, name, layer, declared, tensor) if layer is not None and declared.is_class else None
        )
        if view is not None:
            yield subject_of_view(seen(view))


def layer_of_op(name: str) -> str | None:
    """Return the layer that an op is named after."""
    return "affine" if "_".join(words_of(name)) in PRODUCTS else layer_of(name)


def _view(members: Members, name: str, layer: str, declared: Described, tensor: Any) -> View | None:
    methods = set(declared.methods)
    if {"compute", "gradient"} <= methods:
        return _op(members, name, BY_NAME[layer], declared, tensor)
    if {"forward", "backward", "apply"} <= methods:
        return _function(members, name, BY_NAME[layer], tensor)
    return None


def _op(members: Members, name: str, layer: Layer, declared: Described, tensor: Any) -> View | None:
    compute = signature_without(method(members, name, "compute"), "self")
    inputs = _inputs(compute, layer)
    made = read_constructor(layer, declared.parameters)
    if inputs is None or made is None:
        return None
    slots, unpassed = made
    names = [slot.name for slot in slots]

    def forward(*arguments: Any) -> Any:
        arrays, options = arguments[: len(inputs)], arguments[len(inputs) :]
        return members["own_op_called"](members[name], tensor, dict(zip(names, options, strict=True)), arrays)

    return View(
        layer=layer.name,
        functions={"forward": f"{name}.compute", "backward": f"{name}.gradient"},
        forward=forward,
        backward=partial(_called, members, "own_op_gradient"),
        declared=compute,
        read=Read(slots=(*inputs, *slots), unpassed=unpassed),
        manner="on the file's own tensors",
    )


def _function(members: Members, name: str, layer: Layer, tensor: Any) -> View | None:
    whole = method(members, name, "forward")
    context = members["Context"] if callable(members.get("Context")) else None
    is_bound = bool(whole.parameters) and whole.parameters[0].name == "self"
    bare = signature_without(whole, "self")
    if not bare.parameters or bare.parameters[0].name not in ("ctx", "context"):
        return None
    bare = signature_without(bare, "ctx", "context")
    inputs = _inputs(bare, layer)
    if inputs is None:
        return None

    def forward(*arrays: Any) -> Any:
        return members["own_function_called"](
            members[name], tensor, context, "self" if is_bound else "", arrays
        )

    return View(
        layer=layer.name,
        functions={"forward": f"{name}.forward", "backward": f"{name}.backward"},
        forward=forward,
        backward=partial(_called, members, "own_function_backward"),
        declared=bare,
        read=Read(slots=inputs),
        manner="on the file's own tensors",
    )


def _called(members: Members, name: str, dout: Any, left: Any) -> Any:
    return members[name](dout, left)


def _inputs(declared: Described, layer: Layer) -> tuple[Slot, ...] | None:
    """Return the roles of an op's inputs, by their places; None where their number is another one."""
    roles: Sequence[str] = [role for role in NEEDED if role in roles_of(layer) and role != "kernel"]
    given = [each for each in declared.parameters if each.default is each.empty]
    least = sum(1 for role in roles if role in ("x", "w", "y"))
    if len(given) != len(declared.parameters) or not least <= len(given) <= len(roles):
        return None
    return tuple(Slot(name=each.name, role=role) for each, role in zip(given, roles, strict=False))
