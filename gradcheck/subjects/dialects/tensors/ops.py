"""Ops of small tensor libraries: compute and gradient (needle), forward and backward by a call (DeZero)."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from gradcheck.calling.signature import Described, described
from gradcheck.contract import Layer, Subject
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.arguments import Read
from gradcheck.subjects.dialects.inferred.ways import Agreement
from gradcheck.subjects.dialects.inferred.words import layer_of, words_of
from gradcheck.subjects.dialects.tensors.constructors import read_constructor
from gradcheck.subjects.dialects.tensors.inputs import by_place, gradients_by_place, order_of
from gradcheck.subjects.dialects.tensors.seeing import best_of, seen, subject_of_view
from gradcheck.subjects.dialects.tensors.views import View, method, signature_without

TENSORS = ("Tensor", "Variable")
"""What libraries call their class of tensors."""

CONTEXTS = ("ctx", "context", "_ctx")
"""What people call the context that a forward takes first."""

NEEDLE = ("compute", "gradient", "gradient")
DEZERO = (("forward", "backward", "tensor"), ("forward", "backward", "array"))
"""What the methods of an op are called, and what its backward gets."""

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
        if layer is None or not declared.is_class:
            continue
        if {"compute", "gradient"} <= set(declared.methods):
            view = _op(members, name, BY_NAME[layer], declared, tensor, NEEDLE)
            yield from () if view is None else (subject_of_view(seen(view)),)
        elif {"forward", "backward"} <= set(declared.methods):
            yield from _called(members, name, BY_NAME[layer], declared, tensor)


def layer_of_op(name: str) -> str | None:
    """Return the layer that an op is named after."""
    return layer_of_product(name) or layer_of(name)


def layer_of_product(name: str) -> str | None:
    """Return the layer of an op that is a product of matrices."""
    return "affine" if "_".join(words_of(name)) in PRODUCTS else None


def _called(members: Members, name: str, layer: Layer, declared: Described, tensor: Any) -> Iterator[Subject]:
    """Yield the subject of a function that is called on tensors, where that gives the layer.

    Its forward gets arrays or tensors, as its call decides; others know it where it is right on arrays only.
    """
    first = signature_without(method(members, name, "forward"), "self").parameters[:1]
    if any(each.name in CONTEXTS for each in first):
        return
    ways = (_op(members, name, layer, declared, tensor, names) for names in DEZERO)
    found = best_of(each for each in ways if each is not None)
    if found is not None and found.came is not None and found.came.forward is Agreement.RIGHT:
        is_run = found.came.backward is not None and found.came.backward >= Agreement.SHAPED
        yield from (subject_of_view(found),) if is_run else ()


def _op(
    members: Members, name: str, layer: Layer, declared: Described, tensor: Any, manner: tuple[str, str, str]
) -> View | None:
    front, back, how = manner
    compute = signature_without(method(members, name, front), "self")
    made = read_constructor(layer, declared.parameters)
    slots, unpassed = made or ((), ())
    inputs = by_place(compute, layer, [slot.role for slot in slots])
    if inputs is None or made is None:
        return None
    read = Read(slots=(*inputs, *slots), unpassed=unpassed)
    names = [slot.name for slot in slots]

    def forward(*arguments: Any) -> Any:
        arrays, options = arguments[: len(inputs)], arguments[len(inputs) :]
        return members["own_op_called"](members[name], tensor, dict(zip(names, options, strict=True)), arrays)

    return View(
        layer=layer.name,
        functions={"forward": f"{name}.{front}", "backward": f"{name}.{back}"},
        forward=forward,
        backward=partial(gradients_by_place, partial(_gradient, members, how), Read(slots=inputs), layer),
        declared=compute,
        read=read,
        order=order_of(read, layer),
        extra={"seed_global_numbers": members["seed_global_numbers"]},
        manner="on the file's own tensors",
    )


def _gradient(members: Members, how: str, dout: Any, left: Any) -> Any:
    return members["own_op_gradient"](how, dout, left)
