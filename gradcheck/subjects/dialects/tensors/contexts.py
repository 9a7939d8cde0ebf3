"""Functions with a context: forward(ctx, x, ...) and backward(ctx, grad_output), in minitorch's manner.

The context is the file's own, or one that saves whatever it is given. The inputs are the file's own tensors or arrays,
and the options follow them.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from gradcheck.calling import guarded
from gradcheck.calling.signature import Described, described
from gradcheck.contract import Layer, Subject, SubjectError
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.inferred.arguments import Read
from gradcheck.subjects.dialects.inferred.words import layer_of_class
from gradcheck.subjects.dialects.tensors.inputs import gradients_by_place, manners, order_of, readings
from gradcheck.subjects.dialects.tensors.ops import CONTEXTS, layer_of_product
from gradcheck.subjects.dialects.tensors.seeing import Seen, best_of, dimensioned, subject_of_view
from gradcheck.subjects.dialects.tensors.views import View, method, signature_without

BOUND = ("self", "cls")


def subjects(members: Members, tensor: Any) -> Iterator[Subject]:
    """Yield a subject for each function with a context that is a layer; `tensor` is None without a class of tensors."""
    for name, value in members.items():
        layer = layer_of_product(name) or layer_of_class(name)
        declared = described(value) if layer is not None and callable(value) else Described()
        if layer is None or not declared.is_class or not {"forward", "backward"} <= set(declared.methods):
            continue
        whole = method(members, name, "forward")
        bare = signature_without(whole, *BOUND)
        if bare.parameters and bare.parameters[0].name in CONTEXTS:
            seen = _seen(members, name, BY_NAME[layer], whole, tensor)
            if seen is not None:
                yield subject_of_view(seen)


def _seen(members: Members, name: str, layer: Layer, whole: Described, tensor: Any) -> Seen | None:
    """Return how a function is called that takes the file's tensors, or else arrays."""
    found: Seen | None = None
    for kind, labels in manners(layer, tensor):
        views = (
            each
            for read in readings(_bare(whole), layer)
            for each in dimensioned(_view(members, name, layer, whole, read, (kind, labels)))
        )
        now = best_of(views)
        if now is not None and (found is None or now.rank > found.rank):
            found = now
        if found is not None and found.is_understood:
            return found
    return found


def _bare(whole: Described) -> Described:
    return signature_without(signature_without(whole, *BOUND), *CONTEXTS)


def _view(
    members: Members, name: str, layer: Layer, whole: Described, read: Read, manner: tuple[Any, bool]
) -> View:
    kind, labels = manner
    context = context_in(members)
    is_bound = bool(whole.parameters) and whole.parameters[0].name == "self"

    def forward(*arguments: Any, **keywords: Any) -> Any:
        made = (members[name], kind, context, is_bound, labels)
        return members["own_function_called"](*made, arguments, keywords)

    back = partial(_called_back, members)
    also = "".join(f", {each}" for each in _aliases(members, name))
    return View(
        layer=layer.name,
        functions={part: f"{name}.{part}{also}" for part in ("forward", "backward")},
        forward=forward,
        backward=partial(gradients_by_place, back, read, layer),
        declared=_bare(whole),
        read=read,
        order=order_of(read, layer),
        extra={"seed_global_numbers": members["seed_global_numbers"]},
        manner="on arrays" if kind is None else "on the file's own tensors",
    )


def _called_back(members: Members, dout: Any, left: Any) -> Any:
    return members["own_function_backward"](dout, left)


def context_in(members: Members) -> Any:
    """Return the class of a file's own contexts, if it has one."""
    for name, value in members.items():
        if any(word in name.lower() for word in ("context", "ctx")) and callable(value):
            declared = described(value)
            if declared.is_class and "save_for_backward" in declared.methods:
                return value
    return None


def _aliases(members: Members, name: str) -> list[str]:
    """Return the names that the file gives to a function's apply: ``conv2d = Conv2dFun.apply``."""
    found = [(each, value) for each, value in members.items() if callable(value)]
    names, things = tuple(each for each, _ in found), tuple(value for _, value in found)
    try:
        answer = guarded(name, members["own_aliases"], members[name], names, things)
    except SubjectError:
        return []
    known = answer if isinstance(answer, tuple) else ()
    return [each for each in names if each in known and layer_of_class(each) is not None]
