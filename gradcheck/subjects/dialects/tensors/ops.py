"""Ops of small tensor libraries, in needle's manner: compute on arrays, gradient on tensors."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from gradcheck.calling.signature import Described, described
from gradcheck.contract import Layer, Subject
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.arguments import Read
from gradcheck.subjects.dialects.inferred.words import layer_of, words_of
from gradcheck.subjects.dialects.tensors.constructors import read_constructor
from gradcheck.subjects.dialects.tensors.inputs import by_place, gradients_by_place, order_of
from gradcheck.subjects.dialects.tensors.seeing import seen, subject_of_view
from gradcheck.subjects.dialects.tensors.views import View, method, signature_without

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
    if not {"compute", "gradient"} <= methods:
        return None
    return _op(members, name, BY_NAME[layer], declared, tensor)


def _op(members: Members, name: str, layer: Layer, declared: Described, tensor: Any) -> View | None:
    compute = signature_without(method(members, name, "compute"), "self")
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
        functions={"forward": f"{name}.compute", "backward": f"{name}.gradient"},
        forward=forward,
        backward=partial(gradients_by_place, partial(_gradient, members), Read(slots=inputs), layer),
        declared=compute,
        read=read,
        order=order_of(read, layer),
        extra={"seed_global_numbers": members["seed_global_numbers"]},
        manner="on the file's own tensors",
    )


def _gradient(members: Members, dout: Any, left: Any) -> Any:
    return members["own_op_gradient"](dout, left)
